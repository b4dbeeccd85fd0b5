package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/datasource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/privileged-access/terraform-provider-opa/internal/client"
)

type serversModel struct {
	Timeouts         timeouts.Value `tfsdk:"timeouts"`
	HostnameContains types.String   `tfsdk:"hostname_contains"`
	ProjectID        types.String   `tfsdk:"project_id"`
	ProjectName      types.String   `tfsdk:"project_name"`
	ResourceGroupID  types.String   `tfsdk:"resource_group_id"`
	OSType           types.String   `tfsdk:"os_type"`
	State            types.String   `tfsdk:"state"`

	Servers []listedServerModel `tfsdk:"servers"`
}

type listedServerModel struct {
	Hostname      types.String `tfsdk:"hostname"`
	CanonicalName types.String `tfsdk:"canonical_name"`
	ProjectID     types.String `tfsdk:"project_id"`
	ProjectName   types.String `tfsdk:"project_name"`
	serverDetailsModel
}

func newServersDataSource() datasource.DataSource {
	return &dataSource[serversModel]{
		name:        "servers",
		description: "The servers of the OPA team. Deleted ones are left out.",
		attributes: map[string]schema.Attribute{
			"hostname_contains": partArgument("Only servers whose hostname contains this, in upper or lower case."),
			"project_id": schema.StringAttribute{
				MarkdownDescription: "Only servers of the project with this id.", Optional: true, Validators: []validator.String{uuid()},
			},
			"project_name": schema.StringAttribute{
				MarkdownDescription: "Only servers of projects with this name.", Optional: true, Validators: []validator.String{stringFunc{"the name of a project", checkName}},
			},
			"resource_group_id": schema.StringAttribute{
				MarkdownDescription: "Only servers of the resource group with this id.", Optional: true, Validators: []validator.String{uuid()},
			},
			"os_type": schema.StringAttribute{
				MarkdownDescription: "Only servers with `linux` or `windows`.", Optional: true, Validators: []validator.String{stringvalidator.OneOf("linux", "windows")},
			},
			"state": schema.StringAttribute{
				MarkdownDescription: "Only servers that are `ACTIVE` or `INACTIVE`.", Optional: true, Validators: []validator.String{stringvalidator.OneOf("ACTIVE", "INACTIVE")},
			},
			"servers": schema.ListNestedAttribute{
				MarkdownDescription: "The servers, by hostname.",
				Computed:            true,
				NestedObject: schema.NestedAttributeObject{Attributes: serverDetailsAttributes(map[string]schema.Attribute{
					"hostname":       schema.StringAttribute{MarkdownDescription: "The server's hostname, which need not be its alone.", Computed: true},
					"canonical_name": schema.StringAttribute{MarkdownDescription: "The server's canonical name. Null where it has none.", Computed: true},
					"project_id":     schema.StringAttribute{MarkdownDescription: "The id of the server's project. Null where OPA does not tell.", Computed: true},
					"project_name":   schema.StringAttribute{MarkdownDescription: "The name of the server's project. Null where OPA does not tell.", Computed: true},
				})},
			},
		},
		timeouts: func(m *serversModel) timeouts.Value { return m.Timeouts },
		read: func(ctx context.Context, s *session, m *serversModel) diag.Diagnostics {
			servers, err := s.client.Servers(ctx, client.ServerFilter{
				HostnameContains: m.HostnameContains.ValueString(),
				ProjectID:        m.ProjectID.ValueString(), ProjectName: m.ProjectName.ValueString(), ResourceGroupID: m.ResourceGroupID.ValueString(),
				OSType: m.OSType.ValueString(), State: m.State.ValueString(),
			})
			if err != nil {
				return diag.Diagnostics{explain(err)}
			}
			m.Servers = make([]listedServerModel, len(servers))
			for i, server := range servers {
				m.Servers[i] = listedServerModel{
					Hostname: textOrNull(server.Hostname), CanonicalName: textOrNull(server.CanonicalName),
					ProjectID: textOrNull(server.ProjectID), ProjectName: textOrNull(server.ProjectName),
					serverDetailsModel: newServerDetailsModel(server),
				}
			}
			diags := unverified(m.ProjectID, m.ResourceGroupID, servers...)
			if len(servers) == 0 && (!m.ProjectID.IsNull() || !m.ProjectName.IsNull()) {
				diags.AddWarning("No servers found", "No server of the project matches the arguments. Check the name or ID of the project: "+
					"the provider cannot distinguish a project that does not exist from a project without servers.")
			}
			return diags
		},
	}
}
