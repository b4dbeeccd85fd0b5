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
	// Header contains the cells of the CSV's header, including unknown columns. It is
	// nil if the CSV has no header.
	Header []string
	// Rows are the rows of the CSV that the filter selects, in their order.
	Rows []Row
	// TotalRows is the number of rows of the CSV.
	TotalRows int
	// Warnings are what a reader of the rows must know, in a sentence or two each.
	Warnings []string

	layout layout
	extra  *extraColumns

	filtered bool

	// Of all rows, including those that the filter rejects:
	unknown map[string]bool // conditions that were not fully understood
	users   distinctNames
	servers distinctNames
}

// MissingColumns returns the columns that the report does not have. They are the
// MissingColumns of each row.
func (r *Report) MissingColumns() Columns { return r.layout.missing() }

// Decode decodes the CSV of an access report of either kind. The columns may have
// any order and any spelling that is known or that mapping contains, and there may be
// other columns. The mapping is from names of columns (see ColumnNames) to header
// texts. An empty text means that reports may not have the column.
//
// For a text that cannot be decoded completely or exceeds a limit, Decode returns a
// *FormatError. If the context ends, Decode returns its error. The memory that it
// uses is proportional to the size of the text.
func Decode(ctx context.Context, text string, mapping map[string]string) (*Report, error) {
	return DecodeFiltered(ctx, text, mapping, nil)
}

// DecodeFiltered is like Decode, and drops the rows that the filter rejects, without
// allocating memory for them. All rows are checked, and only the cells of selected rows
// are kept in memory. If the filter uses a column that the report does not have,
// DecodeFiltered returns a *FilterError.
func DecodeFiltered(ctx context.Context, text string, mapping map[string]string, filter *Filter) (*Report, error) {
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
	if err := filter.check(report.MissingColumns()); err != nil {
		return nil, err
	}
	if filter == nil {
		err = report.readAll(ctx, text, d, mapping)
	} else {
		err = report.readSelected(ctx, text, d, mapping, filter)
	}
	if err != nil {
		return nil, err
	}
	if report.TotalRows == 0 {
		report.Warnings = append(report.Warnings, "The report has a header but no rows.")
	}
	return report, nil
}

// readAll reads all rows.
func (r *Report) readAll(ctx context.Context, text string, d dialect, mapping map[string]string) error {
	rows, err := countRows(ctx, text, d, r.Header != nil)
	if err != nil {
		return err
	}
	r.Rows = make([]Row, 0, rows)
	return r.scanRows(ctx, text, d, mapping, func(record []string, line int, parsed map[string]Requirements) error {
		r.Rows = append(r.Rows, Row{}) // read sets it in place, which saves an allocation
		row := &r.Rows[len(r.Rows)-1]
		err := r.read(row, record, line, parsed)
		r.note(row)
		return err
	})
}

// readSelected reads the rows that the filter selects. They do not share the memory of
// the text, which would keep all of it.
func (r *Report) readSelected(ctx context.Context, text string, d dialect, mapping map[string]string, filter *Filter) error {
	most := maxRows(len(text))
	r.Rows, r.filtered = []Row{}, true
	for i, cell := range r.Header {
		r.Header[i] = strings.Clone(cell)
	}
	return r.scanRows(ctx, text, d, mapping, func(record []string, line int, parsed map[string]Requirements) error {
		var row Row
		if err := r.read(&row, record, line, parsed); err != nil {
			return err
		}
		r.note(&row)
		if !filter.Keep(&row) {
			return nil
		}
		if len(r.Rows) == most {
			return tooManyRows(line, most, len(text))
		}
		r.Rows = append(r.Rows, row.clone())
		return nil
	})
}

// scanRows checks each row and passes it to emit. parsed is for read.
func (r *Report) scanRows(
	ctx context.Context, text string, d dialect, mapping map[string]string,
	emit func(record []string, line int, parsed map[string]Requirements) error,
) error {
	parsed := map[string]Requirements{}
	pastHeader := r.Header == nil
	return scanRecords(ctx, text, d, func(record []string, line int) error {
		if !pastHeader {
			pastHeader = true
			return nil
		}
		if err := r.check(record, line, mapping); err != nil {
			return err
		}
		r.TotalRows++
		return emit(record, line, parsed)
	})
}

// countRows returns the number of rows, so that Decode allocates exactly the memory
// that they need. It returns an error if they would need a multiple of the size of
// the text.
func countRows(ctx context.Context, text string, d dialect, hasHeader bool) (rows int, err error) {
	most := maxRows(len(text))
	if hasHeader {
		rows = -1
	}
	err = scanRecords(ctx, text, d, func(_ []string, line int) error {
		rows++
		if rows > most {
			return tooManyRows(line, most, len(text))
		}
		return nil
	})
	return rows, err
}

// maxRows returns the maximum number of rows for a text of a size in bytes.
func maxRows(size int) int { return (2*size + freeMemory) / int(unsafe.Sizeof(Row{})) }

func tooManyRows(line, most, size int) error {
	return &FormatError{Line: line, Problem: fmt.Sprintf("the report has more than %d rows, which are too many for a text of %d bytes", most, size)}
}

// freeMemory is the memory in bytes that rows may use in addition to a multiple of
// the size of their text.
const freeMemory = 64 << 20

// checkText returns an error for a text that cannot be a report. It checks a long
// text in parts and stops when the context ends.
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

