package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/datasourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

type resourceAccessReportModel struct {
	serverModel
	ResourceType types.String `tfsdk:"resource_type"`
	MaxAge       types.String `tfsdk:"max_age"`
	AsOf         types.String `tfsdk:"as_of"`
	reportModel
}

func newResourceAccessReportDataSource() datasource.DataSource {
	d := resourceAccessReport()
	return &d
}

func newResourceAccessReportEphemeralResource() ephemeral.EphemeralResource {
	return &ephemeralResource[resourceAccessReportModel]{resourceAccessReport()}
}

func resourceAccessReport() dataSource[resourceAccessReportModel] {
	return dataSource[resourceAccessReportModel]{
		name: "resource_access_report",
		description: "Reports who has access to one server, and how. Creates an access report on the server, waits until it is complete, and returns its rows. " +
			"Each read creates a report, unless `max_age` or `as_of` selects an existing one. The report remains in OPA.",
		attributes: reportAttributes(serverAttributes(map[string]schema.Attribute{
			"resource_type": resourceTypeArgument(),
			"max_age":       maxAgeAttribute(),
			"as_of":         asOfAttribute(),
		})),
		validators: []datasource.ConfigValidator{
			datasourcevalidator.ExactlyOneOf(path.MatchRoot("hostname"), path.MatchRoot("canonical_name"), path.MatchRoot("resource_id")),
		},
		read: readResourceAccessReport,
	}
}

func readResourceAccessReport(ctx context.Context, s *session, m *resourceAccessReportModel) diag.Diagnostics {
	project, group := m.ProjectID, m.ResourceGroupID
	server, err := m.find(ctx, s)
	if err != nil {
		return diag.Diagnostics{explain(err)}
	}
	m.ResourceType = valueOr(m.ResourceType, defaultResourceType)
	m.Team = types.StringValue(s.team)
	result, err := s.report(ctx, serverSubject(server, m.ResourceType), m.options(m.MaxAge, m.AsOf))
	diags := m.setReport(ctx, result, err)
	return append(diags, unverified(project, group, server)...)
}
