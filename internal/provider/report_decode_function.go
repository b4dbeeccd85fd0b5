package provider

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/function"

	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
)

// reportDecodeFunction reads rows from the CSV of a report.
type reportDecodeFunction struct{}

func (reportDecodeFunction) Metadata(_ context.Context, _ function.MetadataRequest, response *function.MetadataResponse) {
	response.Name = "report_decode"
}

func (reportDecodeFunction) Definition(_ context.Context, _ function.DefinitionRequest, response *function.DefinitionResponse) {
	response.Definition = function.Definition{
		Summary: "Read the rows of an access report's CSV",
		MarkdownDescription: "Reads the CSV of an access report and gives its rows, in the order of the CSV: the same objects as `rows` of the data sources. " +
			"It reads what `report_encode` gives, and reports that were downloaded, such as the `csv` of a data source. " +
			"A text that cannot be read completely is an error, and so is one that is empty: a report without rows has a header. " +
			"A header without rows returns an empty list, without a warning: check `length(...) > 0` where the report must have rows. " +
			"`user_type`, `user_status` and `resource_type` are null where the CSV has no such column. " +
			"The provider's `report_columns` does not count here: rename headers that only it makes known.",
		Parameters: []function.Parameter{
			function.StringParameter{Name: "csv", MarkdownDescription: "The CSV of an access report, of a user or of a resource."},
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
	if err != nil {
		response.Error = function.NewArgumentFuncError(0, undecodable(err))
		return
	}
	response.Error = response.Result.Set(ctx, rowsValue(report.Rows))
}

// undecodable says why a text could not be read, and what to do about it.
// Terraform sets the last full stop.
func undecodable(err error) string {
	m := message{
		happened: asSentence(say("The CSV is not a valid access report: %s", err)),
		advice:   "No rows are returned, because some could be missing",
	}
	if format, ok := errors.AsType[*accessreport.FormatError](err); ok && format.Header != nil {
		if format.Unclear {
			// The text may be a secret, and its first line a row: the caller has it.
			m.happened = "The CSV is not a valid access report: the first line is not a known header."
		}
		m.advice = "No rows are returned. Rename the cells of the header that were not recognized. The columns are " +
			columnNames()
	}
	return m.String()
}
