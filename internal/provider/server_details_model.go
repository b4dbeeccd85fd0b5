package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/privileged-access/terraform-provider-opa/internal/client"
)

// serverDetailsModel has the attributes of a server except those that identify it.
type serverDetailsModel struct {
	ID            types.String `tfsdk:"id"`
	AltNames      types.List   `tfsdk:"alt_names"`
	AccessAddress types.String `tfsdk:"access_address"`
	OS            types.String `tfsdk:"os"`
	OSType        types.String `tfsdk:"os_type"`
	State         types.String `tfsdk:"state"`
	Labels        types.Map    `tfsdk:"labels"`
}

// serverDetailsAttributes returns the attributes of a data source together with
// those of serverDetailsModel.
func serverDetailsAttributes(own map[string]schema.Attribute) map[string]schema.Attribute {
	return mergeAttributes(own, map[string]schema.Attribute{
		"id":             schema.StringAttribute{MarkdownDescription: "ID of the server in OPA.", Computed: true},
		"alt_names":      schema.ListAttribute{MarkdownDescription: "Alternative names of the server.", ElementType: types.StringType, Computed: true},
		"access_address": schema.StringAttribute{MarkdownDescription: "Network address of the server. Null if it has none.", Computed: true},
		"os":             schema.StringAttribute{MarkdownDescription: "Operating system with its version, in the format of OPA.", Computed: true},
		"os_type":        schema.StringAttribute{MarkdownDescription: "Type of the operating system: `linux` or `windows`.", Computed: true},
		"state":          schema.StringAttribute{MarkdownDescription: "State of the server: `ACTIVE`, or `INACTIVE` if OPA has not received a sign of life for a long time.", Computed: true},
		"labels":         schema.MapAttribute{MarkdownDescription: "Labels of the server.", ElementType: types.StringType, Computed: true},
	})
}

func newServerDetailsModel(s client.Server) serverDetailsModel {
	labels := map[string]attr.Value{}
	for name, value := range s.Labels.Value {
		labels[name] = types.StringValue(value)
	}
	return serverDetailsModel{
		ID: textOrNull(s.ID), AltNames: textsValue(s.AltNames.Value), AccessAddress: textOrNull(s.AccessAddress),
		OS: textOrNull(s.OS), OSType: textOrNull(s.OSType), State: textOrNull(s.State), Labels: types.MapValueMust(types.StringType, labels),
	}
}
