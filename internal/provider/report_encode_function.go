package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
)

// reportEncodeFunction encodes rows as the CSV of a report.
type reportEncodeFunction struct{}

func (reportEncodeFunction) Metadata(_ context.Context, _ function.MetadataRequest, response *function.MetadataResponse) {
	response.Name = "report_encode"
}

func (reportEncodeFunction) Definition(_ context.Context, _ function.DefinitionRequest, response *function.DefinitionResponse) {
	response.Definition = function.Definition{
		Summary: "Encode rows as the CSV of an access report",
		MarkdownDescription: "Encodes rows, in their order, as the CSV of an access report, to commit as approved access or to store as evidence. " +
			"`report_decode` returns exactly the same rows from it. `user_type`, `user_status` and `resource_type` are omitted from the CSV if they are null in all rows. " +
			"Any other null is an error.\n\n" +
			"~> Cells are written unchanged, and a spreadsheet could interpret a name that begins with `=`, `+`, `-` or `@` as a formula. " +
			"Use `report_spreadsheet` for a file to open in a spreadsheet.",
		Parameters: []function.Parameter{rowsParameter("rows", "Rows to encode.")},
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
