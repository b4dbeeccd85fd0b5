package accessreport

import (
	"context"
	"strings"
	"unicode/utf8"
	"unsafe"
)

// Report is an access report that was read completely.
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

// Lacks reports whether the report has no such column, which each of its rows
// says as well.
func (r *Report) Lacks(c Column) bool { return r.layout.place[c] == absent }

// Decode reads the CSV of an access report of either kind. The columns may
// stand in any order and among others, under any spelling that is known or that
// mapping gives. The mapping goes from names of columns (see ColumnNames) to
// header texts; the empty text says that reports may lack the column.
//
// A text that cannot be read completely is a *FormatError. Time is linear in the
// size of the text, and the memory taken is at most three times its size and 48
// MiB. Once ctx has ended, Decode soon returns its error.
func Decode(ctx context.Context, text string, mapping map[string]string) (*Report, error) {
	text = strings.TrimPrefix(text, "\ufeff")
	if err := checkText(ctx, text); err != nil {
		return nil, err
	}
	d, first, err := sniff(ctx, text, mapping)
	if err != nil {
		return nil, err
	}
	report, err := begin(first, mapping)
	if err != nil {
		return nil, err
	}
	reader := newReader(report, newScanner(ctx, text, d), mapping)
	if err := reader.read(); err != nil {
		return nil, err
	}
	if len(report.Rows) == 0 {
		report.Warnings = append(report.Warnings, "The report has a header but no rows.")
	}
	return report, nil
}

// checkText checks what holds for a text apart from its records.
func checkText(ctx context.Context, text string) error {
	blank, line := true, 1
	for rest := text; rest != ""; {
		if err := ctx.Err(); err != nil {
			return err //nolint:wrapcheck // callers compare it
		}
		size := min(len(rest), checkEvery)
		for size < len(rest) && size > checkEvery-utf8.UTFMax && !utf8.RuneStart(rest[size]) {
			size-- // cut between characters
		}
		part := rest[:size]
		if !utf8.ValidString(part) {
			return &FormatError{Problem: "the text is not valid UTF-8"}
		}
		if before, _, ok := strings.Cut(part, "\x00"); ok {
			return &FormatError{Line: line + strings.Count(before, "\n"), Problem: "the text holds a NUL byte"}
		}
		line += strings.Count(part, "\n")
		blank = blank && strings.TrimSpace(part) == ""
		rest = rest[size:]
	}
	if blank {
		return &FormatError{Problem: "the text is empty: not even a header is there"}
	}
	return nil
}

// reader reads the rows of a report whose columns are known.
type reader struct {
	*scanner

	report     *Report
	mapping    map[string]string
	understood map[string]Requirements // few conditions, many rows
	probe      int                     // the cell by which understood is asked
	packed     []byte                  // of the latest row's extra cells
	extra      string                  // the same
	taken      int                     // bytes of memory, apart from the text and the rows
	counted    int                     // as many of them were counted when rows were made room for
}

// maxUnderstood bounds the memory of understood.
const maxUnderstood = 4096

func newReader(report *Report, s *scanner, mapping map[string]string) *reader {
	r := &reader{scanner: s, report: report, mapping: mapping, understood: map[string]Requirements{}}
	for _, c := range []Column{Conditions, Privileges, Account, ResourceName} {
		if !report.Lacks(c) {
			r.probe = report.layout.place[c]
			break
		}
	}
	return r
}

func (r *reader) read() error {
	pastHeader := r.report.Header == nil
	for {
		more, err := r.next()
		if err != nil || !more {
			return err
		}
		if !pastHeader {
			pastHeader = true
			continue
		}
		if len(r.report.Rows) == cap(r.report.Rows) || r.taken+r.copied > r.counted {
			if err := r.reserve(); err != nil {
				return err
			}
		}
		rows := append(r.report.Rows, Row{})
		if err := r.row(&rows[len(rows)-1]); err != nil {
			return err
		}
		r.report.Rows = rows
	}
}

// row reads the record into a row, or rejects it.
func (r *reader) row(row *Row) error {
	if err := r.checkShape(); err != nil {
		return err
	}
	for c, at := range r.report.layout.place {
		if at == absent {
			row.Lacks = row.Lacks.With(Column(c))
			continue
		}
		column, cell := &columns[c], r.cells[at]
		if !hasPlainEnds(cell) {
			if err := r.checkCell(Column(c), at); err != nil {
				return err
			}
		}
		*column.cell(row) = cell
	}
	requirements, ok := r.understood[r.cells[r.probe]]
	if !ok {
		// A header that is repeated has a text here that no row before it has.
		if r.report.Header != nil && repeatsHeader(r.cells, r.report.Header, r.mapping) {
			return &FormatError{Line: r.begin, Problem: "the header is repeated here, as if reports were joined: give one report at a time"}
		}
		requirements = ParseConditions(row.Conditions)
		if len(r.understood) < maxUnderstood {
			r.understood[r.cells[r.probe]] = requirements
		}
	}
	row.Requirements = requirements
	row.Extra = r.extraCells()
	return nil
}

// extraCells are the cells in the columns that are not known.
func (r *reader) extraCells() Extra {
	l := &r.report.layout
	if len(l.extra) == 0 {
		return Extra{}
	}
	r.packed = r.packed[:0]
	for _, at := range l.extra {
		r.packed = pack(r.packed, r.cells[at])
	}
	if r.extra != string(r.packed) {
		r.extra = string(r.packed)
		r.taken += len(r.extra) + len(r.extra)/4 + 8 // memory is handed out in sizes
	}
	return Extra{l.headers, r.extra}
}

// rowSize is the memory that a row takes, apart from its texts.
const rowSize = int(unsafe.Sizeof(Row{}))

// firstRows are made room for before it is known how long rows are.
const firstRows = 1024

// reserve makes room for a row. The room for many is made once, by the lines
// that are left, within the memory that the text may take.
func (r *reader) reserve() error {
	rows := r.report.Rows
	r.counted = r.taken + r.copied
	texts := r.taken + 2*r.copied // memory is handed out in sizes
	budget := 3*len(r.text) + 48<<20
	room := min(firstRows, 1+len(r.text)/r.report.layout.width)
	switch {
	case len(rows) < cap(rows) && cap(rows)*rowSize+texts <= budget:
		return nil
	case len(rows) == cap(rows) && len(rows) > 0:
		lines, err := countLines(r.ctx, r.text[r.pos:])
		if err != nil {
			return err
		}
		perRow := rowSize + texts/len(rows)
		room = min(len(rows)+1+lines, budget/perRow-len(rows)) // the old rows are still there while they are copied
	case len(rows) > 0:
		room = 0
	}
	if room <= len(rows) {
		return &FormatError{Line: r.begin, Problem: "the rows are so short or so many that they would take more memory than four times the size of the report and 64 MiB", bound: true}
	}
	r.report.Rows = append(make([]Row, 0, room), rows...)
	return nil
}

// countLines counts the lines that are not empty.
func countLines(ctx context.Context, text string) (n int, err error) {
	for text != "" {
		if err := ctx.Err(); err != nil {
			return 0, err //nolint:wrapcheck // callers compare it
		}
		part := text[:min(len(text), checkEvery)]
		text = text[len(part):]
		n += strings.Count(part, "\n")
		if strings.Contains(part, "\n\n") || strings.Contains(part, "\n\r\n") {
			for line := range strings.Lines(part) {
				if line == "\n" || line == "\r\n" {
					n--
				}
			}
		}
	}
	return n + 1, nil // the last line may have no end
}
