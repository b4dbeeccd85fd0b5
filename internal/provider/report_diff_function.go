package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
)

// reportDiffFunction compares the rows of two reports.
type reportDiffFunction struct{}

// differenceTypes are the attributes of what report_diff gives.
var differenceTypes = map[string]attr.Type{
	"added":     types.ListType{ElemType: rowType},
	"removed":   types.ListType{ElemType: rowType},
	"unchanged": types.ListType{ElemType: rowType},
}

func (reportDiffFunction) Metadata(_ context.Context, _ function.MetadataRequest, response *function.MetadataResponse) {
	response.Name = "report_diff"
}

func (reportDiffFunction) Definition(_ context.Context, _ function.DefinitionRequest, response *function.DefinitionResponse) {
	response.Definition = function.Definition{
		Summary: "Compare the rows of two access reports",
		MarkdownDescription: "Says which rows were added, which were removed and which are unchanged, as `{ added, removed, unchanged }`: three lists of rows, each sorted. " +
			"Rows are the same if all their texts are, in upper and lower case too; null is not the empty text. Their order does not matter. " +
			"A row that stands several times counts as often: one that stood once and now stands twice is in `unchanged` once and in `added` once.",
		Parameters: []function.Parameter{
			rowsParameter("before", "The rows as they were, or as they were approved."),
			rowsParameter("after", "The rows as they are."),
		},
		Return: function.ObjectReturn{AttributeTypes: differenceTypes},
	}
}

func (reportDiffFunction) Run(ctx context.Context, request function.RunRequest, response *function.RunResponse) {
	var before, after []accessreport.Row
	if !rowsArguments(ctx, request, response, types.ObjectUnknown(differenceTypes), &before, &after) {
		return
	}
	d := accessreport.Diff(before, after)
	response.Error = response.Result.Set(ctx, types.ObjectValueMust(differenceTypes, map[string]attr.Value{
		"added":     rowsValue(d.Added),
		"removed":   rowsValue(d.Removed),
		"unchanged": rowsValue(d.Unchanged),
	}))
}
