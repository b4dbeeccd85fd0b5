package provider

import (
	"context"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/privileged-access/terraform-provider-opa/internal/client"
)

type accessReportsModel struct {
	timeoutsModel
	SubjectType   types.String `tfsdk:"subject_type"`
	SubjectID     types.String `tfsdk:"subject_id"`
	Status        types.String `tfsdk:"status"`
	CreatedAfter  types.String `tfsdk:"created_after"`
	CreatedBefore types.String `tfsdk:"created_before"`

	Reports []listedReportModel `tfsdk:"reports"`
}

type listedReportModel struct {
	ReportID     types.String `tfsdk:"report_id"`
	SubjectType  types.String `tfsdk:"subject_type"`
	SubjectID    types.String `tfsdk:"subject_id"`
	ResourceType types.String `tfsdk:"resource_type"`
	Status       types.String `tfsdk:"status"`
	CreatedAt    types.String `tfsdk:"created_at"`
	UpdatedAt    types.String `tfsdk:"updated_at"`
}

func newAccessReportsDataSource() datasource.DataSource {
	return &dataSource[accessReportsModel]{
		name:        "access_reports",
		description: "Lists the access reports in OPA without their rows, no matter who created them. Deleted reports are not included.",
		attributes: map[string]schema.Attribute{
			"subject_type": schema.StringAttribute{
				MarkdownDescription: "Type of the subject of the reports to include: `user` or `resource`.",
				Optional:            true,
				Validators:          []validator.String{stringvalidator.OneOf(string(client.UserSubject), string(client.ResourceSubject))},
			},
			"subject_id": schema.StringAttribute{
				MarkdownDescription: "ID of the user or resource whose reports to include.",
				Optional:            true,
				Validators:          []validator.String{uuid()},
			},
			"status": schema.StringAttribute{
				MarkdownDescription: "Status of the reports to include: `CREATED`, `IN PROGRESS`, `COMPLETED`, `COMPLETED_BUT_EMPTY` or `ERROR`.",
				Optional:            true,
				Validators:          []validator.String{stringvalidator.OneOf("CREATED", "IN PROGRESS", "ERROR", "COMPLETED", "COMPLETED_BUT_EMPTY")},
			},
			"created_after": schema.StringAttribute{
				MarkdownDescription: "Timestamp after which the reports to include were created, such as `2026-01-31T00:00:00Z` (RFC 3339).",
				Optional:            true,
				Validators:          []validator.String{stringFunc{"an RFC 3339 timestamp, such as 2026-01-31T00:00:00Z", checkTimestamp}},
			},
			"created_before": schema.StringAttribute{
				MarkdownDescription: "Timestamp before which the reports to include were created, such as `2026-01-31T00:00:00Z` (RFC 3339). It must be later than `created_after`.",
				Optional:            true,
				Validators:          []validator.String{stringFunc{"an RFC 3339 timestamp, such as 2026-01-31T00:00:00Z", checkTimestamp}},
			},
			"reports": schema.ListNestedAttribute{
				MarkdownDescription: "Reports, newest first.",
				Computed:            true,
				NestedObject: schema.NestedAttributeObject{Attributes: mergeAttributes(map[string]schema.Attribute{
					"report_id":  schema.StringAttribute{MarkdownDescription: "ID of the report in OPA.", Computed: true},
					"status":     schema.StringAttribute{MarkdownDescription: "Status of the report, in the format of OPA.", Computed: true},
					"created_at": schema.StringAttribute{MarkdownDescription: "Time at which the report was created, in the format of OPA (RFC 3339).", Computed: true},
					"updated_at": schema.StringAttribute{MarkdownDescription: "Time at which the report last changed, in the format of OPA (RFC 3339).", Computed: true},
				}, subjectAttributes())},
			},
		},
		read: readAccessReports,
	}
}

// subjectAttributes returns the attributes that identify the subject of a report.
func subjectAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"subject_type":  schema.StringAttribute{MarkdownDescription: "Type of the subject: `user` or `resource`. Null if OPA does not return the subject. The same applies to `subject_id` and `resource_type`.", Computed: true},
		"subject_id":    schema.StringAttribute{MarkdownDescription: "ID of the user or resource that the report is about.", Computed: true},
		"resource_type": schema.StringAttribute{MarkdownDescription: "Type of the resource, or of the resources that the report on a user covers.", Computed: true},
	}
}

func readAccessReports(ctx context.Context, s *session, m *accessReportsModel) diag.Diagnostics {
	if !m.CreatedAfter.IsNull() && !m.CreatedBefore.IsNull() {
		after, _ := parseTimestamp(m.CreatedAfter.ValueString())
		if before, _ := parseTimestamp(m.CreatedBefore.ValueString()); !before.After(after) {
			return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(path.Root("created_before"), "Invalid value",
				"created_before must be later than created_after. No report can be in an empty period.")}
		}
	}
	reports, err := s.client.Reports(ctx)
	if err != nil {
		return diag.Diagnostics{explain(err)}
	}
	reports = slices.DeleteFunc(reports, func(r client.Report) bool { return !m.matches(r) })
	slices.SortStableFunc(reports, func(a, b client.Report) int {
		first, _ := a.Created()
		second, _ := b.Created()
		return second.Compare(first)
	})
	m.Reports = make([]listedReportModel, len(reports))
	for i, r := range reports {
		subject := r.Subject()
		m.Reports[i] = listedReportModel{
			ReportID: textOrNull(r.ID), Status: textOrNull(r.Status), CreatedAt: textOrNull(r.CreatedAt), UpdatedAt: textOrNull(r.UpdatedAt),
			SubjectType: textOrNull(string(subject.Kind)), SubjectID: textOrNull(subject.ID), ResourceType: textOrNull(subject.ResourceType),
		}
	}
	return nil
}

// matches reports whether a report matches the filters. A report without a creation
// time never matches created_after and created_before.
func (m *accessReportsModel) matches(r client.Report) bool {
	subject := r.Subject()
	created, known := r.Created()
	after, _ := parseTimestamp(m.CreatedAfter.ValueString())
	before, _ := parseTimestamp(m.CreatedBefore.ValueString())
	return (m.SubjectType.IsNull() || string(subject.Kind) == m.SubjectType.ValueString()) &&
		(m.SubjectID.IsNull() || strings.EqualFold(subject.ID, m.SubjectID.ValueString())) &&
		(m.Status.IsNull() || strings.EqualFold(r.Status, m.Status.ValueString())) &&
		(m.CreatedAfter.IsNull() || known && created.After(after)) &&
		(m.CreatedBefore.IsNull() || known && created.Before(before))
}
