package accessreport

import (
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// spreadsheetFlags are the columns that a spreadsheet has in addition to those of a
// report. Decode recognizes a spreadsheet by them.
var spreadsheetFlags = []struct {
	heading string
	value   func(*Row) bool
	// fromConditions columns are unknown if the conditions are not fully understood.
	fromConditions bool
}{
	{"Gateway required", func(r *Row) bool { return r.Requirements.Gateway }, true},
	{"Session recorded", func(r *Row) bool { return r.Requirements.Recording }, true},
	{"Approval required", func(r *Row) bool { return r.Requirements.Approval }, true},
	{"MFA required", func(r *Row) bool { return r.Requirements.MFA }, true},
	{"Shared account", (*Row).SharedAccount, false},
}

// notKnown is the text of a cell that the report does not have.
const notKnown = "(unknown)"

// Spreadsheet returns rows, in their order, as CSV to open in a spreadsheet: RFC 4180 with
// a byte order mark, headings, and a column for each flag, which is yes, no or (unknown).
// Cells that a program could interpret as a formula, a number or a date begin with an
// apostrophe. Extra columns follow, sorted by their header texts. The text cannot be decoded.
func Spreadsheet(rows []Row) string {
	extra := extraNames(rows)
	var b strings.Builder
	b.WriteString("\ufeff")
	record := make([]string, 0, int(columnCount)+len(spreadsheetFlags)+len(extra))
	for c := range columnCount {
		record = append(record, columns[c].heading)
	}
	for _, flag := range spreadsheetFlags {
		record = append(record, flag.heading)
	}
	writeSpreadsheetRecord(&b, append(record, extra...))
	for i := range rows {
		record = spreadsheetCells(record[:0], &rows[i], extra)
		writeSpreadsheetRecord(&b, record)
	}
	return b.String()
}

// spreadsheetCells appends the cells of a row to a record.
func spreadsheetCells(record []string, row *Row, extra []string) []string {
	for c := range columnCount {
		cell := row.Cell(c)
		if row.MissingColumns.Has(c) {
			cell = notKnown
		}
		record = append(record, cell)
	}
	for _, flag := range spreadsheetFlags {
		cell := "no"
		switch unknown := row.Requirements.Unknown || row.MissingColumns.Has(Conditions); {
		case flag.value(row):
			cell = "yes"
		case flag.fromConditions && unknown:
			cell = notKnown
		}
		record = append(record, cell)
	}
	cells := maps.Collect(row.Extra.All())
	for _, name := range extra {
		cell, ok := cells[name]
		if !ok {
			cell = notKnown
		}
		record = append(record, cell)
	}
	return record
}

// writeSpreadsheetRecord writes a record. All cells are quoted, so that programs keep
// whitespace at the ends.
func writeSpreadsheetRecord(b *strings.Builder, record []string) {
	for i, cell := range record {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('"')
		b.WriteString(strings.ReplaceAll(neutralize(cell), `"`, `""`))
		b.WriteByte('"')
	}
	b.WriteString("\r\n")
}

// Characters with which a formula begins (OWASP ASVS 1.2.10), with their full-width forms,
// and characters after which a program that expects another delimiter begins a cell.
const (
	formulaStarts = "=+-@\t\r\x00＝＋－＠"
	cellEnds      = ",;|\t\r\n\""
)

// neutralize returns a text with an apostrophe before a text that programs may convert, and
// before each place at which a program could begin to read a formula: its start, and after a
// character that may be a delimiter. The apostrophe is before whitespace, which programs may
// remove. NUL characters are shown as symbols, because programs may end the text there.
func neutralize(text string) string {
	var b strings.Builder
	written := 0
	start := 0 // of a cell whose first character is still to come, else -1
	if maybeConverted(text) {
		b.WriteByte('\'')
		start = -1
	}
	for i, r := range text {
		if start >= 0 && strings.ContainsRune(formulaStarts, r) {
			b.WriteString(text[written:start] + "'")
			written, start = start, -1
		}
		if !isBlank(r) {
			start = -1
		}
		if strings.ContainsRune(cellEnds, r) {
			start = i + utf8.RuneLen(r)
		}
	}
	b.WriteString(text[written:])
	return strings.ReplaceAll(b.String(), "\x00", "␀")
}

// CheckNotSpreadsheet returns a *FormatError if the report is the result of Spreadsheet, also
// after changes: it has three of the headings that Spreadsheet adds, with only the cells that
// Spreadsheet writes below them. Texts of OPA are not checked, because a report may have such
// columns.
func (r *Report) CheckNotSpreadsheet() error {
	headings := map[string]bool{}
	for _, flag := range spreadsheetFlags {
		headings[normalize(flag.heading)] = true
	}
	found := 0
	for _, cell := range normalizeHeader(r.Header) {
		if headings[cell] {
			found++
		}
	}
	if found < 3 {
		return nil
	}
	for i := range r.Rows {
		for name, cell := range r.Rows[i].Extra.All() {
			if headings[normalize(name)] && !slices.ContainsFunc(spreadsheetWords, func(word string) bool { return strings.EqualFold(word, cell) }) {
				return nil
			}
		}
	}
	return &FormatError{Line: 1, Problem: "the text was written by report_spreadsheet, which changes cells that a spreadsheet could read as formulas. Use the result of report_encode"}
}

// spreadsheetWords are the cells below spreadsheetFlags.
var spreadsheetWords = []string{"yes", "no", notKnown}
