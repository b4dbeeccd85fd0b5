package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
)

// reportMarkdownFunction renders rows as an access matrix.
type reportMarkdownFunction struct{}

func (reportMarkdownFunction) Metadata(_ context.Context, _ function.MetadataRequest, response *function.MetadataResponse) {
	response.Name = "report_markdown"
}

func (reportMarkdownFunction) Definition(_ context.Context, _ function.DefinitionRequest, response *function.DefinitionResponse) {
	response.Definition = function.Definition{
		Summary: "Render rows as an access matrix in Markdown",
		MarkdownDescription: "Renders rows as a table in GitHub Flavored Markdown, for comments on pull requests or job summaries. It has a line for each resource and a column for each user. " +
			"The cells show the access as `account`: `privileges` (`conditions`). Identical access on several rows has their number after it, such as ×2, " +
			"because servers with the same hostname share a line. Service users, users who are not active and users of unknown status are marked. An empty cell means that these rows show no access.\n\n" +
			"Text of the report is in code spans, so it cannot become a mention, a link or markup. " +
			"Line breaks, control characters and invisible whitespace are shown as symbols. " +
			"To avoid a wide table, filter the rows first (`[for row in rows : row if ...]`).",
		Parameters: []function.Parameter{rowsParameter("rows", "Rows to render, in any order.")},
		Return:     function.StringReturn{},
	}
}

func (reportMarkdownFunction) Run(ctx context.Context, request function.RunRequest, response *function.RunResponse) {
	var rows []accessreport.Row
	if !rowsArguments(ctx, request, response, types.StringUnknown(), &rows) {
		return
	}
	response.Error = response.Result.Set(ctx, accessreport.Markdown(rows))
}
