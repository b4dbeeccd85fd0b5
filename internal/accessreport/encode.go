package accessreport

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// CellError says which cell cannot be written to a CSV.
type CellError struct {
	Row     int // from 0
	Column  Column
	Problem string // what is wrong, as the rest of a sentence about the cell
}

func (e *CellError) Error() string {
	return fmt.Sprintf("rows[%d].%s %s", e.Row, e.Column, e.Problem)
}

// Encode writes rows, in their order, as a CSV with a header: commas, LF, quotes
// where they are needed. Decode reads from it the very rows that were written.
//
// A column that all rows lack is left out, if a report may be without it. Any
// other cell that a row lacks, and a text that no report may hold, is a
// *CellError.
//
// Cells are written as they are, with no guard against a spreadsheet that takes
// one for a formula: a guarded cell would not be read back as what it was.
func Encode(rows []Row) (string, error) {
	written, err := columnsToWrite(rows)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for i, c := range written {
		writeCell(&b, i, columns[c].heading)
	}
	b.WriteByte('\n')
	for r := range rows {
		for i, c := range written {
			cell := rows[r].Cell(c)
			if problem := unwritable(cell); problem != "" {
				return "", &CellError{Row: r, Column: c, Problem: problem}
			}
			writeCell(&b, i, cell)
		}
		b.WriteByte('\n')
	}
	return b.String(), nil
}

// columnsToWrite are those that the rows have.
func columnsToWrite(rows []Row) (written []Column, err error) {
	for c := range columnCount {
		lacking := slices.IndexFunc(rows, func(r Row) bool { return r.Lacks.Has(c) })
		switch {
		case lacking < 0:
			written = append(written, c)
		case !c.optional():
			return nil, &CellError{Row: lacking, Column: c, Problem: "is null: without it, nobody could tell who gets where, how, and on what terms"}
		case slices.ContainsFunc(rows, func(r Row) bool { return !r.Lacks.Has(c) }):
			return nil, &CellError{Row: lacking, Column: c, Problem: "is null, but not in all rows: a CSV has a column for every row or for none"}
		}
	}
	return written, nil
}

// unwritable says why Decode would refuse a cell, or nothing.
func unwritable(cell string) string {
	switch {
	case !utf8.ValidString(cell):
		return "is not valid UTF-8"
	case strings.ContainsRune(cell, 0):
		return "holds a NUL character, which no report may hold"
	}
	return ""
}

// writeCell writes the cell at a place in its record. Blanks at its ends need no
// quotes, but in quotes they are seen, and survive editors that trim lines.
func writeCell(b *strings.Builder, place int, cell string) {
	if place > 0 {
		b.WriteByte(',')
	}
	if strings.ContainsAny(cell, ",\"\r\n") || strings.TrimSpace(cell) != cell {
		cell = `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
	}
	b.WriteString(cell)
}
