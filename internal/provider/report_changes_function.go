package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
)

// reportChangesFunction compares the rows of two reports, and judges what changed.
type reportChangesFunction struct{}

var (
	// changeType is the type of a row that changed.
	changeType = types.ObjectType{AttrTypes: map[string]attr.Type{
		"before": rowType, "after": rowType,
		"lost": types.SetType{ElemType: types.StringType}, "gained": types.SetType{ElemType: types.StringType},
	}}
	// changesTypes has the attributes of the result of report_changes.
	changesTypes = map[string]attr.Type{
		"granted": types.ListType{ElemType: rowType}, "revoked": types.ListType{ElemType: rowType}, "unchanged": types.ListType{ElemType: rowType},
		"weakened": types.ListType{ElemType: changeType}, "strengthened": types.ListType{ElemType: changeType}, "altered": types.ListType{ElemType: changeType},
	}
)

func (reportChangesFunction) Metadata(_ context.Context, _ function.MetadataRequest, response *function.MetadataResponse) {
	response.Name = "report_changes"
}

func (reportChangesFunction) Definition(_ context.Context, _ function.DefinitionRequest, response *function.DefinitionResponse) {
	response.Definition = function.Definition{
		Summary: "Judge how access changed between two access reports",
		MarkdownDescription: "Returns `{ granted, revoked, weakened, strengthened, altered, unchanged }`. Rows are compared like in `report_diff`. " +
			"A row that was removed and a row that was added are a change of the same access if they have the same user, resource and account, and if no other row that was added or removed has them. " +
			"All other rows that were added or removed are in `granted` or `revoked`.\n\n" +
			"Each element of `weakened`, `strengthened` and `altered` is an object `{ before, after, lost, gained }`. " +
			"`lost` and `gained` are sets of `gateway`, `recording`, `approval`, `mfa` and `privileges`. Privileges are lost if they were `user` and are not any more.\n\n" +
			"* `weakened`: something was lost, whatever else was gained.\n" +
			"* `strengthened`: something was gained, and nothing else changed.\n" +
			"* `altered`: something else changed, such as conditions that the provider does not understand, the status of the user, or a column that the provider does not know. Review these rows like new ones.",
		Parameters: []function.Parameter{
			rowsParameter("before", "Earlier rows."),
			rowsParameter("after", "Current rows."),
		},
		Return: function.ObjectReturn{AttributeTypes: changesTypes},
	}
}

func (reportChangesFunction) Run(ctx context.Context, request function.RunRequest, response *function.RunResponse) {
	var before, after []accessreport.Row
	if !rowsArguments(ctx, request, response, types.ObjectUnknown(changesTypes), &before, &after) {
		return
	}
	c := accessreport.CompareChanges(before, after)
	response.Error = response.Result.Set(ctx, types.ObjectValueMust(changesTypes, map[string]attr.Value{
		"granted": rowsValue(c.Granted), "revoked": rowsValue(c.Revoked), "unchanged": rowsValue(c.Unchanged),
		"weakened": changesValue(c.Weakened), "strengthened": changesValue(c.Strengthened), "altered": changesValue(c.Altered),
	}))
}

func changesValue(changes []accessreport.Change) types.List {
	values := make([]attr.Value, len(changes))
	for i := range changes {
		c := &changes[i]
		values[i] = types.ObjectValueMust(changeType.AttrTypes, map[string]attr.Value{
			"before": rowValue(&c.Before), "after": rowValue(&c.After), "lost": protectionsValue(c.Lost), "gained": protectionsValue(c.Gained),
		})
	}
	return types.ListValueMust(changeType, values)
}

func protectionsValue(protections []accessreport.Protection) types.Set {
	values := make([]attr.Value, len(protections))
	for i, p := range protections {
		values[i] = types.StringValue(string(p))
	}
	return types.SetValueMust(types.StringType, values)
}
