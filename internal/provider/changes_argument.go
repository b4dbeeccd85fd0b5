package provider

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
	"github.com/privileged-access/terraform-provider-opa/internal/safetext"
)

var errNoChanges = errors.New("this must be the result of report_changes")

// readChanges returns changes from a known value with the attributes of the result of
// report_changes. Lists may have been filtered. What was lost and gained is determined
// from the rows, so that it cannot contradict them. Its error has no final period,
// because Terraform adds one.
func readChanges(value tftypes.Value) (changes accessreport.Changes, err error) {
	parts, err := readParts(value, slices.Sorted(maps.Keys(changesTypes)), errNoChanges)
	if err != nil {
		return changes, err
	}
	for _, part := range []struct {
		name string
		rows *[]accessreport.Row
	}{{"granted", &changes.Granted}, {"revoked", &changes.Revoked}, {"unchanged", &changes.Unchanged}} {
		if *part.rows, err = readRows(parts[part.name]); err != nil {
			return changes, fmt.Errorf("%w. In %s, %w", errNoChanges, part.name, err)
		}
	}
	for _, part := range changedParts {
		if *part.of(&changes), err = readPairs(parts[part.name], part.of); err != nil {
			return changes, fmt.Errorf("%w. In %s, %w", errNoChanges, part.name, err)
		}
	}
	return changes, nil
}

// readParts returns the attributes of the result of another function, which must be
// exactly those with names. Its error begins with the text of errNot.
func readParts(value tftypes.Value, names []string, errNot error) (parts map[string]tftypes.Value, err error) {
	if value.IsNull() || value.As(&parts) != nil {
		return nil, errNot
	}
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		if !slices.Contains(names, name) {
			return nil, fmt.Errorf("%w, which has no attribute %s", errNot, safetext.Quote(name))
		}
	}
	for _, name := range names {
		if part, ok := parts[name]; !ok || part.IsNull() {
			return nil, fmt.Errorf("%w: it has no %s", errNot, name)
		}
	}
	return parts, nil
}

// changedParts are the parts of changes that have pairs of rows.
var changedParts = []struct {
	name string
	of   func(*accessreport.Changes) *[]accessreport.Change
}{
	{"weakened", func(c *accessreport.Changes) *[]accessreport.Change { return &c.Weakened }},
	{"strengthened", func(c *accessreport.Changes) *[]accessreport.Change { return &c.Strengthened }},
	{"altered", func(c *accessreport.Changes) *[]accessreport.Change { return &c.Altered }},
}

// readPairs returns the changes of a part.
func readPairs(value tftypes.Value, part func(*accessreport.Changes) *[]accessreport.Change) ([]accessreport.Change, error) {
	var elements []tftypes.Value
	if value.As(&elements) != nil {
		return nil, errors.New("there must be a list of changes")
	}
	changes := make([]accessreport.Change, len(elements))
	for i, element := range elements {
		var attributes map[string]tftypes.Value
		if element.IsNull() || element.As(&attributes) != nil {
			return nil, fmt.Errorf("changes[%d] must be an object with before and after", i)
		}
		var before, after accessreport.Row
		if err := readRow(attributes["before"], &before); err != nil {
			return nil, fmt.Errorf("changes[%d].before%w", i, err)
		}
		if err := readRow(attributes["after"], &after); err != nil {
			return nil, fmt.Errorf("changes[%d].after%w", i, err)
		}
		compared := accessreport.CompareChanges([]accessreport.Row{before}, []accessreport.Row{after})
		if len(*part(&compared)) != 1 {
			return nil, fmt.Errorf("changes[%d] does not belong there: its rows differ in another way", i)
		}
		changes[i] = (*part(&compared))[0]
	}
	return changes, nil
}
