package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
)

// reportEncodeFunction writes rows as the CSV of a report.
type reportEncodeFunction struct{}

func (reportEncodeFunction) Metadata(_ context.Context, _ function.MetadataRequest, response *function.MetadataResponse) {
	response.Name = "report_encode"
}

func (reportEncodeFunction) Definition(_ context.Context, _ function.DefinitionRequest, response *function.DefinitionResponse) {
	response.Definition = function.Definition{
		Summary: "Write rows as an access report's CSV",
		MarkdownDescription: "Writes rows, in their order, as the CSV of an access report, to commit as approved or to keep as evidence. " +
			"`report_decode` reads the very same rows from it. `user_type`, `user_status` and `resource_type` are left out of the CSV where they are null in all rows; " +
			"any other null is an error.\n\n" +
			"~> Cells are written as they are. Whoever opens the file in a spreadsheet should import all columns as text: " +
			"a name that begins with `=`, `+`, `-` or `@` could be taken for a formula.",
		Parameters: []function.Parameter{rowsParameter("rows", "The rows to write.")},
		Return:     function.StringReturn{},
	}
}

func (reportEncodeFunction) Run(ctx context.Context, request function.RunRequest, response *function.RunResponse) {
	var rows []accessreport.Row
	if !rowsArguments(ctx, request, response, types.StringUnknown(), &rows) {
		return
	}
	csv, err := accessreport.Encode(rows)
	if err != nil {
		response.Error = function.NewArgumentFuncError(0, "These rows cannot be encoded as CSV: "+err.Error())
		return
	}
	response.Error = response.Result.Set(ctx, csv)
}
