package provider

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/datasource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
	"github.com/privileged-access/terraform-provider-opa/internal/client"
)

// reportModel is what the data sources of one report have in common.
type reportModel struct {
	Timeouts   timeouts.Value `tfsdk:"timeouts"`
	IncludeCSV types.Bool     `tfsdk:"include_csv"`

	Reused    types.Bool   `tfsdk:"reused"`
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
	return with(own, map[string]schema.Attribute{
		"include_csv": schema.BoolAttribute{
			MarkdownDescription: "Whether to give the CSV as downloaded in `csv`, to keep it as evidence for example. Default: `false`.",
			Optional:            true,
		},
		"reused":     schema.BoolAttribute{MarkdownDescription: "Whether the report was there before this read.", Computed: true},
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
	})
}

// maxAgeAttribute is max_age, of data sources that may make a report.
func maxAgeAttribute() schema.Attribute {
	return schema.StringAttribute{
		MarkdownDescription: "Reuse the newest finished report on the same subject that is no older than this by OPA's clock, as a duration such as `12h`, " +
			"whoever made it; if there is none, make one. Without it, each read makes a report.",
		Optional:   true,
		Validators: []validator.String{stringFunc{"a duration longer than 0s, such as 12h", checkDuration}},
	}
}

// duration is an argument's duration, which was validated; 0 for null.
func duration(argument types.String) time.Duration {
	d, _ := time.ParseDuration(argument.ValueString())
	return d
}

// finished is a report that is there and was read.
type finished struct {
	*client.Result
	report *accessreport.Report
}

// report runs a report on a subject and reads it. A user is known by name.
func (s *session) report(ctx context.Context, subject client.Subject, userName string, maxAge types.String) (finished, error) {
	result, err := s.client.Run(ctx, subject, duration(maxAge))
	if err != nil {
		return finished{}, err
	}
	read, err := s.read(ctx, result)
	if err != nil && result.Reused {
		return s.report(ctx, subject, userName, types.StringNull()) // no use in reading that one again and again
	}
	if err != nil || userName == "" {
		return read, err
	}
	for _, row := range read.report.Rows {
		// Only a warning: nobody has documented how a report writes names.
		if !strings.EqualFold(row.UserName, userName) {
			read.report.Warnings = append(read.report.Warnings, fmt.Sprintf(
				"The report on the user %q has rows of %q. Check whether that is one person, and that the columns of the report are told apart rightly.", userName, row.UserName))
			break
		}
	}
	return read, nil
}

// existing gives a report that exists and reads it.
func (s *session) existing(ctx context.Context, id string) (finished, error) {
	result, err := s.client.Existing(ctx, id)
	if err != nil {
		return finished{}, err
	}
	return s.read(ctx, result)
}

// read reads what a report says. One that OPA calls empty says nothing.
func (s *session) read(ctx context.Context, result *client.Result) (finished, error) {
	if result.Report.Status != client.StatusCompleted {
		return finished{result, &accessreport.Report{}}, nil
	}
	report, err := accessreport.Decode(ctx, result.CSV, s.columns)
	switch {
	case err != nil && ctx.Err() != nil:
		return finished{}, ctx.Err() //nolint:wrapcheck // it is explained by what it is
	case err != nil:
		return finished{}, &unreadableError{result.Report, err}
	}
	return finished{result, report}, nil
}

// fill fills the model with a report, or says why there is none.
func (m *reportModel) fill(ctx context.Context, result finished, err error) diag.Diagnostics {
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
	if result.report.Header != nil {
		m.Columns = textsValue(result.report.Header)
	}
	if m.IncludeCSV.ValueBool() {
		m.CSV = textOrNull(result.CSV)
	}
	m.RowCount = types.Int64Value(int64(len(result.report.Rows)))
	accessreport.Sort(result.report.Rows)
	m.Rows = rowsAttributeValue(ctx, result.report.Rows)
	var diags diag.Diagnostics
	for _, warning := range result.report.Warnings {
		diags.Append(doubtful(result.Report, warning))
	}
	return diags
}
