package accessreport

import (
	"errors"
	"slices"
	"strings"
	"unique"
)

// extraColumns are the unknown columns of a report (API.md, csv-extra-columns).
type extraColumns struct {
	names  unique.Handle[string] // encoded, sorted
	places []int                 // of the cells, in the order of the names
	// untitled are the positions of columns without a header text. Their cells must be
	// empty, because their meaning is unknown.
	untitled []int
	cells    []string // of one row, reused
}

// newExtraColumns returns the columns of a header that are not in the layout,
// or nil if there are none. Two columns with the same text are an error, because one
// would be lost.
func newExtraColumns(header []string, l layout) (*extraColumns, error) {
	e := new(extraColumns)
	for at, name := range header {
		switch {
		case slices.Contains(l.place[:], at):
		case strings.TrimFunc(name, isBlank) == "":
			e.untitled = append(e.untitled, at)
		default:
			e.places = append(e.places, at)
		}
	}
	slices.SortStableFunc(e.places, func(a, b int) int { return strings.Compare(header[a], header[b]) })
	names := make([]string, len(e.places))
	for i, at := range e.places {
		if names[i] = header[at]; i > 0 && names[i] == names[i-1] {
			return nil, &FormatError{Line: 1, Problem: "multiple columns have the header " + quoteCells(names[i:i+1]), Header: header}
		}
	}
	if len(names) > 0 {
		e.names, e.cells = unique.Make(encodeTexts(names)), make([]string, len(names))
	} else if e.untitled == nil {
		return nil, nil //nolint:nilnil // a report of known columns
	}
	return e, nil
}

// read returns the cells of a record in these columns.
func (e *extraColumns) read(record []string) (Extra, error) {
	if e == nil {
		return Extra{}, nil
	}
	for _, at := range e.untitled {
		if record[at] != "" {
			return Extra{}, errors.New("a cell is in a column without a header")
		}
	}
	if e.places == nil {
		return Extra{}, nil
	}
	for i, at := range e.places {
		e.cells[i] = record[at]
	}
	return Extra{e.names, encodeTexts(e.cells)}, nil
}
