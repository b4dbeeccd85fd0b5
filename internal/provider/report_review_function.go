package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
)

// dropColumns is an example that removes attributes from the approvals of a CSV.
const dropColumns = `approvals = [for a in csvdecode(file("approvals.csv")) : { for name, value in a : name => value if !contains(["State", "Resolution"], name) }]`

// reportReviewFunction compares rows with approvals.
type reportReviewFunction struct{}

func (reportReviewFunction) Metadata(_ context.Context, _ function.MetadataRequest, response *function.MetadataResponse) {
	response.Name = "report_review"
}

func (reportReviewFunction) Definition(_ context.Context, _ function.DefinitionRequest, response *function.DefinitionResponse) {
	response.Definition = function.Definition{
		Summary: "Compare rows with approvals",
		MarkdownDescription: "Compares access with approvals that are committed like code. Returns `{ approved, unapproved, expired, unused }`:\n\n" +
			"* `approved`: objects `{ row, approval }`, one for each row that a valid approval covers.\n" +
			"* `unapproved`: all other rows.\n" +
			"* `expired`: objects `{ row, approval }`, one for each unapproved row that only an expired approval covers. These rows are also in `unapproved`.\n" +
			"* `unused`: approvals that cover no row. The access no longer exists, or is weaker than approved.\n\n" +
			"If several approvals cover a row, `approval` is the one that expires last.\n\n" +
			"An approval covers a row if:\n\n" +
			"* `user_name`, `resource_name` and `account` are equal. Comparisons are exact. There are no patterns.\n" +
			"* `privileges`, if set, are equal.\n" +
			"* `conditions`, if set, are not weaker in the row: the row has at least the same requirements (gateway, recording, approval, MFA). " +
			"Conditions with details, such as the number of approvers, and conditions that the provider does not fully understand must be equal.\n" +
			"* `user_type`, `resource_type` and `subject_id`, if set, are equal. The same applies to attributes with the header text of a column in `extra`. `user_status` is not compared.\n\n" +
			"An approval without `conditions` covers access without conditions.\n\n" +
			"An approval is valid until `expires_at`: an RFC 3339 timestamp, or a date such as `2026-12-31`, which includes that day in UTC. Without `expires_at`, or with `never`, it does not expire.\n\n" +
			"A mistake in an approval is an error that names its index and access:\n\n" +
			"* a missing or empty attribute, or an invalid date\n" +
			"* a spelling that differs from the rows only in case or whitespace\n" +
			"* swapped columns, or conditions that are not known\n" +
			"* another attribute that does not only describe the approval, such as `valid_from` or `environment`\n" +
			"* a value in another attribute that looks like an end or a denial, such as `until 2026-12-31`, `rejected by ann` or `false`\n" +
			"* two approvals of the same access\n\n" +
			"Other attributes are kept if all words of their names describe an approval:\n\n" +
			"* a ticket or another reference: `ticket`, `jira_issue`, `change_number`, `audit_ref`, `url`\n" +
			"* people and units: `owner`, `reviewer_email`, `team`, `cost_center`\n" +
			"* texts: `note`, `comment`, `description`, `justification`\n" +
			"* an assessment: `risk_level`, `priority`\n" +
			"* what was done: `requested_by`, `approved_at`, `created_date`\n" +
			"* `next_review`, `tags` and `labels`\n" +
			"* common columns of exports: `assigned_to`, `short_description`, `sys_id`\n\n" +
			"Move anything else to `reason`, or remove it. One error names all of these attributes of an approval. " +
			"The same applies to attributes within them, such as `owner.name`, but tags and labels can have any name that does not look like a limit.\n\n" +
			"To drop columns of a CSV that do not limit approvals, here `State` and `Resolution`:\n\n" +
			"```terraform\n" + dropColumns + "\n```\n\n" +
			"If the access is approved only in one `State`, add `if a.State == \"Approved\"` before the last bracket.\n\n" +
			"A date in the future in another attribute is an error, because it may be the end of the approval. Move it to `reason`, whose dates are not read. " +
			"Names with `review`, such as `next_review`, can also have dates in the future.\n\n" +
			"-> In YAML, quote dates: `expires_at: \"2026-12-31\"`. `yamldecode` converts a date without quotes into a timestamp at the start of that day.",
		Parameters: []function.Parameter{
			rowsParameter("rows", "Rows to review."),
			function.DynamicParameter{
				Name: "approvals",
				MarkdownDescription: "List of approvals, such as the result of `csvdecode` or `yamldecode`. Each has `user_name`, `resource_name`, `account` and optionally `privileges`, `conditions`, `expires_at`, `approved_by` and `reason`. " +
					"The headings that `report_encode` writes, such as `User Name`, are also accepted. Other attributes that describe an approval, such as `ticket`, are returned unchanged.",
			},
			function.StringParameter{
				Name:                "at",
				MarkdownDescription: "Time of the review, such as `plantimestamp()` (RFC 3339), or a date, which means the end of that day in UTC.",
			},
		},
		Return: function.DynamicReturn{},
	}
}

func (reportReviewFunction) Run(ctx context.Context, request function.RunRequest, response *function.RunResponse) {
	var rows []accessreport.Row
	var value tftypes.Value
	var timestamp types.String
	if !rowsArguments(ctx, request, response, types.DynamicUnknown(), &rows) {
		return
	}
	if value, response.Error = dynamicArgument(ctx, request, 1); response.Error != nil {
		return
	}
	if response.Error = request.Arguments.GetArgument(ctx, 2, &timestamp); response.Error != nil {
		return
	}
	if !value.IsFullyKnown() {
		response.Error = response.Result.Set(ctx, types.DynamicUnknown())
		return
	}
	at, ok := accessreport.ParseReviewTime(timestamp.ValueString())
	if !ok {
		response.Error = function.NewArgumentFuncError(2, "this must be a timestamp such as plantimestamp() (RFC 3339), or a date such as 2026-12-31")
		return
	}
	var review accessreport.Review
	approvals, approvalObjects, err := readApprovalValues(ctx, value, rows)
	if err == nil {
		review, err = accessreport.ReviewRows(rows, approvals, at)
	}
	if err != nil {
		response.Error = function.NewArgumentFuncError(1, err.Error())
		return
	}
	response.Error = response.Result.Set(ctx, types.DynamicValue(reviewValue(ctx, &review, approvalObjects)))
}

// reviewValue returns the result of a review.
func reviewValue(ctx context.Context, review *accessreport.Review, approvals []attr.Value) types.Object {
	reviewed := func(rows []accessreport.ReviewedRow) attr.Value {
		values := make([]attr.Value, len(rows))
		for i := range rows {
			approval := approvals[rows[i].Approval]
			values[i] = objectValue(ctx, map[string]attr.Value{"row": rowValue(&rows[i].Row), "approval": approval})
		}
		return listOrTuple(ctx, values)
	}
	unused := make([]attr.Value, len(review.Unused))
	for i, index := range review.Unused {
		unused[i] = approvals[index]
	}
	return objectValue(ctx, map[string]attr.Value{
		"approved": reviewed(review.Approved), "unapproved": rowsValue(review.Unapproved),
		"expired": reviewed(review.Expired), "unused": listOrTuple(ctx, unused),
	})
}
