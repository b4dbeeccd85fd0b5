package provider

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/datasource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
	"github.com/privileged-access/terraform-provider-opa/internal/client"
)

// reportModel has the attributes that the data sources of one report share.
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

	UnknownConditions types.List `tfsdk:"unknown_conditions"`
}

// reportAttributes returns the attributes of a data source together with those of
// reportModel.
func reportAttributes(own map[string]schema.Attribute) map[string]schema.Attribute {
	return with(own, map[string]schema.Attribute{
		"include_csv": schema.BoolAttribute{
			MarkdownDescription: "Whether to return the downloaded CSV in `csv`, for example to store it as evidence. Defaults to `false`.",
			Optional:            true,
		},
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
	})
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

// duration returns the duration of a validated argument, or 0 if it is null.
func duration(argument types.String) time.Duration {
	d, _ := time.ParseDuration(argument.ValueString())
	return d
}

// finished is a completed report, decoded.
type finished struct {
	*client.Result
	report *accessreport.Report

	// unexpectedName is a line on the name that all rows use for the subject if that
	// is not a known name, else "".
	unexpectedName string
}

// report runs a report on a subject and decodes it.
func (s *session) report(ctx context.Context, subject reportSubject, maxAge time.Duration) (finished, error) {
	reports, errs := s.reports(ctx, []reportSubject{subject}, maxAge)
	return reports[0], errs[0]
}

// reports runs reports on many subjects and decodes them. For each subject, it
// returns a report or an error. An existing report that cannot be decoded, or is not
// about its subject, is replaced by a new one.
func (s *session) reports(ctx context.Context, subjects []reportSubject, maxAge time.Duration) ([]finished, []error) {
	targets := make([]client.Subject, len(subjects))
	for i, subject := range subjects {
		targets[i] = subject.Subject
	}
	reports := make([]finished, len(subjects))
	outcomes := s.client.RunAll(ctx, targets, client.RunAllOptions{
		MaxAge: maxAge,
		Check: func(ctx context.Context, i int, result *client.Result) (err error) {
			read, err := s.read(ctx, result)
			if err == nil {
				reports[i], err = read.about(subjects[i])
			}
			return err
		},
	})
	errs := make([]error, len(subjects))
	for i, outcome := range outcomes {
		errs[i] = outcome.Err
	}
	return reports, errs
}

// existing returns an existing report, decoded.
func (s *session) existing(ctx context.Context, id string) (finished, error) {
	result, err := s.client.Existing(ctx, id)
	if err != nil {
		return finished{}, err
	}
	read, err := s.read(ctx, result)
	if err != nil {
		return finished{}, err
	}
	return s.aboutItsSubject(ctx, read)
}

// read decodes a report. A report that is COMPLETED_BUT_EMPTY has no rows.
func (s *session) read(ctx context.Context, result *client.Result) (finished, error) {
	if result.Report.Status != client.StatusCompleted {
		return finished{Result: result, report: &accessreport.Report{}}, nil
	}
	report, err := accessreport.Decode(ctx, result.CSV, s.columns)
	if ctx.Err() != nil {
		return finished{}, ctx.Err()
	}
	if err != nil {
		return finished{}, &unreadableError{result, err, result.RedactLong(err.Error())}
	}
	for i, warning := range report.Warnings {
		if s.client.HasCredentials(warning) {
			report.Warnings[i] = "A warning on the report was removed because it contained credentials."
		}
	}
	return finished{Result: result, report: report}, nil
}

// fill sets the attributes of the model from a report, or returns the diagnostic
// for the error.
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
	if err := accessreport.SortContext(ctx, result.report.Rows); err != nil {
		return diag.Diagnostics{explain(err)}
	}
	m.Rows = rowsAttributeValue(ctx, result.report.Rows)
	unknown, diags := unknownConditions(result.report.Rows)
	m.UnknownConditions = unknown
	for _, warning := range result.report.Warnings {
		diags.Append(doubtful(result.Summary, warning))
	}
	return append(diags, unexpectedNames(result.unexpectedName)...)
}
