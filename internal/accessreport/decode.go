package accessreport

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Report is an access report that was read whole.
type Report struct {
	// Header has the cells of the CSV's header as they stand there, extra
	// columns included; nil where the CSV has no header.
	Header []string
	// Rows are all rows of the CSV, in its order.
	Rows []Row
	// Warnings say, in a sentence or two each, what a reader of the rows must know.
	Warnings []string

	layout layout
}

// Lacks says whether the report has no such column, which each of its rows says
// as well.
func (r *Report) Lacks(c Column) bool { return r.layout.place[c] == absent }

// Decode reads the CSV of an access report of either kind. The columns may
// stand in any order and among others, under any spelling that is known or that
// mapping gives. The mapping goes from names of columns (see ColumnNames) to
// header texts; the empty text says that reports may lack the column.
//
// A text that cannot be read whole is a *FormatError.
func Decode(text string, mapping map[string]string) (*Report, error) {
	text = strings.TrimPrefix(text, "\ufeff")
	if err := checkText(text); err != nil {
		return nil, err
	}
	delimiter, first, err := sniff(text, mapping)
	if err != nil {
		return nil, err
	}
	report, err := begin(first, mapping)
	if err != nil {
		return nil, err
	}
	report.Rows = make([]Row, 0, strings.Count(text, "\n")+1)
	understood := map[string]Requirements{} // few conditions, many rows
	pastHeader := report.Header == nil
	err = scanRecords(text, delimiter, func(record []string, line int) error {
		if !pastHeader {
			pastHeader = true
			return nil
		}
		if err := report.check(record, line); err != nil {
			return err
		}
		report.Rows = append(report.Rows, report.layout.row(record, understood))
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(report.Rows) == 0 {
		report.Warnings = append(report.Warnings, "The report has a header but not a single row.")
	}
	return report, nil
}

func checkText(text string) error {
	switch {
	case strings.TrimSpace(text) == "":
		return &FormatError{Problem: "the text is empty: not even a header is there"}
	case !utf8.ValidString(text):
		return &FormatError{Problem: "the text is not valid UTF-8"}
	}
	if before, _, ok := strings.Cut(text, "\x00"); ok {
		return &FormatError{Line: 1 + strings.Count(before, "\n"), Problem: "the text holds a NUL byte"}
	}
	return nil
}

// delimiters are those a report may be written with, likeliest first (API
// contract, section 2.4).
var delimiters = []byte{',', ';', '\t'}

// sniff finds the delimiter by which the first record makes most sense, and
// gives that record. Where it makes none by any, the delimiter is the comma.
func sniff(text string, mapping map[string]string) (delimiter byte, first []string, err error) {
	best := -1
	for _, d := range delimiters {
		record, failed := firstRecord(text, d)
		if failed != nil {
			err = cmp.Or(err, failed)
			continue
		}
		sense := findHeader(record, mapping).recognised
		if provenOrder(record) != nil {
			sense = int(columnCount)
		}
		if sense > best {
			best, delimiter, first = sense, d, record
		}
	}
	if first == nil {
		return 0, nil, err
	}
	return delimiter, first, nil
}

func firstRecord(text string, delimiter byte) (first []string, err error) {
	enough := errors.New("enough")
	err = scanRecords(text, delimiter, func(record []string, _ int) error {
		first = slices.Clone(record)
		return enough
	})
	if !errors.Is(err, enough) {
		return nil, err
	}
	return first, nil
}

// begin is a report of which the first record is known: its header, or its
// first row where that leaves no doubt.
func begin(first []string, mapping map[string]string) (*Report, error) {
	if order := provenOrder(first); order != nil {
		return &Report{layout: *order, Warnings: []string{
			"The report has no header. Its columns were recognised by their cells: in every row, the user type, the user status and the resource type stand where an access report has them.",
		}}, nil
	}
	h := findHeader(first, mapping)
	switch {
	case h.recognised < minRecognised:
		return nil, &FormatError{Line: 1, Problem: "the header was not recognised", Header: first, Unclear: true}
	case len(h.doubts) > 0:
		return nil, &FormatError{Line: 1, Problem: strings.Join(h.doubts, ", and "), Header: first}
	}
	report := &Report{Header: first, layout: h.layout}
	var missing []string
	for c := range columnCount {
		switch {
		case !report.Lacks(c) || mayLack(mapping, c):
		case c.optional():
			report.Warnings = append(report.Warnings, fmt.Sprintf(
				"The report has no column that was recognised as %s, which is null in all rows. Its header has these cells: %s.", c, quoteCells(first)))
		default:
			missing = append(missing, c.String())
		}
	}
	for _, c := range h.unmatched {
		report.Warnings = append(report.Warnings, fmt.Sprintf(
			"The report's header does not have %s, to which %s is mapped. It has these cells: %s.", quoteCells([]string{mapping[c.String()]}), c, quoteCells(first)))
	}
	if missing != nil {
		return nil, &FormatError{Line: 1, Problem: "no column was recognised as " + strings.Join(missing, ", "), Header: first}
	}
	return report, nil
}

// check refuses a record that is no row of the report.
func (r *Report) check(record []string, line int) error {
	switch {
	case r.Header == nil && !r.layout.proves(record):
		return &FormatError{Line: line, Problem: "the report has no header, and this line's cells do not show which column is which"}
	case len(record) != r.layout.width:
		return &FormatError{Line: line, Problem: fmt.Sprintf("%d cells, but the header has %d", len(record), r.layout.width)}
	}
	return nil
}

func (l layout) row(record []string, understood map[string]Requirements) Row {
	var row Row
	for c, at := range l.place {
		if at == absent {
			row.Lacks = row.Lacks.With(Column(c))
		} else {
			*columns[c].cell(&row) = record[at]
		}
	}
	requirements, ok := understood[row.Conditions]
	if !ok {
		requirements = ParseConditions(row.Conditions)
		understood[row.Conditions] = requirements
	}
	row.Requirements = requirements
	return row
}
