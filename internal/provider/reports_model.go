package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
	"github.com/privileged-access/terraform-provider-opa/internal/client"
)

// reportsModel has the attributes that the data sources of many reports share.
type reportsModel struct {
	timeoutsModel
	rowFiltersModel
	AllowPartial types.Bool   `tfsdk:"allow_partial"`
	AllowEmpty   types.Bool   `tfsdk:"allow_empty"`
	MaxAge       types.String `tfsdk:"max_age"`
	AsOf         types.String `tfsdk:"as_of"`

	Team      types.String `tfsdk:"team"`
	Reused    types.Bool   `tfsdk:"reused"`
	Status    types.String `tfsdk:"status"`
	CreatedAt types.String `tfsdk:"created_at"`
	UpdatedAt types.String `tfsdk:"updated_at"`
	RowCount  types.Int64  `tfsdk:"row_count"`
	Rows      types.List   `tfsdk:"rows"`

	UnknownConditions types.List `tfsdk:"unknown_conditions"`
}

// statusPartial is the combined status of reports of which some are missing.
const statusPartial = "PARTIAL"

// reportsAttributes returns the attributes of a data source together with those of
// reportsModel.
func reportsAttributes(own map[string]schema.Attribute) map[string]schema.Attribute {
	return rowFiltersAttributes(mergeAttributes(own, map[string]schema.Attribute{
		"allow_partial": schema.BoolAttribute{
			MarkdownDescription: "Whether to continue without the reports that could not be created or read. A warning lists them, their members have an `error`, and `status` is `PARTIAL`. " +
				"If there is no report at all, the read still fails. Defaults to `false`: any failure fails the read.",
			Optional: true,
		},
		"allow_empty": schema.BoolAttribute{
			MarkdownDescription: "Whether to allow an empty selection: a project or resource group without servers, labels that no server has, a group without members, or an empty set of names or IDs. " +
				"In this case, `rows` is empty, `status` is null, and there is a warning. Defaults to `false`: an empty selection is an error, because the provider cannot distinguish a misspelled project from a project without servers.",
			Optional: true,
		},
		"max_age":    maxAgeAttribute(),
		"as_of":      asOfAttribute(),
		"team":       teamAttribute(),
		"reused":     schema.BoolAttribute{MarkdownDescription: "Whether any of the reports existed before this read.", Computed: true},
		"status":     schema.StringAttribute{MarkdownDescription: "Combined status of the reports: `COMPLETED`, `COMPLETED_BUT_EMPTY` if OPA reports that all of them are empty, or `PARTIAL` if any report is missing, so that `rows` is incomplete. Null if the selection is empty and `allow_empty` is true.", Computed: true},
		"created_at": schema.StringAttribute{MarkdownDescription: "Time at which the oldest of the reports was created, in the format of OPA (RFC 3339).", Computed: true},
		"updated_at": schema.StringAttribute{MarkdownDescription: "Latest time at which any of the reports changed, in the format of OPA (RFC 3339).", Computed: true},
		"row_count":  schema.Int64Attribute{MarkdownDescription: "Number of `rows`.", Computed: true},
		"rows":       rowsAttribute(),

		"unknown_conditions": unknownConditionsAttribute(),
	}))
}

// createReports creates the reports of all members that were found, and sets the
// attributes of the model.
func (m *reportsModel) createReports(ctx context.Context, s *session, members []*member) (diags diag.Diagnostics) {
	diags = completeMembers(ctx, s, members, reportOptions{maxAge: duration(m.MaxAge), asOf: optionalTime(m.AsOf), filter: m.filter()}, incomplete{
		allowed: m.AllowPartial.ValueBool(),
		advice:  "No rows are returned because the result would be incomplete. Fix the errors above, or set allow_partial = true to continue without these reports.",
	})
	if diags.HasError() {
		return diags
	}
	diags = append(diags, m.setReports(ctx, s, members)...)
	return append(diags, reportWarnings(members)...)
}

// setReports sets the attributes of the model from the reports of the members that
// have one.
func (m *reportsModel) setReports(ctx context.Context, s *session, members []*member) (diags diag.Diagnostics) {
	var rows []accessreport.Row
	var decoded []*accessreport.Report
	total := 0
	var unexpected []string
	var oldest, newest string
	reports, reused, status := 0, false, client.StatusEmpty
	for _, member := range members {
		if member.err != nil {
			continue
		}
		reports++
		decoded, total = append(decoded, member.decoded), total+member.decoded.TotalRows
		rows, unexpected = append(rows, member.decoded.Rows...), append(unexpected, member.unexpectedName)
		reused = reused || member.Reused
		if member.Report.Status != client.StatusEmpty {
			status = member.Report.Status
		}
		oldest, newest = earlierTimestamp(member.Report.CreatedAt, oldest), laterTimestamp(member.Report.UpdatedAt, newest)
	}
	if reports < len(members) {
		status = statusPartial
	}
	if len(members) == 0 {
		status = "" // no report, so no status
	}
	m.Team = types.StringValue(s.team)
	m.Reused, m.Status = types.BoolValue(reused), textOrNull(status)
	m.CreatedAt, m.UpdatedAt = textOrNull(oldest), textOrNull(newest)
	if err := accessreport.SortContext(ctx, rows); err != nil {
		return append(diags, explain(err))
	}
	m.RowCount, m.TotalRowCount = types.Int64Value(int64(len(rows))), types.Int64Value(int64(total))
	m.Rows = rowsAttributeValue(ctx, rows)
	unknown, warning := unknownConditions(decoded...)
	m.UnknownConditions = unknown
	diags.Append(warning...)
	diags.Append(unexpectedNames(unexpected...)...)
	return diags
}
