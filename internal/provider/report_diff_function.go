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

// differenceTypes has the attributes of the result of report_diff.
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
		MarkdownDescription: "Returns the rows that were added, removed and unchanged as `{ added, removed, unchanged }`: three lists of rows, each sorted. " +
			"Rows are equal if all their texts are equal, including case. Null and an empty string are different. The order of rows does not matter. " +
			"Duplicate rows are counted: a row that occurred once and now occurs twice is in `unchanged` once and in `added` once.",
		Parameters: []function.Parameter{
			rowsParameter("before", "Earlier rows, or approved rows."),
			rowsParameter("after", "Current rows."),
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
