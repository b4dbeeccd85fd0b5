package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
)

// reportChangesMarkdownFunction renders the result of report_changes.
type reportChangesMarkdownFunction struct{}

func (reportChangesMarkdownFunction) Metadata(_ context.Context, _ function.MetadataRequest, response *function.MetadataResponse) {
	response.Name = "report_changes_markdown"
}

func (reportChangesMarkdownFunction) Definition(_ context.Context, _ function.DefinitionRequest, response *function.DefinitionResponse) {
	response.Definition = function.Definition{
		Summary: "Render changes of access in Markdown",
		MarkdownDescription: "Renders the result of `report_changes` in GitHub Flavored Markdown, for comments on pull requests or job summaries. " +
			"It starts with the number of changes of each kind, followed by a table for each kind: weakened and granted access first, then altered, strengthened and revoked access. " +
			"The tables describe in words what was lost and gained, and show the cells that differ. Equal lines are shown once, with their number. " +
			"The text is `No changes` only if there are none.\n\n" +
			"The text has at most 60,000 bytes, so that it fits into a comment on GitHub. If there are more changes, each table that is cut ends with the number of changes that are not shown.\n\n" +
			"Text of the report is in code spans, so it cannot become a mention, a link or markup.",
		Parameters: []function.Parameter{function.DynamicParameter{
			Name: "changes",
			MarkdownDescription: "Result of `report_changes`. The text does not show that changes were removed from its lists. " +
				"To compare a part of the access, filter the rows before `report_changes`.",
		}},
		Return: function.StringReturn{},
	}
}

func (reportChangesMarkdownFunction) Run(ctx context.Context, request function.RunRequest, response *function.RunResponse) {
	var value tftypes.Value
	if value, response.Error = dynamicArgument(ctx, request, 0); response.Error != nil {
		return
	}
	if !value.IsFullyKnown() {
		response.Error = response.Result.Set(ctx, types.StringUnknown())
		return
	}
	changes, err := readChanges(value)
	if err != nil {
		response.Error = function.NewArgumentFuncError(0, err.Error())
		return
	}
	response.Error = response.Result.Set(ctx, accessreport.ChangesMarkdown(&changes))
}
