package accessreport

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// CellError says which cell cannot be written to a CSV.
type CellError struct {
	Row       int    // from 0
	Attribute string // of the row, as in HCL; empty for the whole row
	Problem   string // what is wrong, as the rest of a sentence about the cell
}

func (e *CellError) Error() string {
	if e.Attribute == "" {
		return fmt.Sprintf("rows[%d] %s", e.Row, e.Problem)
	}
	return fmt.Sprintf("rows[%d].%s %s", e.Row, e.Attribute, e.Problem)
}

// Encode writes rows, in their order, as a CSV with a header: commas, LF, quotes
// where they are needed; extra columns come last, sorted by header text. Decode
// reads from it the very rows that were written. What it could not read as it
// was is a *CellError.
//
// A column that all rows lack is left out, if a report may be without it. Any
// other cell that a row lacks is a *CellError.
//
// Cells are written as they are, with no guard against a spreadsheet that takes
// one for a formula: a guarded cell would not be read back as what it was.
func Encode(rows []Row) (string, error) {
	written, err := columnsToWrite(rows)
	if err != nil {
		return "", err
	}
	header, err := headerToWrite(rows, written)
	if err != nil {
		return "", err
	}
	e := encoder{header: header, written: written, seen: map[string]bool{}}
	for i, cell := range header {
		// Quoted, a text with other delimiters in it is no header by those.
		e.writeCell(i, cell, strings.ContainsAny(cell, ";\t"))
	}
	e.WriteByte('\n')
	for r := range rows {
		if err := e.row(&rows[r], r); err != nil {
			return "", err
		}
	}
	return e.String(), nil
}

// columnsToWrite are those that the rows have.
func columnsToWrite(rows []Row) (written []Column, err error) {
	for c := range columnCount {
		lacking := slices.IndexFunc(rows, func(r Row) bool { return r.Lacks.Has(c) })
		switch {
		case lacking < 0:
			written = append(written, c)
		case !c.optional():
			return nil, &CellError{lacking, c.String(), "is null: without it, nobody could tell who gets where, how, and on what terms"}
		case slices.ContainsFunc(rows, func(r Row) bool { return !r.Lacks.Has(c) }):
			return nil, &CellError{lacking, c.String(), "is null, but not in all rows: a CSV has a column for every row or for none"}
		}
	}
	return written, nil
}

// headerToWrite has the headings of the columns, then the extra columns.
func headerToWrite(rows []Row, written []Column) (header []string, err error) {
	for _, c := range written {
		header = append(header, columns[c].heading)
	}
	if len(rows) == 0 {
		return header, nil
	}
	known := len(header)
	for i := range rows {
		if rows[i].Extra.headers != rows[0].Extra.headers {
			return nil, &CellError{i, "extra", "does not have the same keys as in rows[0]: a CSV has a column for every row or for none"}
		}
	}
	for text := range rows[0].Extra.All() {
		if problem := unwritableHeader(text, header[:known:known]); problem != "" {
			return nil, &CellError{0, "extra[" + quoteCells([]string{text}) + "]", problem}
		}
		header = append(header, text)
	}
	if len(header) > maxCells {
		return nil, &CellError{0, "extra", "has more columns than the 1,000 that a report may have"}
	}
	return header, nil
}

// unwritableHeader returns why Decode would not read the header text of an extra
// column beside the known ones, or nothing.
func unwritableHeader(text string, known []string) string {
	switch {
	case strings.TrimSpace(text) == "":
		return "has no text for the header"
	case len(text) > maxHeaderCell:
		return "is too long for a header"
	}
	if problem := unwritable(text); problem != "" {
		return problem
	}
	h := findHeader(append(known, text), nil)
	if len(h.doubts) > 0 || slices.Contains(h.place[:], len(known)) {
		return "would be read as the column " + claims[normalize(text)].String() + ": choose another key"
	}
	return ""
}

// unwritable returns why Decode would refuse a cell, or nothing.
func unwritable(cell string) string {
	switch {
	case !utf8.ValidString(cell):
		return "is not valid UTF-8"
	case strings.ContainsRune(cell, 0):
		return "holds a NUL character, which no report may hold"
	case len(cell)+strings.Count(cell, `"`) > maxCell:
		return "is longer than 1 MiB"
	}
	return ""
}

type encoder struct {
	strings.Builder

	header  []string
	written []Column
	cells   []string
	seen    map[string]bool // conditions of rows that are no header
}

func (e *encoder) row(row *Row, number int) error {
	e.cells = e.cells[:0]
	for _, c := range e.written {
		cell := row.Cell(c)
		problem := unwritable(cell)
		if columns[c].rule == key {
			switch {
			case cell == "":
				problem = "is empty, which no report may have"
			case hasBlankEnds(cell):
				problem = "begins or ends with a blank, which no report may have"
			}
		}
		if problem != "" {
			return &CellError{number, c.String(), problem}
		}
		e.cells = append(e.cells, cell)
	}
	for text, cell := range row.Extra.All() {
		if problem := unwritable(cell); problem != "" {
			return &CellError{number, "extra[" + quoteCells([]string{text}) + "]", problem}
		}
		e.cells = append(e.cells, cell)
	}
	if !e.seen[row.Conditions] {
		if repeatsHeader(e.cells, e.header, nil) {
			return &CellError{number, "", "would be read as a header that is repeated"}
		}
		if len(e.seen) < maxUnderstood { // the same rows are looked at as in reading
			e.seen[row.Conditions] = true
		}
	}
	for i, cell := range e.cells {
		e.writeCell(i, cell, false)
	}
	e.WriteByte('\n')
	return nil
}

// writeCell writes the cell at a place in its record. Blanks at its ends are in
// quotes: there they are seen, survive editors that trim lines, and are no
// blanks around a delimiter.
func (e *encoder) writeCell(place int, cell string, quoted bool) {
	if place > 0 {
		e.WriteByte(',')
	}
	if quoted || strings.ContainsAny(cell, ",\"\r\n") || hasBlankEnds(cell) {
		cell = `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
	}
	e.WriteString(cell)
}
