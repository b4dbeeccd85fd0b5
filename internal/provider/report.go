package provider

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/datasource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
	"github.com/privileged-access/terraform-provider-opa/internal/client"
)

// reportModel is what the data sources of one report have in common.
type reportModel struct {
	Timeouts   timeouts.Value `tfsdk:"timeouts"`
	IncludeCSV types.Bool     `tfsdk:"include_csv"`

	ReportID  types.String `tfsdk:"report_id"`
	Status    types.String `tfsdk:"status"`
	CreatedAt types.String `tfsdk:"created_at"`
	UpdatedAt types.String `tfsdk:"updated_at"`
	RowCount  types.Int64  `tfsdk:"row_count"`
	Rows      types.List   `tfsdk:"rows"`
	Columns   types.List   `tfsdk:"columns"`
	CSV       types.String `tfsdk:"csv"`
}

// reportAttributes adds to a data source's own attributes those of reportModel.
func reportAttributes(own map[string]schema.Attribute) map[string]schema.Attribute {
	attributes := map[string]schema.Attribute{
		"include_csv": schema.BoolAttribute{
			MarkdownDescription: "Whether to give the CSV as downloaded in `csv`, to keep it as evidence for example. Default: `false`.",
			Optional:            true,
		},
		"report_id":  schema.StringAttribute{MarkdownDescription: "The id of the access report in OPA.", Computed: true},
		"status":     schema.StringAttribute{MarkdownDescription: "`COMPLETED`, or `COMPLETED_BUT_EMPTY` for a report that OPA itself calls empty. A report that ends otherwise is an error.", Computed: true},
		"created_at": schema.StringAttribute{MarkdownDescription: "When the report was created, as OPA writes it (RFC 3339).", Computed: true},
		"updated_at": schema.StringAttribute{MarkdownDescription: "When the report last changed, as OPA writes it (RFC 3339).", Computed: true},
		"row_count":  schema.Int64Attribute{MarkdownDescription: "The number of `rows`.", Computed: true},
		"rows":       rowsAttribute(),
		"columns": schema.ListAttribute{
			MarkdownDescription: "The header of the CSV as downloaded, columns included that `rows` does not have. Null where there is none.",
			ElementType:         types.StringType,
			Computed:            true,
		},
		"csv": schema.StringAttribute{
			MarkdownDescription: "The CSV as downloaded, if `include_csv` is true. Null otherwise, and for `COMPLETED_BUT_EMPTY`, where there is nothing to download.",
			Computed:            true,
		},
	}
	maps.Copy(attributes, own)
	return attributes
}

// run makes the report on a subject and fills the model with it.
func (m *reportModel) run(ctx context.Context, s *session, subject client.Subject) diag.Diagnostics {
	result, err := s.client.Run(ctx, subject, 0)
	if err != nil {
		return diag.Diagnostics{explain(err)}
	}
	m.ReportID = textOrNull(result.Report.ID)
	m.Status = textOrNull(result.Report.Status)
	m.CreatedAt = textOrNull(result.Report.CreatedAt)
	m.UpdatedAt = textOrNull(result.Report.UpdatedAt)
	m.Columns = types.ListNull(types.StringType)
	m.CSV = types.StringNull()

	report := &accessreport.Report{}
	var diags diag.Diagnostics
	if result.Report.Status == client.StatusCompleted {
		if report, err = accessreport.Decode(result.CSV, s.columns); err != nil {
			return diag.Diagnostics{unreadable(result.Report, err)}
		}
		for _, warning := range report.Warnings {
			diags.Append(doubtful(result.Report, warning))
		}
		if report.Header != nil {
			m.Columns = textsValue(report.Header)
		}
		if m.IncludeCSV.ValueBool() {
			m.CSV = types.StringValue(result.CSV)
		}
	}
	m.RowCount = types.Int64Value(int64(len(report.Rows)))
	m.Rows = rowsValue(report)
	return diags
}

func textOrNull(text string) types.String {
	if text == "" {
		return types.StringNull()
	}
	return types.StringValue(text)
}

func textsValue(texts []string) types.List {
	values := make([]attr.Value, len(texts))
	for i, text := range texts {
		values[i] = types.StringValue(text)
	}
	return types.ListValueMust(types.StringType, values)
}
