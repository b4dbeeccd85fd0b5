package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/boolvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/privileged-access/terraform-provider-opa/internal/client"
)

type teamAccessReportModel struct {
	SubjectType  types.String `tfsdk:"subject_type"`
	CrossCheck   types.Bool   `tfsdk:"cross_check"`
	ResourceType types.String `tfsdk:"resource_type"`
	reportsModel

	Subjects []teamSubjectModel `tfsdk:"subjects"`
}

type teamSubjectModel struct {
	SubjectType types.String `tfsdk:"subject_type"`
	SubjectID   types.String `tfsdk:"subject_id"`
	Name        types.String `tfsdk:"name"`
	outcomeModel
}

func newTeamAccessReportDataSource() datasource.DataSource {
	return &dataSource[teamAccessReportModel]{
		name: "team_access_report",
		description: "Reports who has access to what in the whole team, and how. Creates access reports on all users or on all servers, whichever are fewer, and returns the rows of all reports. " +
			"Reports on users and reports on servers describe the same access, so each row is returned once. Service users are included, and deleted users and servers are not. " +
			"With `as_of`, the subjects are those that exist now: read the reports on users and servers that were deleted since with `opa_access_report`.",
		attributes: reportsAttributes(map[string]schema.Attribute{
			"subject_type": schema.StringAttribute{
				MarkdownDescription: "Subjects of the reports: `user` or `resource`. Defaults to the type with fewer subjects. A type without subjects is not chosen if the other one has some. " +
					"If OPA reports access of deleted users, only reports on servers have it.",
				Optional:   true,
				Computed:   true,
				Validators: []validator.String{stringvalidator.OneOf(string(client.UserSubject), string(client.ResourceSubject))},
			},
			"cross_check": schema.BoolAttribute{
				MarkdownDescription: "Whether to create the reports of both types and compare their rows, before row filters. If rows are in the reports of one type only, each subject of these rows is read again once, " +
					"because access may have changed in between. If the rows still differ, the read fails and lists them, because one of the two results is incomplete. " +
					"Rows are compared by the columns that both types have. Conflicts with `allow_partial`, and with `as_of`, because it may create reports. Defaults to `false`.",
				Optional:   true,
				Validators: []validator.Bool{notBothTrue{path.Root("allow_partial")}, boolvalidator.ConflictsWith(path.MatchRoot("as_of"))},
			},
			"resource_type": schema.StringAttribute{
				MarkdownDescription: "Type of the resources. Defaults to `server`, the only type that OPA documents, and the only one whose resources the provider can list.",
				Optional:            true,
				Computed:            true,
				Validators:          []validator.String{stringvalidator.OneOf(defaultResourceType)},
			},
			"allow_empty": schema.BoolAttribute{
				MarkdownDescription: "Whether to allow a team without users or servers. In this case, `rows` is empty, `status` is null, and there is a warning. " +
					"Defaults to `false`: if OPA lists no subjects, the read fails, because the provider cannot know whether the team has none.",
				Optional: true,
			},
			"subjects": schema.ListNestedAttribute{
				MarkdownDescription: "Users or servers and the results of their reports, sorted by name. With `cross_check`, both: the users first, then the servers. In this case, the counts of each type cover all rows, and deleted users can be included. " +
					"The other attributes describe only the reports of `subject_type`.",
				Computed: true,
				NestedObject: schema.NestedAttributeObject{Attributes: outcomeAttributes(map[string]schema.Attribute{
					"subject_type": schema.StringAttribute{MarkdownDescription: "Type of the subject: `user` or `resource`.", Computed: true},
					"subject_id":   schema.StringAttribute{MarkdownDescription: "ID of the user or server in OPA, as in `rows`.", Computed: true},
					"name":         schema.StringAttribute{MarkdownDescription: "Name of the user, or hostname of the server. Null if OPA does not return it.", Computed: true},
				})},
			},
		}),
		read: readTeamAccessReport,
	}
}

func readTeamAccessReport(ctx context.Context, s *session, m *teamAccessReportModel) diag.Diagnostics {
	m.ResourceType = valueOr(m.ResourceType, defaultResourceType)
	team, err := m.list(ctx, s)
	if err != nil {
		return diag.Diagnostics{explain(err)}
	}
	m.SubjectType = valueOr(m.SubjectType, string(team.smallerSide()))
	if len(team.of(m.kind())) == 0 && !m.AllowEmpty.ValueBool() {
		return diag.Diagnostics{m.selection().emptyError()}
	}
	var diags diag.Diagnostics
	if m.CrossCheck.ValueBool() {
		diags = m.readBoth(ctx, s, team)
	} else {
		diags = m.createReports(ctx, s, team.of(m.kind()))
	}
	if diags.HasError() {
		return diags
	}
	if len(team.of(m.kind())) == 0 {
		if !m.AllowEmpty.ValueBool() { // the team has changed
			return diag.Diagnostics{m.selection().emptyError()}
		}
		diags.Append(m.selection().emptyWarning())
	}
	reported := team.of(m.kind())
	if m.CrossCheck.ValueBool() {
		reported = team.all()
	}
	m.Subjects = make([]teamSubjectModel, len(reported))
	for i, member := range reported {
		subject := member.subject
		m.Subjects[i] = teamSubjectModel{
			SubjectType: types.StringValue(string(subject.Kind)), SubjectID: types.StringValue(subject.ID), Name: textOrNull(subject.name()),
			outcomeModel: member.outcome(),
		}
	}
	return diags
}

// kind returns the kind of the subjects whose reports have the rows to return.
func (m *teamAccessReportModel) kind() client.Kind { return client.Kind(m.SubjectType.ValueString()) }

// list returns the subjects that the reports need or whose number decides between the
// two types.
func (m *teamAccessReportModel) list(ctx context.Context, s *session) (*team, error) {
	kinds := []client.Kind{client.UserSubject, client.ResourceSubject}
	if !m.SubjectType.IsNull() && !m.CrossCheck.ValueBool() {
		kinds = []client.Kind{m.kind()}
	}
	return listTeam(ctx, s, kinds, false, m.ResourceType)
}

// selection is the selection of all users or servers.
func (m *teamAccessReportModel) selection() selection {
	subjects := prose("users")
	if m.kind() == client.ResourceSubject {
		subjects = "servers"
	}
	return selection{
		argument: "subject_type",
		empty:    say("OPA returned no %s of the team.", subjects),
		check:    say("Check team in the provider configuration, and that the service user has the role security_admin, so that it can list the %s.", subjects),
	}
}
