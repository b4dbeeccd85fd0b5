package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
)

// reportMarkdownFunction shows rows as an access matrix.
type reportMarkdownFunction struct{}

func (reportMarkdownFunction) Metadata(_ context.Context, _ function.MetadataRequest, response *function.MetadataResponse) {
	response.Name = "report_markdown"
}

func (reportMarkdownFunction) Definition(_ context.Context, _ function.DefinitionRequest, response *function.DefinitionResponse) {
	response.Definition = function.Definition{
		Summary: "Show rows as an access matrix in Markdown",
		MarkdownDescription: "Shows rows as a table in GitHub Flavored Markdown, for a pull request's comment or a job's summary: a line for each resource, a column for each user, " +
			"and where they meet the ways in, as `account`: `privileges` (`conditions`). A way in that stands on several rows has their number behind it, as in ×2: " +
			"two servers of one name share a line. A user who is a service or not active is marked so, and one whose status the report does not tell. An empty cell is no access by these rows.\n\n" +
			"Whatever the report holds stands in code spans, where it cannot become a mention, a link or markup; " +
			"line ends, control characters and blanks that would not be seen are shown by signs. " +
			"Many users make a wide table: choose among the rows first (`[for row in rows : row if ...]`).",
		Parameters: []function.Parameter{rowsParameter("rows", "The rows to show, in any order.")},
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
