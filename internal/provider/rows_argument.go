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

// rowsParameter returns a function parameter for rows. It is dynamic, because
// Terraform would otherwise require every attribute, including those that are
// derived from the conditions.
func rowsParameter(name, description string) function.Parameter {
	return function.DynamicParameter{
		Name: name,
		MarkdownDescription: description + " Use the `rows` of a data source, the result of `report_decode`, or a list of objects with the same attributes. " +
			"Only `extra`, `subject_id` and attributes that are derived from others are optional: " + listOfFlags() + ".",
	}
}

func listOfFlags() string {
	names := make([]string, len(rowFlags))
	for i, flag := range rowFlags {
		names[i] = "`" + flag.name + "`"
	}
	return strings.Join(names, ", ")
}

// rowsArguments reads the first arguments of a function, which are rows. It
// reports whether the function can continue. If not, it sets the response: to an
// error about the invalid argument, or to the unknown result if any part of the
// rows is not known yet.
func rowsArguments(
	ctx context.Context, request function.RunRequest, response *function.RunResponse, unknown attr.Value, targets ...*[]accessreport.Row,
) bool {
	known := true
	for position, target := range targets {
		value, err := dynamicArgument(ctx, request, position)
		if err != nil {
			response.Error = err
			return false
		}
		if !value.IsFullyKnown() {
			known = false
			continue
		}
		rows, invalid := readRows(value)
		if invalid != nil {
			response.Error = function.NewArgumentFuncError(int64(position), invalid.Error())
			return false
		}
		*target = rows
	}
	if !known {
		response.Error = response.Result.Set(ctx, unknown)
	}
	return known
}

// dynamicArgument returns an argument of any type.
func dynamicArgument(ctx context.Context, request function.RunRequest, position int) (tftypes.Value, *function.FuncError) {
	var argument types.Dynamic
	if err := request.Arguments.GetArgument(ctx, position, &argument); err != nil {
		return tftypes.Value{}, err
	}
	value, err := argument.ToTerraformValue(ctx)
	if err != nil {
		return tftypes.Value{}, function.NewArgumentFuncError(int64(position), err.Error())
	}
	return value, nil
}

// readRows returns the rows of a known value. Its error has no final period,
// because Terraform adds one.
func readRows(value tftypes.Value) ([]accessreport.Row, error) {
	var elements []tftypes.Value
	if value.Type().Is(tftypes.Set{}) {
		return nil, errors.New("this is a set, which removes duplicate rows. Use the list of rows that the set was created from")
	}
	if value.As(&elements) != nil {
		return nil, errors.New("this must be a list of rows, such as the rows of a data source or the result of report_decode")
	}
	rows := make([]accessreport.Row, len(elements))
	for i, element := range elements {
		if err := readRow(element, &rows[i]); err != nil {
			return nil, fmt.Errorf("rows[%d]%w", i, err)
		}
	}
	return rows, nil
}

// readRow reads a row. The text of its error continues the path of the row, as in
// "rows[0].account is missing".
func readRow(value tftypes.Value, row *accessreport.Row) error {
	var attributes map[string]tftypes.Value
	if value.IsNull() || value.As(&attributes) != nil {
		return fmt.Errorf(" must be an object with the attributes of a row: %s", strings.Join(accessreport.ColumnNames(), ", "))
	}
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		if _, ok := rowType.AttrTypes[name]; !ok {
			return fmt.Errorf(" has an unknown attribute %q. Remove it, or correct its name. The attributes of a row are %s", name, strings.Join(rowAttributeNames(), ", "))
		}
	}
	for _, text := range rowTexts {
		if err := readText(attributes, text.column, row); err != nil {
			return err
		}
	}
	if err := readSubjectID(attributes, row); err != nil {
		return err
	}
	if err := readExtra(attributes, row); err != nil {
		return err
	}
	row.Requirements = accessreport.ParseConditions(row.Conditions)
	for _, flag := range rowFlags {
		if err := checkFlag(attributes, flag, row); err != nil {
			return err
		}
	}
	return nil
}

// rowAttributeNames returns the names of the attributes of a row, in the documented
// order.
func rowAttributeNames() []string {
	names := accessreport.ColumnNames()
	for _, flag := range rowFlags {
		names = append(names, flag.name)
	}
	return append(names, subjectIDName, extraName)
}

// readSubjectID reads the subject of the row's report: a string or null.
func readSubjectID(attributes map[string]tftypes.Value, row *accessreport.Row) error {
	value, ok := attributes[subjectIDName]
	if ok && !value.IsNull() && value.As(&row.SubjectID) != nil {
		return fmt.Errorf(".%s must be a string", subjectIDName)
	}
	return nil
}

// readExtra reads the cells of unknown columns: a map or an object of strings, or
// null.
func readExtra(attributes map[string]tftypes.Value, row *accessreport.Row) error {
	value, ok := attributes[extraName]
	if !ok || value.IsNull() {
		return nil
	}
	var elements map[string]tftypes.Value
	if value.As(&elements) != nil {
		return fmt.Errorf(".%s must be a map of strings", extraName)
	}
	cells := make(map[string]string, len(elements))
	for name, element := range elements {
		var cell string
		if element.IsNull() || element.As(&cell) != nil {
			return fmt.Errorf(".%s[%q] must be a string", extraName, name)
		}
		cells[name] = cell
	}
	row.Extra = accessreport.NewExtra(cells)
	return nil
}

func readText(attributes map[string]tftypes.Value, column accessreport.Column, row *accessreport.Row) error {
	value, ok := attributes[column.String()]
	if !ok {
		return fmt.Errorf(`.%s is missing. Set it to "" if there is none, or to null if it is unknown`, column)
	}
	if value.IsNull() {
		row.MissingColumns = row.MissingColumns.With(column)
		return nil
	}
	var text string
	if value.As(&text) != nil {
		return fmt.Errorf(".%s must be a string", column)
	}
	row.SetCell(column, text)
	return nil
}

// checkFlag verifies that a derived attribute matches the cells of its row, because
// the CSV of a report has only the cells.
func checkFlag(attributes map[string]tftypes.Value, flag rowFlag, row *accessreport.Row) error {
	value, ok := attributes[flag.name]
	if !ok || value.IsNull() {
		return nil
	}
	set, ok := boolean(value)
	derived := flag.value(row)
	switch {
	case !ok:
		return fmt.Errorf(".%s must be true or false", flag.name)
	case flag.null(row):
		return fmt.Errorf(".%s is %t, but the conditions are null, that is, unknown. Remove it, or set the conditions", flag.name, set)
	case set != derived && flag.fromConditions:
		return fmt.Errorf(".%s is %t, but the conditions %q imply %t. Remove it, or correct the conditions",
			flag.name, set, row.Conditions, derived)
	case set != derived:
		return fmt.Errorf(".%s is %t, but user_name %q and account %q imply %t. Remove it, or correct these",
			flag.name, set, row.UserName, row.Account, derived)
	}
	return nil
}

// boolean returns a boolean. It accepts a string, because all elements of a map have
// the same type.
func boolean(value tftypes.Value) (b, ok bool) {
	if value.As(&b) == nil {
		return b, true
	}
	var text string
	if value.As(&text) != nil {
		return false, false
	}
	return text == "true", text == "true" || text == "false"
}
