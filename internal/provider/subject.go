package provider

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/privileged-access/terraform-provider-opa/internal/client"
)

// user gives the user that is named by exactly one of name and id.
func (s *session) user(ctx context.Context, name, id types.String) (client.User, error) {
	if !name.IsNull() {
		return s.client.UserByName(ctx, name.ValueString())
	}
	return s.client.UserByID(ctx, id.ValueString())
}

// serverModel names a server: by exactly one of the first three, and the rest
// to tell namesakes apart.
type serverModel struct {
	Hostname        types.String `tfsdk:"hostname"`
	CanonicalName   types.String `tfsdk:"canonical_name"`
	ResourceID      types.String `tfsdk:"resource_id"`
	ProjectID       types.String `tfsdk:"project_id"`
	ProjectName     types.String `tfsdk:"project_name"`
	ResourceGroupID types.String `tfsdk:"resource_group_id"`
}

// serverAttributes adds to a data source's own attributes those of serverModel.
func serverAttributes(own map[string]schema.Attribute) map[string]schema.Attribute {
	name := []validator.String{stringFunc{"a name", checkName}}
	return with(own, map[string]schema.Attribute{
		"hostname": schema.StringAttribute{
			MarkdownDescription: "The server's hostname, in the case that OPA has. Exactly one of `hostname`, `canonical_name` and `resource_id` must be set; the others are looked up.",
			Optional:            true, Computed: true, Validators: name,
		},
		"canonical_name": schema.StringAttribute{
			MarkdownDescription: "The server's canonical name. Null where it has none.",
			Optional:            true, Computed: true, Validators: name,
		},
		"resource_id": schema.StringAttribute{
			MarkdownDescription: "The server's id in OPA.",
			Optional:            true, Computed: true, Validators: []validator.String{uuid()},
		},
		"project_id": schema.StringAttribute{
			MarkdownDescription: "The id of the project that the server is in, to tell namesakes apart. Looked up if it is not set; null where OPA does not tell.",
			Optional:            true, Computed: true, Validators: []validator.String{uuid()},
		},
		"project_name": schema.StringAttribute{
			MarkdownDescription: "The name of the project that the server is in, to tell namesakes apart. Looked up if it is not set; null where OPA does not tell.",
			Optional:            true, Computed: true, Validators: name,
		},
		"resource_group_id": schema.StringAttribute{
			MarkdownDescription: "The id of the resource group that the server is in, to tell namesakes apart. Null if it is not set and OPA does not tell.",
			Optional:            true, Computed: true, Validators: []validator.String{uuid()},
		},
	})
}

// unverified warns of servers that were chosen by their project or resource
// group but do not tell it.
func unverified(projectID, resourceGroupID types.String, servers ...client.Server) (diags diag.Diagnostics) {
	warn := func(argument types.String, name, what, instead string) {
		diags.AddAttributeWarning(path.Root(name), "Servers not verified", fmt.Sprintf(
			"The provider requested the servers of the %s %s, but the response does not confirm for each server that it belongs to it. If OPA ignored the filter, some servers may belong to another %s. Use %s to be sure.",
			what, argument.ValueString(), what, instead))
	}
	if !projectID.IsNull() && slices.ContainsFunc(servers, func(s client.Server) bool { return s.ProjectID == "" }) {
		warn(projectID, "project_id", "project", "project_name or the IDs of the servers")
	}
	if !resourceGroupID.IsNull() && slices.ContainsFunc(servers, func(s client.Server) bool { return s.GroupUnverified }) {
		warn(resourceGroupID, "resource_group_id", "resource group", "the IDs of the servers")
	}
	return diags
}

// find looks the server up and fills in what the configuration left open.
func (m *serverModel) find(ctx context.Context, s *session) (client.Server, error) {
	server, err := s.client.ServerBy(ctx, client.ServerFilter{
		ID:              m.ResourceID.ValueString(),
		Hostname:        m.Hostname.ValueString(),
		CanonicalName:   m.CanonicalName.ValueString(),
		ProjectID:       m.ProjectID.ValueString(),
		ProjectName:     m.ProjectName.ValueString(),
		ResourceGroupID: m.ResourceGroupID.ValueString(),
	})
	if err != nil {
		return server, err
	}
	m.ResourceID = fill(m.ResourceID, server.ID)
	m.Hostname = fill(m.Hostname, server.Hostname)
	m.CanonicalName = fill(m.CanonicalName, server.CanonicalName)
	m.ProjectID = fill(m.ProjectID, server.ProjectID)
	m.ProjectName = fill(m.ProjectName, server.ProjectName)
	m.ResourceGroupID = fill(m.ResourceGroupID, server.ResourceGroupID)
	return server, nil
}
