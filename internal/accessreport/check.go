package accessreport

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// refuse returns an error about the record.
func (r *reader) refuse(format string, arguments ...any) error {
	return &FormatError{Line: r.begin, Problem: fmt.Sprintf(format, arguments...)}
}

// checkShape rejects a record that does not have the report's columns.
func (r *reader) checkShape() error {
	l := &r.report.layout
	switch {
	case r.report.Header == nil && !l.proves(r.cells):
		return r.refuse("the report has no header, and this line's cells do not show which column is which")
	case len(r.cells) != l.width:
		return r.refuse("%d cells, but the header has %d", len(r.cells), l.width)
	}
	for _, at := range l.unnamed {
		if r.cells[at] != "" {
			return r.refuse("cell %d is not empty, but the header has no text for its column", at+1)
		}
	}
	return nil
}

// checkCell rejects a cell that is empty or has blanks at its ends, where the
// column does not allow that. A rule for the account root does not find " root".
// In columns that are no key, blanks in quotes are meant.
func (r *reader) checkCell(c Column, at int) error {
	cell, rule := r.cells[at], columns[c].rule
	switch {
	case cell == "" && rule == key:
		return r.refuse("the row has no %s", c)
	case hasBlankEnds(cell) && rule != freeText && (rule == key || !slices.Contains(r.quotes, at)):
		return r.refuse("%s begins or ends with a blank", c)
	}
	return nil
}

// hasBlankEnds reports whether a text begins or ends with a blank of any kind.
func hasBlankEnds(text string) bool {
	return !hasPlainEnds(text) && strings.TrimSpace(text) != text
}

// hasPlainEnds reports whether a text begins and ends with visible ASCII, as most do.
func hasPlainEnds(text string) bool {
	return text != "" && text[0]-'!' <= '~'-'!' && text[len(text)-1]-'!' <= '~'-'!'
}

func isSpace(r rune) bool { return unicode.IsSpace(r) }

// repeatsHeader reports whether a record is a header: the report's own, or
// another that has all the columns a report must have.
func repeatsHeader(record, header []string, mapping map[string]string) bool {
	bare := func(cell string) string { return strings.TrimSpace(strings.TrimPrefix(cell, "\ufeff")) }
	if slices.EqualFunc(record, header, func(a, b string) bool { return strings.EqualFold(bare(a), bare(b)) }) {
		return true
	}
	other := findHeader(record, mapping)
	if other.recognised < minRecognised {
		return false
	}
	own := findHeader(header, mapping)
	for c := range columnCount {
		if !c.optional() && own.place[c] != absent && other.place[c] == absent {
			return false
		}
	}
	return true
}
