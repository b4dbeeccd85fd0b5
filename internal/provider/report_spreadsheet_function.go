package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
)

// reportSpreadsheetFunction renders rows as a CSV for spreadsheets.
type reportSpreadsheetFunction struct{}

func (reportSpreadsheetFunction) Metadata(_ context.Context, _ function.MetadataRequest, response *function.MetadataResponse) {
	response.Name = "report_spreadsheet"
}

func (reportSpreadsheetFunction) Definition(_ context.Context, _ function.DefinitionRequest, response *function.DefinitionResponse) {
	response.Definition = function.Definition{
		Summary: "Render rows as a CSV for spreadsheets",
		MarkdownDescription: "Renders rows, in their order, as a CSV to open in a spreadsheet: RFC 4180 in UTF-8 with a byte order mark, with a heading for each column. " +
			"Further columns show whether a gateway, recording, approval or MFA is required, and whether the account is shared: `yes`, `no`, or `(unknown)` if the conditions are not fully understood. " +
			"A cell that the report does not have is `(unknown)` as well. An empty cell is empty in the report.\n\n" +
			"A cell that a spreadsheet could interpret as a formula, a number or a date gets an apostrophe, which is visible in some programs. " +
			"Formulas begin with `=`, `+`, `-`, `@`, a tab, a carriage return or a NUL character. The apostrophe is before that character, at the start of the cell or after a delimiter within it.\n\n" +
			"The text cannot be decoded: `report_decode` refuses it. Use `report_encode` to commit or compare rows.",
		Parameters: []function.Parameter{rowsParameter("rows", "Rows to render.")},
		Return:     function.StringReturn{},
	}
}

func (reportSpreadsheetFunction) Run(ctx context.Context, request function.RunRequest, response *function.RunResponse) {
	var rows []accessreport.Row
	if !rowsArguments(ctx, request, response, types.StringUnknown(), &rows) {
		return
	}
	response.Error = response.Result.Set(ctx, accessreport.Spreadsheet(rows))
}
