package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
)

// reportHTMLFunction renders rows as an HTML page for auditors.
type reportHTMLFunction struct{}

func (reportHTMLFunction) Metadata(_ context.Context, _ function.MetadataRequest, response *function.MetadataResponse) {
	response.Name = "report_html"
}

func (reportHTMLFunction) Definition(_ context.Context, _ function.DefinitionRequest, response *function.DefinitionResponse) {
	response.Definition = function.Definition{
		Summary: "Render rows as a searchable and sortable HTML page",
		MarkdownDescription: "Renders rows as an HTML page for auditors. The page has a list that can be searched and sorted by each column, a matrix of resources and users, " +
			"and a badge for each condition. It counts the rows, the rows without any condition, and the rows of users who are not active. " +
			"Unknown conditions have a dashed frame.\n\n" +
			"If the reports of the rows are passed as further arguments, the page ends with their IDs, statuses and creation times. " +
			"If reports are missing (`allow_partial`), or if their number of rows differs from the page, the page shows this at the top.\n\n" +
			"The further arguments may also contain one result of `report_changes` and one result of `report_review`, in any order. " +
			"The page shows them above the list: weakened and granted access, and access with an expired approval or without one, come first. Each approval has its owner, reason and end. " +
			"If they are not about exactly the rows of the page, the page shows a warning at the top: pass the same rows to `report_changes` (as `after`) or `report_review`.\n\n" +
			"A list with many rows begins with the first 50, and shows this at its end. The search and the order always apply to all rows. Printed, the page has all rows. A browser without scripts shows the first 1,000 rows of a list, and how many are missing.\n\n" +
			"The page is a single file and loads no other resources, so it can be stored as evidence and opened offline. " +
			"Text of the report cannot become markup or a script: the Content-Security-Policy allows only the script of the page. " +
			"Save the page with `terraform output -raw` after an apply. It contains the rows, so protect it in the same way.",
		Parameters: []function.Parameter{rowsParameter("rows", "Rows to render, in any order.")},
		VariadicParameter: function.DynamicParameter{
			Name: "reports",
			MarkdownDescription: "Reports of the rows. Each is a complete data source such as `data.opa_user_access_report.larry`, " +
				"or an object with a `report_id` and, if known, `status`, `created_at`, `row_count`, and `user_name` or `hostname`. " +
				"One result of `report_changes` and one of `report_review` may be among them.",
		},
		Return: function.StringReturn{},
	}
}

func (reportHTMLFunction) Run(ctx context.Context, request function.RunRequest, response *function.RunResponse) {
	var rows []accessreport.Row
	if !rowsArguments(ctx, request, response, types.StringUnknown(), &rows) {
		return
	}
	var reports types.Tuple
	if response.Error = request.Arguments.GetArgument(ctx, 1, &reports); response.Error != nil {
		return
	}
	parts := pageParts{}
	for i, report := range reports.Elements() {
		value, err := report.ToTerraformValue(ctx)
		if err == nil && !value.IsFullyKnown() {
			response.Error = response.Result.Set(ctx, types.StringUnknown())
			return
		}
		if err == nil {
			err = parts.add(value)
		}
		if err != nil {
			response.Error = function.NewArgumentFuncError(int64(1+i), err.Error())
			return
		}
	}
	page, err := accessreport.HTML(rows, parts.sources, parts.changes, parts.review)
	if err != nil {
		response.Error = function.NewFuncError(err.Error())
		return
	}
	response.Error = response.Result.Set(ctx, page)
}

// pageParts are the parts of the page in addition to the rows.
type pageParts struct {
	sources []accessreport.Source
	changes *accessreport.Changes
	review  *accessreport.PageReview
}

// add adds a report, changes or a review, depending on the attributes of a known value.
// Its error has no final period, because Terraform adds one.
func (p *pageParts) add(value tftypes.Value) error {
	var attributes map[string]tftypes.Value
	if value.IsNull() || value.As(&attributes) != nil {
		return errNoPart
	}
	var ofChanges, ofReview int
	for name := range attributes {
		if _, ok := changesTypes[name]; ok {
			ofChanges++
		}
		if slices.Contains(reviewParts, name) {
			ofReview++
		}
	}
	// A part of the attributes may be changes or a review that were modified: they must not
	// be missing on the page.
	switch {
	case ofReview > ofChanges:
		review, err := readReview(value)
		if err == nil && p.review != nil {
			err = errors.New("this is a second result of report_review. Pass at most one")
		}
		p.review = &review
		return err
	case ofChanges > 0:
		changes, err := readChanges(value)
		if err == nil && p.changes != nil {
			err = errors.New("this is a second result of report_changes. Pass at most one")
		}
		p.changes = &changes
		return err
	}
	sources, err := readSources(value)
	p.sources = append(p.sources, sources...)
	if errors.Is(err, errNoReport) {
		return errNoPart
	}
	return err
}

