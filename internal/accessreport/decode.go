package accessreport

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
	"unsafe"
)

// Report is an access report that was read completely.
type Report struct {
	// Header has the cells of the CSV's header, unknown columns included; nil where
	// the CSV has no header.
	Header []string
	// Rows are all rows of the CSV, in its order.
	Rows []Row
	// Warnings say, in a sentence or two each, what a reader of the rows must know.
	Warnings []string

	layout layout
	extra  *extraColumns
}

// MissingColumns returns the columns that the report does not have. They are the
// MissingColumns of each row.
func (r *Report) MissingColumns() Columns { return r.layout.missing() }

// Decode reads the CSV of an access report of either kind. The columns may
// stand in any order and among others, under any spelling that is known or that
// mapping contains. The mapping goes from names of columns (see ColumnNames) to
// header texts; an empty text means that reports may lack the column.
//
// A text that cannot be read completely, or is beyond a bound, is a *FormatError.
// If the context ends, its error is returned. Memory is bounded by a multiple of
// the text's size.
func Decode(ctx context.Context, text string, mapping map[string]string) (*Report, error) {
	text = strings.TrimPrefix(text, "\ufeff")
	if err := checkText(ctx, text); err != nil {
		return nil, err
	}
	d, first, err := sniff(ctx, text, mapping)
	if err != nil {
		return nil, err
	}
	report, err := newReport(first, mapping)
	if err != nil {
		return nil, err
	}
	if report.Header == nil {
		d.trim = false
	}
	rows, err := countRows(ctx, text, d, report.Header != nil)
	if err != nil {
		return nil, err
	}
	report.Rows = make([]Row, 0, rows)
	understood := map[string]Requirements{}
	pastHeader := report.Header == nil
	err = scanRecords(ctx, text, d, func(record []string, line int) error {
		if !pastHeader {
			pastHeader = true
			return nil
		}
		if err := report.check(record, line, mapping); err != nil {
			return err
		}
		report.Rows = append(report.Rows, Row{}) // filled in its place: a row of its own would be allocated
		return report.read(&report.Rows[len(report.Rows)-1], record, line, understood)
	})
	if err != nil {
		return nil, err
	}
	if len(report.Rows) == 0 {
		report.Warnings = append(report.Warnings, "The report has a header but no rows.")
	}
	return report, nil
}

// countRows returns the number of records that are rows, so that they take no
// more memory than they need. A text of which the rows would take a multiple of
// its own size is refused.
func countRows(ctx context.Context, text string, d dialect, hasHeader bool) (rows int, err error) {
	most := (2*len(text) + freeMemory) / int(unsafe.Sizeof(Row{}))
	if hasHeader {
		rows = -1
	}
	err = scanRecords(ctx, text, d, func(_ []string, line int) error {
		rows++
		if rows > most {
			return &FormatError{Line: line, Problem: fmt.Sprintf("the report has more than %d rows, which are too many for a text of %d bytes", most, len(text))}
		}
		return nil
	})
	return rows, err
}

// freeMemory is the memory in bytes that rows may take whatever the size of
// their text.
const freeMemory = 64 << 20

