package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/datasourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

type userAccessReportModel struct {
	UserName           types.String `tfsdk:"user_name"`
	UserID             types.String `tfsdk:"user_id"`
	ResourceTypeFilter types.String `tfsdk:"resource_type_filter"`
	MaxAge             types.String `tfsdk:"max_age"`
	AsOf               types.String `tfsdk:"as_of"`
	reportModel
}

func newUserAccessReportDataSource() datasource.DataSource {
	d := userAccessReport()
	return &d
}

func newUserAccessReportEphemeralResource() ephemeral.EphemeralResource {
	return &ephemeralResource[userAccessReportModel]{userAccessReport()}
}

func userAccessReport() dataSource[userAccessReportModel] {
	return dataSource[userAccessReportModel]{
		name: "user_access_report",
		description: "Reports what one user has access to, and how. Creates an access report on the user, waits until it is complete, and returns its rows. " +
			"Each read creates a report, unless `max_age` or `as_of` selects an existing one. The report remains in OPA.",
		attributes: reportAttributes(map[string]schema.Attribute{
			"user_name": schema.StringAttribute{
				MarkdownDescription: "Name of the user in OPA. Exactly one of `user_name` and `user_id` must be set. The provider looks up the other one.",
				Optional:            true,
				Computed:            true,
				Validators:          []validator.String{stringFunc{"the name of a user", checkName}},
			},
			"user_id": schema.StringAttribute{
				MarkdownDescription: "ID of the user in OPA. Conflicts with `user_name`.",
				Optional:            true,
				Computed:            true,
				Validators:          []validator.String{uuid()},
			},
			"resource_type_filter": resourceTypeFilterArgument(),
			"max_age":              maxAgeAttribute(),
			"as_of":                asOfAttribute(),
		}),
		validators: []datasource.ConfigValidator{
			datasourcevalidator.ExactlyOneOf(path.MatchRoot("user_name"), path.MatchRoot("user_id")),
		},
		read: readUserAccessReport,
	}
}

func readUserAccessReport(ctx context.Context, s *session, m *userAccessReportModel) diag.Diagnostics {
	user, err := s.user(ctx, m.UserName, m.UserID)
	if err != nil {
		return diag.Diagnostics{explain(err)}
	}
	m.UserID = valueOr(m.UserID, user.ID)
	m.UserName = valueOr(m.UserName, user.Name)
	m.ResourceTypeFilter = valueOr(m.ResourceTypeFilter, defaultResourceType)
	m.Team = types.StringValue(s.team)
	result, err := s.report(ctx, userSubject(user, m.ResourceTypeFilter), m.options(m.MaxAge, m.AsOf))
	return m.setReport(ctx, result, err)
}
