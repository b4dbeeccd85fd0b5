package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
)

// reportModel has the attributes that the data sources of one report share.
type reportModel struct {
	timeoutsModel
	rowFiltersModel
	IncludeCSV types.Bool `tfsdk:"include_csv"`

	Team      types.String `tfsdk:"team"`
	Reused    types.Bool   `tfsdk:"reused"`
	ReportID  types.String `tfsdk:"report_id"`
	Status    types.String `tfsdk:"status"`
	CreatedAt types.String `tfsdk:"created_at"`
	UpdatedAt types.String `tfsdk:"updated_at"`
	RowCount  types.Int64  `tfsdk:"row_count"`
	Rows      types.List   `tfsdk:"rows"`
	Columns   types.List   `tfsdk:"columns"`
	CSV       types.String `tfsdk:"csv"`

	UnknownConditions types.List `tfsdk:"unknown_conditions"`
}

// reportAttributes returns the attributes of a data source together with those of
// reportModel.
func reportAttributes(own map[string]schema.Attribute) map[string]schema.Attribute {
	return rowFiltersAttributes(mergeAttributes(own, map[string]schema.Attribute{
		"include_csv": schema.BoolAttribute{
			MarkdownDescription: "Whether to return the downloaded CSV in `csv`, for example to store it as evidence. Defaults to `false`.",
			Optional:            true,
		},
		"team":       teamAttribute(),
		"reused":     schema.BoolAttribute{MarkdownDescription: "Whether the report existed before this read.", Computed: true},
		"report_id":  schema.StringAttribute{MarkdownDescription: "ID of the access report in OPA.", Computed: true},
		"status":     schema.StringAttribute{MarkdownDescription: "Status of the report: `COMPLETED`, or `COMPLETED_BUT_EMPTY` if OPA reports that it is empty. Any other final status is an error.", Computed: true},
		"created_at": schema.StringAttribute{MarkdownDescription: "Time at which the report was created, in the format of OPA (RFC 3339).", Computed: true},
		"updated_at": schema.StringAttribute{MarkdownDescription: "Time at which the report last changed, in the format of OPA (RFC 3339).", Computed: true},
		"row_count":  schema.Int64Attribute{MarkdownDescription: "Number of `rows`.", Computed: true},
		"rows":       rowsAttribute(),
		"columns": schema.ListAttribute{
			MarkdownDescription: "Header of the downloaded CSV, including columns that `rows` does not have. Null if the CSV has no header.",
			ElementType:         types.StringType,
			Computed:            true,
		},
		"csv": schema.StringAttribute{
			MarkdownDescription: "Downloaded CSV, if `include_csv` is true. Null otherwise, and if `status` is `COMPLETED_BUT_EMPTY`, because there is nothing to download.",
			Computed:            true,
		},
		"unknown_conditions": unknownConditionsAttribute(),
	}))
}

// teamAttribute returns the computed attribute team.
func teamAttribute() schema.Attribute {
	return schema.StringAttribute{MarkdownDescription: "Name of the OPA team, from the provider configuration.", Computed: true}
}

// maxAgeAttribute returns max_age, for data sources that can create a report.
func maxAgeAttribute() schema.Attribute {
	return schema.StringAttribute{
		MarkdownDescription: "Maximum age of an existing report to reuse, as a duration such as `12h`. The provider reuses the newest completed report on the same subject that is at most this old by the clock of OPA, " +
			"no matter who created it. If there is none, or if this argument is not set, the read creates a report.",
		Optional:   true,
		Validators: []validator.String{stringFunc{"a duration greater than 0s, such as 12h", checkDuration}},
	}
}

// asOfAttribute returns as_of, for data sources that can create a report.
func asOfAttribute() schema.Attribute {
	return schema.StringAttribute{
		MarkdownDescription: "Timestamp such as `2026-10-01T00:00:00Z` (RFC 3339), to use the newest completed report on each subject that was created at or before it. " +
			"The provider then creates no report. A subject without such a report is an error. It is not known how long OPA keeps reports. Conflicts with `max_age`.",
		Optional: true,
		Validators: []validator.String{
			stringFunc{"an RFC 3339 timestamp, such as 2026-10-01T00:00:00Z", checkTimestamp}, stringvalidator.ConflictsWith(path.MatchRoot("max_age")),
		},
	}
}

// options returns the options of the read.
func (m *reportModel) options(maxAge, asOf types.String) reportOptions {
	return reportOptions{maxAge: duration(maxAge), asOf: optionalTime(asOf), filter: m.filter(), withCSV: m.IncludeCSV.ValueBool()}
}

// setReport sets the attributes of the model from a report, or returns the diagnostic
// for the error.
func (m *reportModel) setReport(ctx context.Context, result decodedReport, err error) diag.Diagnostics {
	if err != nil {
		return diag.Diagnostics{explain(err)}
	}
	m.Reused = types.BoolValue(result.Reused)
	m.ReportID = textOrNull(result.Report.ID)
	m.Status = textOrNull(result.Report.Status)
	m.CreatedAt = textOrNull(result.Report.CreatedAt)
	m.UpdatedAt = textOrNull(result.Report.UpdatedAt)
	m.Columns = types.ListNull(types.StringType)
	m.CSV = types.StringNull()
	if result.decoded.Header != nil {
		m.Columns = textsValue(result.decoded.Header)
	}
	if m.IncludeCSV.ValueBool() {
		m.CSV = textOrNull(result.CSV)
	}
	m.RowCount, m.TotalRowCount = types.Int64Value(int64(len(result.decoded.Rows))), types.Int64Value(int64(result.decoded.TotalRows))
	if err := accessreport.SortContext(ctx, result.decoded.Rows); err != nil {
		return diag.Diagnostics{explain(err)}
	}
	m.Rows = rowsAttributeValue(ctx, result.decoded.Rows)
	unknown, diags := unknownConditions(result.decoded)
	m.UnknownConditions = unknown
	for _, warning := range result.decoded.Warnings {
		diags.Append(decodeWarning(result.Summary, warning))
	}
	return append(diags, unexpectedNames(result.unexpectedName)...)
}