// checkText refuses a text that no report can be. It is checked in parts, so that
// a long one ends with the context.
func checkText(ctx context.Context, text string) error {
	const size = 1 << 20
	blank := true
	for begin := 0; begin < len(text); {
		end := min(len(text), begin+size)
		for end < len(text) && !utf8.RuneStart(text[end]) && end > begin+size-utf8.UTFMax {
			end--
		}
		part := text[begin:end]
		if at := strings.IndexByte(part, 0); at >= 0 {
			return &FormatError{Line: 1 + strings.Count(text[:begin+at], "\n"), Problem: "the text contains a NUL byte"}
		}
		if !utf8.ValidString(part) {
			return &FormatError{Problem: "the text is not valid UTF-8"}
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		blank = blank && strings.TrimSpace(part) == ""
		begin = end
	}
	if blank {
		return &FormatError{Problem: "the text is empty, without a header"}
	}
	return nil
}

// delimiters are those a report may be written with, likeliest first.
var delimiters = []byte{',', ';', '\t'}

// sniff returns the dialect by which the first record has the most known
// columns, and that record. If it has none in any, the delimiter is the comma.
// Blanks around the cells of a header mean that all cells are written so.
func sniff(ctx context.Context, text string, mapping map[string]string) (best dialect, first []string, err error) {
	most := -1
	for _, delimiter := range delimiters {
		for _, trim := range []bool{false, true} {
			d := dialect{delimiter, trim}
			record, failed := firstRecord(ctx, text, d)
			if ctx.Err() != nil {
				return dialect{}, nil, ctx.Err() // not a reason to take the text for something else
			}
			if failed != nil {
				err = cmp.Or(err, failed)
				continue
			}
			known := findHeader(record, mapping).recognized
			if provenOrder(record) != nil {
				known = int(columnCount)
			}
			if known > most {
				most, best, first = known, d, record
			}
			if !trim && !slices.ContainsFunc(record, hasBlankEnds) {
				break
			}
			// With blanks, the columns are recognized either way: this is the dialect.
			if trim && known == most && known >= minRecognized && !slices.Equal(record, first) {
				best, first = d, record
			}
		}
	}
	if first == nil {
		return dialect{}, nil, err
	}
	return best, first, nil
}

// hasBlankEnds reports whether a cell begins or ends with a blank or with a
// character that shows as nothing.
func hasBlankEnds(cell string) bool { return strings.TrimFunc(cell, isBlank) != cell }

func firstRecord(ctx context.Context, text string, d dialect) (first []string, err error) {
	enough := errors.New("enough")
	err = scanRecords(ctx, text, d, func(record []string, _ int) error {
		first = slices.Clone(record)
		return enough
	})
	if !errors.Is(err, enough) {
		return nil, err
	}
	return first, nil
}

// newReport returns a report of which the first record is known: its header, or
// its first row where that leaves no doubt.
func newReport(first []string, mapping map[string]string) (*Report, error) {
	if order := provenOrder(first); order != nil {
		return &Report{layout: *order, Warnings: []string{
			"The report has no header. Its columns were recognized by their cells: in every row, the user type, the user status and the resource type stand where an access report has them.",
		}}, nil
	}
	h := findHeader(first, mapping)
	switch {
	case h.recognized < minRecognized:
		return nil, &FormatError{Line: 1, Problem: "the header was not recognized", Header: first, Unclear: true}
	case len(h.doubts) > 0:
		return nil, &FormatError{Line: 1, Problem: strings.Join(h.doubts, ", and "), Header: first}
	}
	extra, err := newExtraColumns(first, h.layout)
	if err != nil {
		return nil, err
	}
	report := &Report{Header: first, layout: h.layout, extra: extra}
	var missing []string
	for c := range columnCount {
		switch {
		case !report.MissingColumns().Has(c) || mayLack(mapping, c):
		case c.optional():
			report.Warnings = append(report.Warnings, fmt.Sprintf(
				"The report has no column that was recognized as %s, which is null in all rows. Its header has these cells: %s.", c, quoteCells(first)))
		default:
			missing = append(missing, c.String())
		}
	}
	for _, c := range h.unmatched {
		report.Warnings = append(report.Warnings, fmt.Sprintf(
			"The report's header does not have %s, to which %s is mapped. It has these cells: %s.", quoteCells([]string{mapping[c.String()]}), c, quoteCells(first)))
	}
	if missing != nil {
		return nil, &FormatError{Line: 1, Problem: "no column was recognized as " + strings.Join(missing, ", "), Header: first}
	}
	return report, nil
}

// check refuses a record that is not a row of the report.
func (r *Report) check(record []string, line int, mapping map[string]string) error {
	switch {
	case r.Header == nil && !r.layout.proves(record):
		return &FormatError{Line: line, Problem: "the report has no header, and the cells of this line do not identify the columns"}
	case len(record) != r.layout.width:
		return &FormatError{Line: line, Problem: fmt.Sprintf("%d cells, but the header has %d", len(record), r.layout.width)}
	case r.repeatsHeader(record, mapping):
		return &FormatError{Line: line, Problem: "the header is repeated, so several reports were joined"}
	}
	for c := range columnCount {
		if !columns[c].key || r.layout.place[c] == absent {
			continue
		}
		if problem := keyProblem(record[r.layout.place[c]]); problem != "" {
			return &FormatError{Line: line, Problem: fmt.Sprintf("the cell of %s %s", c, problem)}
		}
	}
	return nil
}

// keyProblem returns why a cell cannot say who has access to what, or nothing.
// No rule for root would find " root".
func keyProblem(cell string) string {
	switch {
	case hasPlainEnds(cell):
		return ""
	case strings.TrimFunc(cell, isBlank) == "":
		return "is empty"
	case hasBlankEnds(cell):
		return "begins or ends with whitespace"
	}
	return ""
}

// hasPlainEnds reports whether a cell begins and ends with visible ASCII, as
// nearly all do.
func hasPlainEnds(cell string) bool {
	return cell != "" && cell[0]-'!' <= '~'-'!' && cell[len(cell)-1]-'!' <= '~'-'!'
}

// minRepeated headings in a row are no coincidence: a user may be called login.
const minRepeated = 5

// repeatsHeader reports whether a record is the header of this or another report.
func (r *Report) repeatsHeader(record []string, mapping map[string]string) bool {
	for _, c := range []Column{UserName, ResourceName} {
		cell := record[r.layout.place[c]]
		if len(cell) > maxHeading || !slices.Contains(r.Header, cell) && !isHeading(cell) {
			return false
		}
	}
	return slices.Equal(record, r.Header) || findHeader(record, mapping).recognized >= minRepeated
}

// maxUnderstood bounds the different conditions that are kept for later rows.
const maxUnderstood = 10_000

// read fills a row from a record that check has accepted.
func (r *Report) read(row *Row, record []string, line int, understood map[string]Requirements) error {
	for c, at := range r.layout.place {
		if at == absent {
			row.MissingColumns = row.MissingColumns.With(Column(c))
		} else {
			*row.cell(Column(c)) = record[at]
		}
	}
	requirements, ok := understood[row.Conditions]
	if !ok {
		requirements = ParseConditions(row.Conditions)
		if len(understood) < maxUnderstood {
			understood[row.Conditions] = requirements
		}
	}
	row.Requirements = requirements
	var err error
	if row.Extra, err = r.extra.read(record); err != nil {
		return &FormatError{Line: line, Problem: err.Error()}
	}
	return nil
}