// delimiters are the possible delimiters of a report (API.md, csv-dialect), the most
// likely first.
var delimiters = []byte{',', ';', '\t'}

// sniff returns the dialect in which the first record has the most known columns, and
// that record. If no dialect has any, the delimiter is the comma. If the cells of the
// header have spaces around them, those of the rows have them, too.
func sniff(ctx context.Context, text string, mapping map[string]string) (best dialect, first []string, err error) {
	most := -1
	for _, delimiter := range delimiters {
		for _, trim := range []bool{false, true} {
			d := dialect{delimiter, trim}
			record, failed := firstRecord(ctx, text, d)
			if ctx.Err() != nil {
				return dialect{}, nil, ctx.Err() // not an error in the text
			}
			if failed != nil {
				err = cmp.Or(err, failed)
				continue
			}
			known := findHeader(record, mapping).recognized
			if layoutOfRow(record) != nil {
				known = int(columnCount)
			}
			if known > most {
				most, best, first = known, d, record
			}
			if !trim && !slices.ContainsFunc(record, hasBlankEnds) {
				break
			}
			// With spaces, both dialects recognize the columns. Trimming is right.
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

// hasBlankEnds reports whether a cell begins or ends with a space or an invisible
// character.
func hasBlankEnds(cell string) bool { return strings.TrimFunc(cell, isBlank) != cell }

// firstRecord returns the first record of a text, or nil if there is none.
func firstRecord(ctx context.Context, text string, d dialect) (first []string, err error) {
	errStop := errors.New("stop")
	err = scanRecords(ctx, text, d, func(record []string, _ int) error {
		first = slices.Clone(record)
		return errStop
	})
	if !errors.Is(err, errStop) {
		return nil, err
	}
	return first, nil
}

// newReport returns a report without rows. first is its first record: the header, or
// a row that identifies the layout.
func newReport(first []string, mapping map[string]string) (*Report, error) {
	if order := layoutOfRow(first); order != nil {
		return &Report{layout: *order, Warnings: []string{
			"The report has no header. Its columns were recognized by their cells: in every row, the user type, the user status and the resource type are in the expected positions.",
		}}, nil
	}
	h := findHeader(first, mapping)
	switch {
	case h.recognized < minRecognized:
		return nil, &FormatError{Line: 1, Problem: "the header was not recognized", Header: first, Unclear: true}
	case len(h.problems) > 0:
		return nil, &FormatError{Line: 1, Problem: strings.Join(h.problems, ", and "), Header: first}
	}
	extra, err := newExtraColumns(first, h.layout)
	if err != nil {
		return nil, err
	}
	report := &Report{Header: first, layout: h.layout, extra: extra}
	if err := report.checkColumns(h, mapping); err != nil {
		return nil, err
	}
	return report, nil
}

// checkColumns returns an error if a required column is missing, and adds warnings for
// missing optional columns and for parts of the mapping that match no cell.
func (r *Report) checkColumns(h header, mapping map[string]string) error {
	missing := r.MissingColumns()
	var required []Column
	var names []string
	for c := range columnCount {
		switch {
		case !missing.Has(c) || isOptional(mapping, c):
		case c.optional():
			r.Warnings = append(r.Warnings, fmt.Sprintf(
				"The report has no column that was recognized as %s, which is null in all rows. Its header has these cells: %s.", c, quoteCells(r.Header)))
		default:
			required, names = append(required, c), append(names, c.String())
		}
	}
	for _, c := range h.unmatched {
		r.Warnings = append(r.Warnings, fmt.Sprintf(
			"The report's header does not have %s, to which %s is mapped. It has these cells: %s.", quoteCells([]string{mapping[c.String()]}), c, quoteCells(r.Header)))
	}
	if required != nil {
		return &FormatError{Line: 1, Problem: "no column was recognized as " + strings.Join(names, ", "), Header: r.Header, Missing: required}
	}
	return nil
}

// check returns an error for a record that is not a row of the report.
func (r *Report) check(record []string, line int, mapping map[string]string) error {
	switch {
	case r.Header == nil && !r.layout.identifiedBy(record):
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

// keyProblem returns what is wrong with the cell of a key column, or "". Whitespace
// matters: a policy that forbids root would not match " root".
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

// hasPlainEnds reports whether a cell begins and ends with visible ASCII characters,
// which is the common case.
func hasPlainEnds(cell string) bool {
	return cell != "" && cell[0]-'!' <= '~'-'!' && cell[len(cell)-1]-'!' <= '~'-'!'
}

// minRepeated is the number of headings that make a row a header. Fewer may be a
// coincidence: a user name may be "login".
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

// maxParsed is the maximum number of parsed conditions to keep for later rows.
const maxParsed = 10_000

// read sets a row from a record that check accepted. parsed contains the conditions
// that earlier rows had.
func (r *Report) read(row *Row, record []string, line int, parsed map[string]Requirements) error {
	for c, at := range r.layout.place {
		if at == absent {
			row.MissingColumns = row.MissingColumns.With(Column(c))
		} else {
			*row.cell(Column(c)) = record[at]
		}
	}
	requirements, ok := parsed[row.Conditions]
	if !ok {
		requirements = ParseConditions(row.Conditions)
		if len(parsed) < maxParsed {
			parsed[row.Conditions] = requirements
		}
	}
	row.Requirements = requirements
	var err error
	if row.Extra, err = r.extra.read(record); err != nil {
		return &FormatError{Line: line, Problem: err.Error()}
	}
	return nil
}
