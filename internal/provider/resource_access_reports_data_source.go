package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/datasourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/privileged-access/terraform-provider-opa/internal/client"
)

type resourceAccessReportsModel struct {
	Hostnames       types.Set    `tfsdk:"hostnames"`
	ResourceIDs     types.Set    `tfsdk:"resource_ids"`
	ProjectID       types.String `tfsdk:"project_id"`
	ProjectName     types.String `tfsdk:"project_name"`
	ResourceGroupID types.String `tfsdk:"resource_group_id"`
	Labels          types.Map    `tfsdk:"labels"`
	ResourceType    types.String `tfsdk:"resource_type"`
	reportsModel

	Resources []resourceMemberModel `tfsdk:"resources"`
}

type resourceMemberModel struct {
	ResourceID    types.String `tfsdk:"resource_id"`
	Hostname      types.String `tfsdk:"hostname"`
	CanonicalName types.String `tfsdk:"canonical_name"`
	ProjectName   types.String `tfsdk:"project_name"`
	outcomeModel
}

// serverSelections are the arguments that select servers, apart from labels.
var serverSelections = []path.Expression{
	path.MatchRoot("hostnames"), path.MatchRoot("resource_ids"),
	path.MatchRoot("project_id"), path.MatchRoot("project_name"), path.MatchRoot("resource_group_id"),
}

func newResourceAccessReportsDataSource() datasource.DataSource {
	return &dataSource[resourceAccessReportsModel]{
		name: "resource_access_reports",
		description: "Reports who has access to many servers, and how. Creates an access report on each server at the same time, and returns the rows of all reports. " +
			"It is much faster than `opa_resource_access_report` with `for_each`, because Terraform reads only ten data sources at a time.",
		attributes: reportsAttributes(map[string]schema.Attribute{
			"hostnames": namesArgument("Hostnames of the servers, in the same case as in OPA. Each hostname must be unique. Use `resource_ids` for servers with the same hostname. "+
				"At most one of `hostnames`, `resource_ids`, `project_id`, `project_name` and `resource_group_id` can be set, and at least one of them or `labels` must be set.", stringFunc{"a hostname", checkName}),
			"resource_ids": namesArgument("IDs of the servers in OPA.", uuid()),
			"project_id": schema.StringAttribute{
				MarkdownDescription: "ID of a project in OPA, to select all its servers.",
				Optional:            true,
				Validators:          []validator.String{uuid()},
			},
			"project_name": schema.StringAttribute{
				MarkdownDescription: "Name of a project in OPA, to select all its servers. It is an error if several projects have this name.",
				Optional:            true,
				Validators:          []validator.String{stringFunc{"the name of a project", checkName}},
			},
			"resource_group_id": schema.StringAttribute{
				MarkdownDescription: "ID of a resource group in OPA, to select all its servers.",
				Optional:            true,
				Validators:          []validator.String{uuid()},
			},
			"labels": labelsArgument("Labels of the servers to select. They narrow the selection by another argument, or select from all servers of the team. " +
				"It is an error if a server in `hostnames` or `resource_ids` does not have them."),
			"resource_type": resourceTypeArgument(),
			"resources": schema.ListNestedAttribute{
				MarkdownDescription: "Servers and the results of their reports, sorted by hostname.",
				Computed:            true,
				NestedObject: schema.NestedAttributeObject{Attributes: outcomeAttributes(map[string]schema.Attribute{
					"resource_id":    schema.StringAttribute{MarkdownDescription: "ID of the server in OPA. Null if no server was found by hostname.", Computed: true},
					"hostname":       schema.StringAttribute{MarkdownDescription: "Hostname of the server. Null if no server was found by ID.", Computed: true},
					"canonical_name": schema.StringAttribute{MarkdownDescription: "Canonical name of the server. Null if it has none.", Computed: true},
					"project_name":   schema.StringAttribute{MarkdownDescription: "Name of the project of the server. Null if OPA does not return it.", Computed: true},
				})},
			},
		}),
		validators: []datasource.ConfigValidator{
			datasourcevalidator.Conflicting(serverSelections...),
			datasourcevalidator.AtLeastOneOf(append(serverSelections, path.MatchRoot("labels"))...),
		},
		read: readResourceAccessReports,
	}
}