// readSources returns the report of a data source, or the reports of its members.
// Its error has no final period, because Terraform adds one.
func readSources(value tftypes.Value) ([]accessreport.Source, error) {
	var report map[string]tftypes.Value
	if value.IsNull() || value.As(&report) != nil {
		return nil, errNoReport
	}
	if members, plural := membersOf(report); plural {
		return readMembers(report, members)
	}
	source, err := readSource(report)
	if err == nil && source.ReportID == "" && source.Error == "" {
		err = errNoReport
	}
	return []accessreport.Source{source}, err
}

// membersOf returns the members of a plural data source, and whether it is one.
func membersOf(report map[string]tftypes.Value) (members []tftypes.Value, plural bool) {
	for _, list := range []string{"users", "resources", "subjects"} {
		if attribute, ok := report[list]; ok && attribute.As(&members) == nil {
			return members, true
		}
	}
	return nil, false
}

var errNoReport = errors.New("this must be a report, such as data.opa_user_access_report.larry, or an object with a report_id")

var errNoPart = fmt.Errorf("%w, or the result of report_changes or report_review", errNoReport)

// readMembers returns the reports of a plural data source. The creation time of
// the oldest one is a lower bound for all of them.
func readMembers(plural map[string]tftypes.Value, members []tftypes.Value) ([]accessreport.Source, error) {
	oldest, err := textOf(plural, "created_at")
	if err != nil {
		return nil, err
	}
	if len(members) == 0 {
		return []accessreport.Source{{Error: "The selection was empty, so no report was created.", RowCount: -1}}, nil
	}
	sources := make([]accessreport.Source, len(members))
	for i, member := range members {
		var report map[string]tftypes.Value
		if member.IsNull() || member.As(&report) != nil {
			return nil, errNoReport
		}
		if _, ok := report["report_id"]; !ok {
			return nil, errNoReport
		}
		if sources[i], err = readSource(report); err != nil {
			return nil, err
		}
		if sources[i].CheckOnly, err = isOtherType(plural, report); err != nil {
			return nil, err
		}
		if oldest != "" && sources[i].ReportID != "" && sources[i].CreatedAt == "" {
			sources[i].CreatedAt = "not before " + oldest
		}
	}
	return sources, nil
}

// isOtherType reports whether a report of a team report was only compared with the
// reports whose rows are returned.
func isOtherType(team, report map[string]tftypes.Value) (bool, error) {
	selected, err := textOf(team, "subject_type")
	kind, kindErr := textOf(report, "subject_type")
	return kind != selected, cmp.Or(err, kindErr)
}

func readSource(report map[string]tftypes.Value) (accessreport.Source, error) {
	var failed error
	text := func(name string) string {
		text, err := textOf(report, name)
		failed = cmp.Or(failed, err)
		return text
	}
	count, err := numberOf(report, "row_count")
	total, totalErr := numberOf(report, "total_row_count")
	source := accessreport.Source{
		About:     cmp.Or(text("user_name"), text("canonical_name"), text("hostname"), text("name"), text("user_id"), text("resource_id"), text("subject_id")),
		SubjectID: cmp.Or(text("subject_id"), text("user_id"), text("resource_id")),

		ReportID: text("report_id"), Status: text("status"), CreatedAt: text("created_at"), RowCount: count, TotalRows: total, Error: text("error"),
	}
	return source, cmp.Or(failed, err, totalErr)
}

// textOf returns the text of an attribute, or "" if it is missing or null.
func textOf(attributes map[string]tftypes.Value, name string) (string, error) {
	var text *string
	if value, ok := attributes[name]; ok && value.As(&text) != nil {
		return "", fmt.Errorf("its %s must be a string", name)
	}
	if text == nil {
		return "", nil
	}
	return *text, nil
}

// textsOf returns the texts of an attribute, or nil if it is missing or null.
func textsOf(attributes map[string]tftypes.Value, name string) ([]string, error) {
	value, ok := attributes[name]
	if !ok || value.IsNull() {
		return nil, nil
	}
	var elements []tftypes.Value
	var texts []string
	if value.As(&elements) != nil {
		return nil, fmt.Errorf("its %s must be a list of strings", name)
	}
	for _, element := range elements {
		var text string
		if element.IsNull() || element.As(&text) != nil {
			return nil, fmt.Errorf("its %s must be a list of strings", name)
		}
		texts = append(texts, text)
	}
	return slices.Clip(texts), nil
}

// numberOf returns the integer of an attribute, or -1 if it is missing or null. It
// accepts a string, because all elements of a map have the same type.
func numberOf(attributes map[string]tftypes.Value, name string) (int, error) {
	value, ok := attributes[name]
	if !ok || value.IsNull() {
		return -1, nil
	}
	var number *big.Float
	var digits string
	var n int64
	exact := false
	switch {
	case value.As(&number) == nil:
		var accuracy big.Accuracy
		n, accuracy = number.Int64()
		exact = accuracy == big.Exact
	case value.As(&digits) == nil:
		parsed, err := strconv.ParseInt(digits, 10, 64)
		n, exact = parsed, err == nil
	}
	if !exact || n < 0 {
		return -1, fmt.Errorf("its %s must be a whole number", name)
	}
	return int(n), nil
}
