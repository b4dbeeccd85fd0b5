package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/datasource/timeouts"
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
		description: "What one user has access to, and how: creates an access report on the user, waits until OPA has generated it, and gives its rows. " +
			"Each read makes a report, unless `max_age` allows an older one; OPA keeps it.",
		attributes: reportAttributes(map[string]schema.Attribute{
			"user_name": schema.StringAttribute{
				MarkdownDescription: "The user's name in OPA. Exactly one of `user_name` and `user_id` must be set; the other is looked up.",
				Optional:            true,
				Computed:            true,
				Validators:          []validator.String{stringFunc{"the name of a user", checkName}},
			},
			"user_id": schema.StringAttribute{
				MarkdownDescription: "The user's id in OPA.",
				Optional:            true,
				Computed:            true,
				Validators:          []validator.String{uuid()},
			},
			"resource_type_filter": resourceTypeFilterArgument(),
			"max_age":              maxAgeAttribute(),
		}),
		validators: []datasource.ConfigValidator{
			datasourcevalidator.ExactlyOneOf(path.MatchRoot("user_name"), path.MatchRoot("user_id")),
		},
		timeouts: func(m *userAccessReportModel) timeouts.Value { return m.Timeouts },
		read:     readUserAccessReport,
	}
}

func readUserAccessReport(ctx context.Context, s *session, m *userAccessReportModel) diag.Diagnostics {
	user, err := s.user(ctx, m.UserName, m.UserID)
	if err != nil {
		return diag.Diagnostics{explain(err)}
	}
	m.UserID = fill(m.UserID, user.ID)
	m.UserName = fill(m.UserName, user.Name)
	m.ResourceTypeFilter = fill(m.ResourceTypeFilter, defaultResourceType)
	result, err := s.report(ctx, userSubject(user, m.ResourceTypeFilter), duration(m.MaxAge))
	return m.fill(ctx, result, err)
}
