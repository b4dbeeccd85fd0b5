package provider

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
	"github.com/privileged-access/terraform-provider-opa/internal/client"
)

// outcomeAttributes returns the attributes that identify a member together with
// those of outcomeModel.
func outcomeAttributes(own map[string]schema.Attribute) map[string]schema.Attribute {
	return mergeAttributes(own, map[string]schema.Attribute{
		"report_id":       schema.StringAttribute{MarkdownDescription: "ID of the access report in OPA. Null if there is no report.", Computed: true},
		"status":          schema.StringAttribute{MarkdownDescription: "Last status of the report. Null if there is no report.", Computed: true},
		"created_at":      schema.StringAttribute{MarkdownDescription: "Time at which the report was created, in the format of OPA (RFC 3339). Null if there is no report.", Computed: true},
		"updated_at":      schema.StringAttribute{MarkdownDescription: "Time at which the report last changed, in the format of OPA (RFC 3339). Null if there is no report.", Computed: true},
		"row_count":       schema.Int64Attribute{MarkdownDescription: "Number of `rows` from this report. Null if the report is missing, which is not the same as 0.", Computed: true},
		"total_row_count": schema.Int64Attribute{MarkdownDescription: "Number of rows of this report before `include_rows` and `exclude_rows` are applied. Null if the report is missing.", Computed: true},
		"error":           schema.StringAttribute{MarkdownDescription: "Reason why the report is missing. Null if it is not missing.", Computed: true},
	})
}

// outcomeModel has the attributes of a member that describe its report.
type outcomeModel struct {
	ReportID      types.String `tfsdk:"report_id"`
	Status        types.String `tfsdk:"status"`
	CreatedAt     types.String `tfsdk:"created_at"`
	UpdatedAt     types.String `tfsdk:"updated_at"`
	RowCount      types.Int64  `tfsdk:"row_count"`
	TotalRowCount types.Int64  `tfsdk:"total_row_count"`
	Error         types.String `tfsdk:"error"`
}

// member is one of the subjects of a batch, with its report or error.
type member struct {
	name    string // for messages
	subject reportSubject
	deleted bool // the user or server was deleted

	decodedReport
	err error
}

// outcome returns the attributes that describe the report.
func (m *member) outcome() outcomeModel {
	if m.err != nil {
		last := lastKnown(m.err)
		return outcomeModel{
			ReportID: textOrNull(last.ID), Status: textOrNull(last.Status), CreatedAt: textOrNull(last.CreatedAt), UpdatedAt: textOrNull(last.UpdatedAt),
			Error: types.StringValue(brief(m.err)),
		}
	}
	return outcomeModel{
		ReportID: textOrNull(m.Report.ID), Status: textOrNull(m.Report.Status),
		CreatedAt: textOrNull(m.Report.CreatedAt), UpdatedAt: textOrNull(m.Report.UpdatedAt),
		RowCount: types.Int64Value(int64(len(m.decoded.Rows))), TotalRowCount: types.Int64Value(int64(m.decoded.TotalRows)),
	}
}

// runMembers runs the reports of all members that were found. It returns the fatal
// error if there is one.
func runMembers(ctx context.Context, s *session, members []*member, options reportOptions) error {
	var found []*member
	var subjects []reportSubject
	for _, m := range members {
		if m.err == nil {
			found, subjects = append(found, m), append(subjects, m.subject)
		}
	}
	reports, errs := s.reports(ctx, subjects, options)
	for i, m := range found {
		m.decodedReport, m.err = reports[i], errs[i]
		if client.IsFatal(m.err) {
			return m.err
		}
	}
	return nil
}

// incomplete is how to handle members without a report.
type incomplete struct {
	allowed bool               // whether some may be missing
	advice  prose              // of the error if not
	ignore  func(*member) bool // whether an error does not matter; may be nil
}

// completeMembers runs the reports of all members that were found. It returns an error
// unless all members have a report, or only some are missing and that is allowed. An error
// that all members would have, such as a filter on a missing column, is always an error.
func completeMembers(ctx context.Context, s *session, members []*member, options reportOptions, handle incomplete) diag.Diagnostics {
	fatal := runMembers(ctx, s, members, options)
	switch {
	case fatal != nil:
		return diag.Diagnostics{explain(fatal)}
	case errors.Is(ctx.Err(), context.Canceled):
		return diag.Diagnostics{explain(ctx.Err())}
	}
	for _, m := range members {
		if filter, ok := errors.AsType[*accessreport.FilterError](m.err); ok {
			return diag.Diagnostics{explainFilter(filter)}
		}
	}
	if handle.ignore != nil {
		members = filterMembers(members, func(m *member) bool { return m.err == nil || !handle.ignore(m) })
	}
	return missingReports(members, handle)
}

// missingReports returns the diagnostic that lists the members without a report: a
// warning if that is allowed and other members have one, else an error.
func missingReports(members []*member, handle incomplete) (diags diag.Diagnostics) {
	var lines []string
	for _, m := range members {
		if m.err != nil {
			lines = append(lines, string(say("  - %s: %s", m.name, brief(m.err))))
		}
	}
	if lines == nil {
		return nil
	}
	slices.Sort(lines)
	m := message{happened: say("%d of %d reports are missing:\n\n%s", len(lines), len(members), prose(strings.Join(lines, "\n")))}
	switch {
	case !handle.allowed:
		m.advice = handle.advice
		diags.AddError("Missing access reports", m.String())
	case len(lines) == len(members):
		m.advice = "None of the reports could be created or read. allow_partial does not cover this case, because an empty result would look like \"nobody has access\"."
		diags.AddError("Missing access reports", m.String())
	default:
		m.advice = "Their access is unknown: rows does not include it."
		diags.AddWarning("Missing access reports", m.String())
	}
	return diags
}

// reportWarnings returns the warnings about the reports. Reports with the same warning
// share one diagnostic.
func reportWarnings(members []*member) (diags diag.Diagnostics) {
	const maxWarnings = 5
	names := map[string][]string{}
	for _, m := range members {
		if m.err == nil {
			for _, warning := range m.decoded.Warnings {
				names[warning] = append(names[warning], m.name)
			}
		}
	}
	for i, warning := range slices.Sorted(maps.Keys(names)) {
		if i == maxWarnings {
			diags.AddWarning("Unusual access report", fmt.Sprintf("There are %d more warnings about the reports of this read. To see them, read the reports one at a time.", len(names)-maxWarnings))
			break
		}
		affected := names[warning]
		slices.Sort(affected)
		diags.AddWarning("Unusual access report", message{
			happened: multiline(warning), labels: []label{{"Reports", strconv.Itoa(len(affected))}, {"First subject", affected[0]}},
		}.String())
	}
	return diags
}
