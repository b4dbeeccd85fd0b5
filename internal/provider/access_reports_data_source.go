package provider

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/datasource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/privileged-access/terraform-provider-opa/internal/client"
)

type accessReportsModel struct {
	Timeouts     timeouts.Value `tfsdk:"timeouts"`
	SubjectType  types.String   `tfsdk:"subject_type"`
	SubjectID    types.String   `tfsdk:"subject_id"`
	Status       types.String   `tfsdk:"status"`
	CreatedAfter types.String   `tfsdk:"created_after"`

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
		description: "The access reports that OPA has, whoever made them, without their rows. Deleted ones are left out.",
		attributes: map[string]schema.Attribute{
			"subject_type": schema.StringAttribute{
				MarkdownDescription: "Only reports on `user` or on `resource`.",
				Optional:            true,
				Validators:          []validator.String{stringvalidator.OneOf(string(client.UserSubject), string(client.ResourceSubject))},
			},
			"subject_id": schema.StringAttribute{
				MarkdownDescription: "Only reports on the user or resource with this id.",
				Optional:            true,
				Validators:          []validator.String{uuid()},
			},
			"status": schema.StringAttribute{
				MarkdownDescription: "Only reports with this status: `CREATED`, `IN PROGRESS`, `COMPLETED`, `COMPLETED_BUT_EMPTY` or `ERROR`.",
				Optional:            true,
				Validators:          []validator.String{stringvalidator.OneOf("CREATED", "IN PROGRESS", "ERROR", "COMPLETED", "COMPLETED_BUT_EMPTY")},
			},
			"created_after": schema.StringAttribute{
				MarkdownDescription: "Only reports that were created after this moment, such as `2026-01-31T00:00:00Z` (RFC 3339).",
				Optional:            true,
				Validators:          []validator.String{stringFunc{"an RFC 3339 timestamp, such as 2026-01-31T00:00:00Z", checkMoment}},
			},
			"reports": schema.ListNestedAttribute{
				MarkdownDescription: "The reports, newest first.",
				Computed:            true,
				NestedObject: schema.NestedAttributeObject{Attributes: with(map[string]schema.Attribute{
					"report_id":  schema.StringAttribute{MarkdownDescription: "The report's id in OPA.", Computed: true},
					"status":     schema.StringAttribute{MarkdownDescription: "The report's status, as OPA writes it.", Computed: true},
					"created_at": schema.StringAttribute{MarkdownDescription: "When the report was created, as OPA writes it (RFC 3339).", Computed: true},
					"updated_at": schema.StringAttribute{MarkdownDescription: "When the report last changed, as OPA writes it (RFC 3339).", Computed: true},
				}, subjectAttributes())},
			},
		},
		timeouts: func(m *accessReportsModel) timeouts.Value { return m.Timeouts },
		read:     readAccessReports,
	}
}

// subjectAttributes tell what a report is about.
func subjectAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"subject_type":  schema.StringAttribute{MarkdownDescription: "`user` or `resource`. Null where OPA does not tell, as the two below.", Computed: true},
		"subject_id":    schema.StringAttribute{MarkdownDescription: "The id of the user or resource that the report is about.", Computed: true},
		"resource_type": schema.StringAttribute{MarkdownDescription: "The type of the resource, or of the resources that the report on a user covers.", Computed: true},
	}
}

func checkMoment(text string) error {
	_, err := time.Parse(time.RFC3339, text)
	return err
}

func readAccessReports(ctx context.Context, s *session, m *accessReportsModel) diag.Diagnostics {
	reports, err := s.client.Reports(ctx)
	if err != nil {
		return diag.Diagnostics{explain(err)}
	}
	reports = slices.DeleteFunc(reports, func(r client.Report) bool { return !m.fits(r) })
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

// fits applies the filters. A report that does not tell when it was created is
// not known to be new enough.
func (m *accessReportsModel) fits(r client.Report) bool {
	subject := r.Subject()
	created, known := r.Created()
	after, _ := moment(m.CreatedAfter.ValueString())
	return (m.SubjectType.IsNull() || string(subject.Kind) == m.SubjectType.ValueString()) &&
		(m.SubjectID.IsNull() || strings.EqualFold(subject.ID, m.SubjectID.ValueString())) &&
		(m.Status.IsNull() || strings.EqualFold(r.Status, m.Status.ValueString())) &&
		(m.CreatedAfter.IsNull() || known && created.After(after))
}
