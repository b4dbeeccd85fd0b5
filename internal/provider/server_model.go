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

// serverModel identifies a server by exactly one of the first three arguments. The
// others select among servers with the same hostname.
type serverModel struct {
	Hostname        types.String `tfsdk:"hostname"`
	CanonicalName   types.String `tfsdk:"canonical_name"`
	ResourceID      types.String `tfsdk:"resource_id"`
	ProjectID       types.String `tfsdk:"project_id"`
	ProjectName     types.String `tfsdk:"project_name"`
	ResourceGroupID types.String `tfsdk:"resource_group_id"`
}

// serverAttributes returns the attributes of a data source together with those of
// serverModel.
func serverAttributes(own map[string]schema.Attribute) map[string]schema.Attribute {
	name := []validator.String{stringFunc{"a name", checkName}}
	return mergeAttributes(own, map[string]schema.Attribute{
		"hostname": schema.StringAttribute{
			MarkdownDescription: "Hostname of the server, in the same case as in OPA. Exactly one of `hostname`, `canonical_name` and `resource_id` must be set. The provider looks up the others.",
			Optional:            true, Computed: true, Validators: name,
		},
		"canonical_name": schema.StringAttribute{
			MarkdownDescription: "Canonical name of the server. Null if it has none.",
			Optional:            true, Computed: true, Validators: name,
		},
		"resource_id": schema.StringAttribute{
			MarkdownDescription: "ID of the server in OPA.",
			Optional:            true, Computed: true, Validators: []validator.String{uuid()},
		},
		"project_id": schema.StringAttribute{
			MarkdownDescription: "ID of the project of the server, to select among servers with the same hostname. If it is not set, the provider looks it up. Null if OPA does not return it.",
			Optional:            true, Computed: true, Validators: []validator.String{uuid()},
		},
		"project_name": schema.StringAttribute{
			MarkdownDescription: "Name of the project of the server, to select among servers with the same hostname. If it is not set, the provider looks it up. Null if OPA does not return it.",
			Optional:            true, Computed: true, Validators: name,
		},
		"resource_group_id": schema.StringAttribute{
			MarkdownDescription: "ID of the resource group of the server, to select among servers with the same hostname. Null if it is not set and OPA does not return it.",
			Optional:            true, Computed: true, Validators: []validator.String{uuid()},
		},
	})
}

// unverified returns a warning for servers that were selected by their project or
// resource group, if OPA does not return it for each of them.
func unverified(projectID, resourceGroupID types.String, servers ...client.Server) (diags diag.Diagnostics) {
	warn := func(argument types.String, name, what, instead string) {
		diags.AddAttributeWarning(path.Root(name), "Servers not verified", fmt.Sprintf(
			"The provider requested the servers of the %s %s, but the response does not show for every server that it belongs to this %s. If OPA ignored the filter, some servers may belong to another %s. Use %s to be sure.",
			what, argument.ValueString(), what, what, instead))
	}
	if !projectID.IsNull() && slices.ContainsFunc(servers, func(s client.Server) bool { return s.ProjectID == "" }) {
		warn(projectID, "project_id", "project", "project_name or the IDs of the servers")
	}
	if !resourceGroupID.IsNull() && slices.ContainsFunc(servers, func(s client.Server) bool { return s.GroupUnverified }) {
		warn(resourceGroupID, "resource_group_id", "resource group", "the IDs of the servers")
	}
	return diags
}

// nameOfServer returns a name of a server for messages.
func (s *session) nameOfServer(server client.Server) string {
	return fmt.Sprintf("%s (%s)", s.client.Redact(server.Hostname), s.client.Redact(server.ID))
}

// find looks up the server, and sets the arguments that are null.
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
	m.ResourceID = valueOr(m.ResourceID, server.ID)
	m.Hostname = valueOr(m.Hostname, server.Hostname)
	m.CanonicalName = valueOr(m.CanonicalName, server.CanonicalName)
	m.ProjectID = valueOr(m.ProjectID, server.ProjectID)
	m.ProjectName = valueOr(m.ProjectName, server.ProjectName)
	m.ResourceGroupID = valueOr(m.ResourceGroupID, server.ResourceGroupID)
	return server, nil
}
