package provider

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/function"

	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
)

// reportDecodeFunction decodes the CSV of a report.
type reportDecodeFunction struct{}

func (reportDecodeFunction) Metadata(_ context.Context, _ function.MetadataRequest, response *function.MetadataResponse) {
	response.Name = "report_decode"
}

func (reportDecodeFunction) Definition(_ context.Context, _ function.DefinitionRequest, response *function.DefinitionResponse) {
	response.Definition = function.Definition{
		Summary: "Decode the CSV of an access report",
		MarkdownDescription: "Decodes the CSV of an access report and returns its rows in the order of the CSV, as the same objects as `rows` of the data sources. " +
			"The CSV can be the result of `report_encode`, or a downloaded report such as the `csv` of a data source. " +
			"A text that cannot be decoded completely is an error. An empty text is an error as well, because a report without rows has a header. " +
			"A header without rows returns an empty list, without a warning: check `length(...) > 0` if the report must have rows. " +
			"`user_type`, `user_status` and `resource_type` are null if the CSV has no such column. " +
			"The result of `report_spreadsheet` is an error, because its cells may differ from those of the report. " +
			"This function does not use `report_columns` of the provider: rename headers that are known only from it.",
		Parameters: []function.Parameter{
			function.StringParameter{Name: "csv", MarkdownDescription: "CSV of an access report on a user or a resource."},
		},
		Return: function.ListReturn{ElementType: rowType},
	}
}

func (reportDecodeFunction) Run(ctx context.Context, request function.RunRequest, response *function.RunResponse) {
	var csv string
	if response.Error = request.Arguments.Get(ctx, &csv); response.Error != nil {
		return
	}
	report, err := accessreport.Decode(ctx, csv, nil)
	if err == nil {
		err = report.CheckNotSpreadsheet()
	}
	if err != nil {
		response.Error = function.NewArgumentFuncError(0, undecodable(err))
		return
	}
	response.Error = response.Result.Set(ctx, rowsValue(report.Rows))
}

// undecodable returns the message for a text that cannot be decoded, without the
// final period, which Terraform adds.
func undecodable(err error) string {
	m := message{
		happened: asSentence(say("The CSV is not a valid access report: %s", err)),
		advice:   "No rows are returned, because some could be missing",
	}
	if format, ok := errors.AsType[*accessreport.FormatError](err); ok && format.Header != nil {
		if format.Unclear {
			// The first line can be a row, and the text can be a secret. Do not quote it.
			m.happened = "The CSV is not a valid access report: the first line is not a known header."
		}
		m.advice = "No rows are returned. Rename the cells of the header that were not recognized. The columns are " +
			columnNames()
	}
	return m.String()
}