func readResourceAccessReports(ctx context.Context, s *session, m *resourceAccessReportsModel) diag.Diagnostics {
	m.ResourceType = valueOr(m.ResourceType, defaultResourceType)
	servers, err := m.choose(ctx, s)
	if err != nil {
		return diag.Diagnostics{explain(err)}
	}
	diags := servers.run(ctx, s, &m.reportsModel)
	if diags.HasError() {
		return diags
	}
	m.Resources = make([]resourceMemberModel, len(servers.members))
	found := make([]client.Server, len(servers.members))
	for i, member := range servers.members {
		server := member.value
		found[i] = server
		m.Resources[i] = resourceMemberModel{
			ResourceID: textOrNull(server.ID), Hostname: textOrNull(server.Hostname), CanonicalName: textOrNull(server.CanonicalName),
			ProjectName: textOrNull(server.ProjectName), outcomeModel: member.outcome(),
		}
	}
	return append(diags, unverified(m.ProjectID, m.ResourceGroupID, found...)...)
}

// selection is the argument that selects the servers.
func (m *resourceAccessReportsModel) selection() selection {
	labels := textsByName(m.Labels)
	switch {
	case !m.Hostnames.IsNull():
		return selectedSet("hostnames")
	case !m.ResourceIDs.IsNull():
		return selectedSet("resource_ids")
	case !m.ProjectID.IsNull():
		return selectedServers("project_id", "project", m.ProjectID.ValueString(), labels)
	case !m.ProjectName.IsNull():
		return selectedServers("project_name", "project", m.ProjectName.ValueString(), labels)
	case !m.ResourceGroupID.IsNull():
		return selectedServers("resource_group_id", "resource group", m.ResourceGroupID.ValueString(), labels)
	}
	return selectedLabels(labels)
}

// choose returns the servers that the configuration selects. Those selected by
// hostname or ID are looked up later.
func (m *resourceAccessReportsModel) choose(ctx context.Context, s *session) (*subjectList[client.Server], error) {
	servers := &subjectList[client.Server]{
		selection: m.selection(),
		subject:   func(server client.Server) reportSubject { return serverSubject(server, m.ResourceType) },
		order:     func(server client.Server) (name, id string) { return server.Hostname, server.ID },
	}
	labels := textsByName(m.Labels)
	lookUp := func(filter client.ServerFilter) func(context.Context) (client.Server, error) {
		filter.Labels = labels
		return func(ctx context.Context) (client.Server, error) { return s.client.ServerBy(ctx, filter) }
	}
	for _, hostname := range texts(m.Hostnames) {
		servers.add(hostname, client.Server{Hostname: hostname}, lookUp(client.ServerFilter{Hostname: hostname}))
	}
	for _, id := range texts(m.ResourceIDs) {
		servers.add(id, client.Server{ID: id}, lookUp(client.ServerFilter{ID: id}))
	}
	if !m.Hostnames.IsNull() || !m.ResourceIDs.IsNull() {
		return servers, nil
	}
	within := client.ServerFilter{
		ProjectID: m.ProjectID.ValueString(), ProjectName: m.ProjectName.ValueString(), ResourceGroupID: m.ResourceGroupID.ValueString(), Labels: labels,
	}
	found, err := s.client.Servers(ctx, within)
	for _, server := range found {
		if within.ProjectName != "" && server.ProjectID != found[0].ProjectID {
			return nil, &ambiguousProjectError{within.ProjectName, [2]client.ServerText{s.client.Redact(found[0].ProjectID), s.client.Redact(server.ProjectID)}}
		}
		servers.add(s.nameOfServer(server), server, nil)
	}
	return servers, err
}

// ambiguousProjectError is the error for two projects with the same name.
type ambiguousProjectError struct {
	name string
	ids  [2]client.ServerText
}

func (e *ambiguousProjectError) Error() string {
	return fmt.Sprintf("multiple projects have the name %q, for example %s and %s", e.name, textOrNone(e.ids[0]), textOrNone(e.ids[1]))
}
