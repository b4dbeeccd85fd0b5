package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/big"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
)

// reportHTMLFunction shows rows as a page for auditors.
type reportHTMLFunction struct{}

func (reportHTMLFunction) Metadata(_ context.Context, _ function.MetadataRequest, response *function.MetadataResponse) {
	response.Name = "report_html"
}

func (reportHTMLFunction) Definition(_ context.Context, _ function.DefinitionRequest, response *function.DefinitionResponse) {
	response.Definition = function.Definition{
		Summary: "Show rows as a page that can be searched and sorted",
		MarkdownDescription: "Shows rows as one HTML page, for auditors: a list that can be searched and sorted by each column, the same as a matrix of resources and users, " +
			"each condition as a badge, and above them the totals: how many ways in, how many without any condition, how many of users who are not active. " +
			"Conditions that are not understood have a dashed frame.\n\n" +
			"Give the reports that the rows come from as further arguments, and the page ends with their ids, states and times of creation. " +
			"Where some are missing (`allow_partial`), or have another number of rows than the page, it says so at the top.\n\n" +
			"The page is a single file and loads nothing: it can be kept as evidence, and opened without a network. " +
			"Nothing in the report can become markup or a script: its Content-Security-Policy allows the page's own script only. " +
			"Save it with `terraform output -raw` after an apply. It holds the rows: guard it like them.",
		Parameters: []function.Parameter{rowsParameter("rows", "The rows to show, in any order.")},
		VariadicParameter: function.DynamicParameter{
			Name: "reports",
			MarkdownDescription: "The reports that the rows come from, each a whole data source as in `data.opa_user_access_report.larry`, " +
				"or an object with a `report_id` and, if known, `status`, `created_at`, `row_count`, and `user_name` or `hostname`.",
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
	var sources []accessreport.Source
	for i, report := range reports.Elements() {
		value, err := report.ToTerraformValue(ctx)
		if err == nil && !value.IsFullyKnown() {
			response.Error = response.Result.Set(ctx, types.StringUnknown())
			return
		}
		var found []accessreport.Source
		if err == nil {
			found, err = readSources(value)
		}
		if err != nil {
			response.Error = function.NewArgumentFuncError(int64(1+i), err.Error())
			return
		}
		sources = append(sources, found...)
	}
	page, err := accessreport.HTML(rows, sources)
	if err != nil {
		response.Error = function.NewFuncError(err.Error())
		return
	}
	response.Error = response.Result.Set(ctx, page)
}

// readSources reads what a report data source says of its report, or of the
// reports of its members. Its error says why it is none, without the last full
// stop, which Terraform sets.
func readSources(value tftypes.Value) ([]accessreport.Source, error) {
	var report map[string]tftypes.Value
	if value.IsNull() || value.As(&report) != nil {
		return nil, errNoReport
	}
	for _, list := range []string{"users", "resources"} {
		var members []tftypes.Value
		if attribute, ok := report[list]; ok && attribute.As(&members) == nil {
			return readMembers(report, members)
		}
	}
	source, err := readSource(report)
	if err == nil && source.ReportID == "" && source.Error == "" {
		err = errNoReport
	}
	return []accessreport.Source{source}, err
}

var errNoReport = errors.New("this must be a report, such as data.opa_user_access_report.larry, or an object with a report_id")

// readMembers reads the reports of a plural data source. Each was created when
// the oldest of them was, or later.
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
		if oldest != "" && sources[i].ReportID != "" && sources[i].CreatedAt == "" {
			sources[i].CreatedAt = "not before " + oldest
		}
	}
	return sources, nil
}

func readSource(report map[string]tftypes.Value) (accessreport.Source, error) {
	var failed error
	text := func(name string) string {
		text, err := textOf(report, name)
		failed = cmp.Or(failed, err)
		return text
	}
	count, err := numberOf(report, "row_count")
	source := accessreport.Source{
		About: cmp.Or(text("user_name"), text("canonical_name"), text("hostname"), text("user_id"), text("resource_id"), text("subject_id")),

		ReportID: text("report_id"), Status: text("status"), CreatedAt: text("created_at"), RowCount: count, Error: text("error"),
	}
	return source, cmp.Or(failed, err)
}

// textOf is an attribute's text; "" if it has none.
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

// numberOf is an attribute's whole number; -1 if it has none. In a map, whose
// elements are all of one type, Terraform has made it a string.
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
