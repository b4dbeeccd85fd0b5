package accessreport

import (
	"fmt"
	"slices"
	"strings"
)

// Filter selects the rows of a report to keep: those that match Include and do not
// match Exclude. Either may be nil.
type Filter struct {
	Include, Exclude *Match

	// Normalize converts a cell to the form of the patterns. If it is nil, cells are
	// compared unchanged.
	Normalize func(string) string
}

// Keep reports whether a row is selected. A nil filter selects all rows.
func (f *Filter) Keep(row *Row) bool {
	if f == nil {
		return true
	}
	return (f.Include == nil || f.Include.matches(row, f.Normalize)) && (f.Exclude == nil || !f.Exclude.matches(row, f.Normalize))
}

// Select removes the rows that a filter rejects from a report that was decoded without
// one. If the filter uses a column that the report does not have, it returns a
// *FilterError.
func (r *Report) Select(f *Filter) error {
	if err := f.check(r.MissingColumns()); err != nil {
		return err
	}
	r.Rows = slices.DeleteFunc(r.Rows, func(row Row) bool { return !f.Keep(&row) })
	return nil
}

// check returns an error if the filter uses a column that a report does not have. The
// cells of that column are unknown, so no row could be selected or rejected correctly.
func (f *Filter) check(missing Columns) error {
	if f == nil {
		return nil
	}
	for _, m := range []*Match{f.Include, f.Exclude} {
		for c := range columnCount {
			if m != nil && m.columns.Has(c) && missing.Has(c) {
				return &FilterError{Column: c, Exclude: m == f.Exclude}
			}
		}
	}
	return nil
}

// FilterError is a filter on a column that the report does not have.
type FilterError struct {
	Column  Column
	Exclude bool // whether the column is in Exclude, not in Include
}

func (e *FilterError) Error() string {
	return fmt.Sprintf("the row filter uses the column %s, which the report does not have", e.Column)
}

// Match is a condition on rows. A row matches if it matches every part.
type Match struct {
	cells   []cellMatch
	flags   []flagMatch
	columns Columns // that the parts use
}

type cellMatch struct {
	column   Column
	fold     bool
	patterns []pattern
}

type flagMatch struct {
	value func(*Row) bool
	want  bool
}

// AddCell adds the part that the cell in a column matches one of the patterns. In a
// pattern, * matches any text, and \* an asterisk. Upper and lower case differ, except
// in user_type, user_status and privileges.
func (m *Match) AddCell(c Column, patterns []string) {
	part := cellMatch{column: c, fold: IgnoresCase(c)}
	for _, text := range patterns {
		if part.fold {
			text = strings.ToLower(text)
		}
		part.patterns = append(part.patterns, parsePattern(text))
	}
	m.cells = append(m.cells, part)
	m.columns = m.columns.With(c)
}

// IgnoresCase reports whether upper and lower case are the same in patterns for a
// column.
func IgnoresCase(c Column) bool { return c == UserType || c == UserStatus || c == Privileges }

// AddFlag adds the part that a value derived from the given columns is as wanted.
func (m *Match) AddFlag(value func(*Row) bool, want bool, from ...Column) {
	m.flags = append(m.flags, flagMatch{value, want})
	for _, c := range from {
		m.columns = m.columns.With(c)
	}
}

func (m *Match) matches(row *Row, normalize func(string) string) bool {
	for _, part := range m.cells {
		cell := row.Cell(part.column)
		if normalize != nil {
			cell = normalize(cell)
		}
		if part.fold {
			cell = strings.ToLower(cell)
		}
		if !slices.ContainsFunc(part.patterns, func(p pattern) bool { return p.matches(cell) }) {
			return false
		}
	}
	for _, part := range m.flags {
		if part.value(row) != part.want {
			return false
		}
	}
	return true
}

// pattern has the literal texts of a pattern, between which any text may be.
type pattern []string

// parsePattern parses a pattern. Backslashes escape only directly before an asterisk:
// \* is an asterisk, and \\* is a backslash and any text. Others are literal.
func parsePattern(text string) pattern {
	var p pattern
	var literal strings.Builder
	for i := 0; i < len(text); i++ {
		switch rest := text[i:]; {
		case strings.HasPrefix(rest, `\*`):
			literal.WriteByte('*')
			i++
		case strings.HasPrefix(rest, `\\*`):
			literal.WriteByte('\\')
			i++
		case rest[0] == '*':
			p = append(p, literal.String())
			literal.Reset()
		default:
			literal.WriteByte(rest[0])
		}
	}
	return append(p, literal.String())
}

// matches reports whether a text matches. It needs no backtracking: the first place of
// each literal is as good as any later one.
func (p pattern) matches(text string) bool {
	first, last := p[0], p[len(p)-1]
	if len(p) == 1 {
		return text == first
	}
	if len(text) < len(first)+len(last) || !strings.HasPrefix(text, first) || !strings.HasSuffix(text, last) {
		return false
	}
	text = text[len(first) : len(text)-len(last)]
	for _, literal := range p[1 : len(p)-1] {
		_, after, found := strings.Cut(text, literal)
		if !found {
			return false
		}
		text = after
	}
	return true
}
