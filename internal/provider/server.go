package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/privileged-access/terraform-provider-opa/internal/client"
)

// serverDetailsModel is what is told of a server besides its names.
type serverDetailsModel struct {
	ID            types.String `tfsdk:"id"`
	AltNames      types.List   `tfsdk:"alt_names"`
	AccessAddress types.String `tfsdk:"access_address"`
	OS            types.String `tfsdk:"os"`
	OSType        types.String `tfsdk:"os_type"`
	State         types.String `tfsdk:"state"`
	Labels        types.Map    `tfsdk:"labels"`
}

// serverDetailsAttributes adds those of serverDetailsModel.
func serverDetailsAttributes(own map[string]schema.Attribute) map[string]schema.Attribute {
	return with(own, map[string]schema.Attribute{
		"id":             schema.StringAttribute{MarkdownDescription: "The server's id in OPA.", Computed: true},
		"alt_names":      schema.ListAttribute{MarkdownDescription: "Further names of the server.", ElementType: types.StringType, Computed: true},
		"access_address": schema.StringAttribute{MarkdownDescription: "The address at which the server is reached. Null where it has none.", Computed: true},
		"os":             schema.StringAttribute{MarkdownDescription: "The operating system with its version, as OPA writes it.", Computed: true},
		"os_type":        schema.StringAttribute{MarkdownDescription: "`linux` or `windows`.", Computed: true},
		"state":          schema.StringAttribute{MarkdownDescription: "`ACTIVE`, or `INACTIVE` if the server has not been heard of for long.", Computed: true},
		"labels":         schema.MapAttribute{MarkdownDescription: "The server's labels.", ElementType: types.StringType, Computed: true},
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
