package provider

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
)

// rowsParameter is a parameter of a function that takes rows. Its type is not
// that of rows, since Terraform would insist on every attribute: whoever writes
// a row by hand need not say what its conditions say already.
func rowsParameter(name, description string) function.Parameter {
	return function.DynamicParameter{
		Name: name,
		MarkdownDescription: description + " These are the `rows` of a data source, what `report_decode` gives, or a list of objects with the same attributes. " +
			"These attributes may be left out, because they follow from the others or are rare: " + strings.Join(quoted(optionalNames()), ", ") + ". " +
			"`extra` is a map of strings; an empty one is the same as null.",
	}
}

// optionalNames are the attributes that a row may be given without.
func optionalNames() []string {
	var names []string
	for _, flag := range rowFlags {
		names = append(names, flag.name)
	}
	return append(names, sharedAccount, extraColumns)
}

func quoted(names []string) []string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = "`" + name + "`"
	}
	return quoted
}

// rowsArguments reads the arguments of a function that takes nothing but rows.
// It says whether the function can go on. If not, the response is set: to an
// error about the argument that is at fault; or to the unknown result, where
// Terraform is to learn any part of the rows only later.
func rowsArguments(
	ctx context.Context, request function.RunRequest, response *function.RunResponse, unknown attr.Value, targets ...*[]accessreport.Row,
) bool {
	known := true
	for position, target := range targets {
		var argument types.Dynamic
		if response.Error = request.Arguments.GetArgument(ctx, position, &argument); response.Error != nil {
			return false
		}
		value, err := argument.ToTerraformValue(ctx)
		if err != nil {
			response.Error = function.NewArgumentFuncError(int64(position), err.Error())
			return false
		}
		if !value.IsFullyKnown() {
			known = false
			continue
		}
		if *target, err = readRows(value); err != nil {
			response.Error = function.NewArgumentFuncError(int64(position), err.Error())
			return false
		}
	}
	if !known {
		response.Error = response.Result.Set(ctx, unknown)
	}
	return known
}

// readRows reads rows from a known value. Its error says why they are none and
// what to do about it, without the last full stop, which Terraform sets.
func readRows(value tftypes.Value) ([]accessreport.Row, error) {
	var elements []tftypes.Value
	if value.Type().Is(tftypes.Set{}) {
		return nil, errors.New("this is a set, in which rows that stand several times have become one. Give the list of rows that it was made of")
	}
	if value.As(&elements) != nil {
		return nil, errors.New("this must be a list of rows, such as the rows of a data source or what report_decode gives")
	}
	rows := make([]accessreport.Row, len(elements))
	for i, element := range elements {
		if err := readRow(element, &rows[i]); err != nil {
			return nil, fmt.Errorf("rows[%d]%w", i, err)
		}
	}
	return rows, nil
}

// readRow reads a row. Its error follows the row's name, as in rows[0].account
// is missing.
func readRow(value tftypes.Value, row *accessreport.Row) error {
	var attributes map[string]tftypes.Value
	if value.IsNull() || value.As(&attributes) != nil {
		return fmt.Errorf(" must be an object with the attributes of a row: %s", strings.Join(accessreport.ColumnNames(), ", "))
	}
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		if _, ok := rowType.AttrTypes[name]; !ok {
			return fmt.Errorf(" has an attribute %q that rows do not have. Take it out, or correct its name: rows have %s", name, strings.Join(attributeNames(), ", "))
		}
	}
	for _, text := range rowTexts {
		if err := readText(attributes, text.column, row); err != nil {
			return err
		}
	}
	row.Requirements = accessreport.ParseConditions(row.Conditions)
	for _, flag := range rowFlags {
		if err := checkFlag(attributes, flag, row); err != nil {
			return err
		}
	}
	if err := checkShared(attributes, row); err != nil {
		return err
	}
	return readExtra(attributes, row)
}

// attributeNames are those of a row, in the order in which they are documented.
func attributeNames() []string {
	return append(accessreport.ColumnNames(), optionalNames()...)
}

func readText(attributes map[string]tftypes.Value, column accessreport.Column, row *accessreport.Row) error {
	value, ok := attributes[column.String()]
	if !ok {
		return fmt.Errorf(`.%s is missing. Set it: "" says that there is none, null that it is not known`, column)
	}
	if value.IsNull() {
		row.Lacks = row.Lacks.With(column)
		return nil
	}
	var text string
	if value.As(&text) != nil {
		return fmt.Errorf(".%s must be a string", column)
	}
	row.SetCell(column, text)
	return nil
}

// checkFlag checks that what a row says of its conditions is what they say
// themselves: the CSV of a report holds nothing else.
func checkFlag(attributes map[string]tftypes.Value, flag rowFlag, row *accessreport.Row) error {
	value, ok := attributes[flag.name]
	if !ok || value.IsNull() {
		return nil
	}
	given, ok := truth(value)
	understood := flag.of(row.Requirements)
	switch {
	case !ok:
		return fmt.Errorf(".%s must be true or false", flag.name)
	case row.Lacks.Has(accessreport.Conditions):
		return fmt.Errorf(".%s is %t, but nothing is known of the conditions, which are null. Leave it out, or give the conditions", flag.name, given)
	case given != understood:
		return fmt.Errorf(".%s is %t, but by its conditions, %q, it is %t. Leave it out, or correct the conditions",
			flag.name, given, row.Conditions, understood)
	}
	return nil
}

// checkShared checks that what a row says of its account follows from its names.
func checkShared(attributes map[string]tftypes.Value, row *accessreport.Row) error {
	value, ok := attributes[sharedAccount]
	if !ok || value.IsNull() {
		return nil
	}
	given, ok := truth(value)
	switch {
	case !ok:
		return fmt.Errorf(".%s must be true or false", sharedAccount)
	case given != row.SharedAccount():
		return fmt.Errorf(".%s is %t, but for the user %q and the account %q it is %t. Leave it out, or correct the names",
			sharedAccount, given, row.UserName, row.Account, !given)
	}
	return nil
}

// readExtra reads the extra columns: a map of strings, or an object of them.
func readExtra(attributes map[string]tftypes.Value, row *accessreport.Row) error {
	value, ok := attributes[extraColumns]
	if !ok || value.IsNull() {
		return nil
	}
	var given map[string]tftypes.Value
	if value.As(&given) != nil {
		return fmt.Errorf(".%s must be a map of strings", extraColumns)
	}
	cells := make(map[string]string, len(given))
	for _, header := range slices.Sorted(maps.Keys(given)) {
		var cell *string
		if given[header].As(&cell) != nil || cell == nil {
			return fmt.Errorf(".%s[%q] must be a string", extraColumns, header)
		}
		cells[header] = *cell
	}
	row.Extra = accessreport.NewExtra(cells)
	return nil
}

// truth reads a bool. In a map, whose elements are all of one type, Terraform
// has made it a string.
func truth(value tftypes.Value) (given, ok bool) {
	if value.As(&given) == nil {
		return given, true
	}
	var text string
	if value.As(&text) != nil {
		return false, false
	}
	return text == "true", text == "true" || text == "false"
}
