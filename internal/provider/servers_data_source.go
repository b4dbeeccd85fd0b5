package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/privileged-access/terraform-provider-opa/internal/client"
)

type serversModel struct {
	timeoutsModel
	HostnameContains types.String `tfsdk:"hostname_contains"`
	ProjectID        types.String `tfsdk:"project_id"`
	ProjectName      types.String `tfsdk:"project_name"`
	ResourceGroupID  types.String `tfsdk:"resource_group_id"`
	OSType           types.String `tfsdk:"os_type"`
	State            types.String `tfsdk:"state"`
	Labels           types.Map    `tfsdk:"labels"`

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
		description: "Lists the servers of the OPA team. Deleted servers are not included.",
		attributes: map[string]schema.Attribute{
			"hostname_contains": partArgument("Part of the hostname of the servers to include, case-insensitive."),
			"project_id": schema.StringAttribute{
				MarkdownDescription: "ID of the project of the servers to include.", Optional: true, Validators: []validator.String{uuid()},
			},
			"project_name": schema.StringAttribute{
				MarkdownDescription: "Name of the project of the servers to include.", Optional: true, Validators: []validator.String{stringFunc{"the name of a project", checkName}},
			},
			"resource_group_id": schema.StringAttribute{
				MarkdownDescription: "ID of the resource group of the servers to include.", Optional: true, Validators: []validator.String{uuid()},
			},
			"os_type": schema.StringAttribute{
				MarkdownDescription: "Type of the operating system of the servers to include: `linux` or `windows`.", Optional: true, Validators: []validator.String{stringvalidator.OneOf("linux", "windows")},
			},
			"state": schema.StringAttribute{
				MarkdownDescription: "State of the servers to include: `ACTIVE` or `INACTIVE`.", Optional: true, Validators: []validator.String{stringvalidator.OneOf("ACTIVE", "INACTIVE")},
			},
			"labels": labelsArgument("Labels of the servers to include."),
			"servers": schema.ListNestedAttribute{
				MarkdownDescription: "Servers, sorted by hostname.",
				Computed:            true,
				NestedObject: schema.NestedAttributeObject{Attributes: serverDetailsAttributes(map[string]schema.Attribute{
					"hostname":       schema.StringAttribute{MarkdownDescription: "Hostname of the server, which is not always unique.", Computed: true},
					"canonical_name": schema.StringAttribute{MarkdownDescription: "Canonical name of the server. Null if it has none.", Computed: true},
					"project_id":     schema.StringAttribute{MarkdownDescription: "ID of the project of the server. Null if OPA does not return it.", Computed: true},
					"project_name":   schema.StringAttribute{MarkdownDescription: "Name of the project of the server. Null if OPA does not return it.", Computed: true},
				})},
			},
		},
		read: func(ctx context.Context, s *session, m *serversModel) diag.Diagnostics {
			servers, err := s.client.Servers(ctx, client.ServerFilter{
				HostnameContains: m.HostnameContains.ValueString(),
				ProjectID:        m.ProjectID.ValueString(), ProjectName: m.ProjectName.ValueString(), ResourceGroupID: m.ResourceGroupID.ValueString(),
				OSType: m.OSType.ValueString(), State: m.State.ValueString(), Labels: textsByName(m.Labels),
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
			if len(servers) == 0 && !m.Labels.IsNull() {
				diags.AddWarning("No servers found", string(say("No server that matches the arguments has the %s. Check labels: names and values are case-sensitive.", client.DescribeLabels(textsByName(m.Labels)))))
			} else if len(servers) == 0 && (!m.ProjectID.IsNull() || !m.ProjectName.IsNull()) {
				diags.AddWarning("No servers found", "No server of the project matches the arguments. Check the name or ID of the project: "+
					"the provider cannot distinguish a project that does not exist from a project without servers.")
			}
			return diags
		},
	}
}
