package accessreport

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// CellError is a cell that cannot be written to a CSV.
type CellError struct {
	Row     int    // from 0
	Name    string // of the attribute, such as account
	Problem string // the rest of a sentence about the cell
}

func (e *CellError) Error() string {
	return fmt.Sprintf("rows[%d].%s %s", e.Row, e.Name, e.Problem)
}

// Encode returns rows, in their order, as a CSV with a header, commas, LF, and quotes
// where they are needed. Decode returns the same rows for it. Extra columns follow the
// others, sorted by their header texts.
//
// Encode omits an optional column that is missing in all rows. For any other missing
// cell, and for text that Decode would reject, it returns a *CellError.
//
// Encode does not escape cells that a spreadsheet would interpret as a formula, because
// Decode would return the escaped cell.
func Encode(rows []Row) (string, error) {
	written, err := columnsToWrite(rows)
	if err != nil {
		return "", err
	}
	extra, err := extraToWrite(rows, written)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for i, c := range written {
		writeCell(&b, i, columns[c].heading)
	}
	for i, name := range extra {
		writeCell(&b, len(written)+i, name)
	}
	b.WriteByte('\n')
	for r := range rows {
		if err := writeRow(&b, &rows[r], written); err != nil {
			err.Row = r
			return "", err
		}
	}
	return b.String(), nil
}

// writeRow writes one record.
func writeRow(b *strings.Builder, row *Row, written []Column) *CellError {
	place := 0
	for _, c := range written {
		cell := row.Cell(c)
		problem := unwritable(cell)
		if problem == "" && columns[c].key {
			problem = keyProblem(cell)
		}
		if problem != "" {
			return &CellError{Name: c.String(), Problem: problem}
		}
		writeCell(b, place, cell)
		place++
	}
	for name, cell := range row.Extra.All() {
		if problem := unwritable(cell); problem != "" {
			return &CellError{Name: fmt.Sprintf("extra[%q]", name), Problem: problem}
		}
		writeCell(b, place, cell)
		place++
	}
	b.WriteByte('\n')
	return nil
}

// extraToWrite returns the header texts of the extra columns. They must be the same in
// all rows, and Decode must not recognize them as known columns.
func extraToWrite(rows []Row, written []Column) ([]string, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	if r := slices.IndexFunc(rows, func(r Row) bool { return !r.Extra.sameNames(rows[0].Extra) }); r >= 0 {
		return nil, &CellError{Row: r, Name: "extra", Problem: "does not have the same keys in all rows: a CSV has a column for every row or for none"}
	}
	names := rows[0].Extra.Names()
	if len(names) == 0 {
		return nil, nil
	}
	header := make([]string, 0, len(written)+len(names))
	for _, c := range written {
		header = append(header, columns[c].heading)
	}
	header = append(header, names...)
	h := findHeader(header, nil)
	for i, name := range names {
		problem := unwritable(name)
		switch at := len(written) + i; {
		case problem != "":
		case strings.TrimFunc(name, isBlank) == "", hasBlankEnds(name):
			problem = "is not a valid header: it is empty, or begins or ends with whitespace"
		case slices.Contains(h.place[:], at) || isHeading(name):
			problem = "is the header of a known column"
		}
		if problem != "" {
			return nil, &CellError{Name: fmt.Sprintf("extra[%q]", name), Problem: problem}
		}
	}
	if len(header) > maxCells {
		return nil, &CellError{Name: "extra", Problem: fmt.Sprintf("has too many keys: a CSV has at most %d columns", maxCells)}
	}
	return names, nil
}

// columnsToWrite returns the columns that the rows have.
func columnsToWrite(rows []Row) (written []Column, err error) {
	for c := range columnCount {
		missing := slices.IndexFunc(rows, func(r Row) bool { return r.MissingColumns.Has(c) })
		switch {
		case missing < 0:
			written = append(written, c)
		case !c.optional():
			return nil, &CellError{Row: missing, Name: c.String(), Problem: "is null, but a report requires it to show who has access to what, how, and under which conditions"}
		case slices.ContainsFunc(rows, func(r Row) bool { return !r.MissingColumns.Has(c) }):
			return nil, &CellError{Row: missing, Name: c.String(), Problem: "is null, but not in all rows: a CSV has a column for every row or for none"}
		}
	}
	return written, nil
}

// unwritable returns why Decode would reject a cell, or "".
func unwritable(cell string) string {
	switch {
	case !utf8.ValidString(cell):
		return "is not valid UTF-8"
	case strings.ContainsRune(cell, 0):
		return "contains a NUL character, which is not allowed"
	case len(cell) > maxCell:
		return fmt.Sprintf("has more than %d bytes", maxCell)
	}
	return ""
}

// writeCell writes a cell, with a delimiter before it unless it is the first. It quotes
// cells with spaces at the ends, so that they are visible and editors do not trim them.
func writeCell(b *strings.Builder, place int, cell string) {
	if place > 0 {
		b.WriteByte(',')
	}
	if strings.ContainsAny(cell, ",\"\r\n") || strings.TrimSpace(cell) != cell {
		cell = `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
	}
	b.WriteString(cell)
}
