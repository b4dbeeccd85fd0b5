package accessreport

import (
	"context"
	"fmt"
	"strings"
)

// Limits of a CSV. A larger one is not an access report.
const (
	maxCells      = 1_000   // in a record
	maxCell       = 1 << 20 // bytes in a cell
	maxEmptyLines = 1_000   // in a row
)

// dialect is the format of a CSV.
type dialect struct {
	delimiter byte
	// trim removes spaces and tabs around cells, unless they are quoted.
	trim bool
}

// scanRecords reads RFC 4180 records from text and passes each to emit with the
// number of the line on which it begins. The cells share text's memory; the
// record is reused, so emit must not keep it. Empty lines are skipped;
// for anything else that is not a record, it returns a *FormatError. If the context
// ends, it returns its error.
//
// encoding/csv is not used because it changes cells (it rewrites CRLF inside
// quotes) and allocates for each record.
func scanRecords(ctx context.Context, text string, d dialect, emit func(record []string, line int) error) error {
	s := scanner{text: text, dialect: d, line: 1}
	for empty := 0; s.pos < len(s.text); {
		if s.endOfLine() {
			empty++
			if empty > maxEmptyLines {
				return &FormatError{Line: s.line - 1, Problem: fmt.Sprintf("the text has more than %d empty lines in a row", maxEmptyLines)}
			}
			continue
		}
		empty = 0
		begin := s.line
		if err := s.record(ctx); err != nil {
			return err
		}
		if err := emit(s.cells, begin); err != nil {
			return err
		}
	}
	return nil
}

// checkEvery is the number of bytes between two checks of the context.
const checkEvery = 1 << 12

type scanner struct {
	dialect
	text    string
	pos     int
	line    int // of pos, from 1
	cells   []string
	checked int // position of the last check of the context
}

// endOfLine skips a line end and reports whether there was one.
func (s *scanner) endOfLine() bool {
	rest := s.text[s.pos:]
	switch {
	case strings.HasPrefix(rest, "\n"):
		s.pos++
	case strings.HasPrefix(rest, "\r\n"):
		s.pos += 2
	default:
		return false
	}
	s.line++
	return true
}

// record reads the cells of one record.
func (s *scanner) record(ctx context.Context) error {
	s.cells = s.cells[:0]
	for {
		if s.pos-s.checked > checkEvery {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			s.checked = s.pos
		}
		cell, err := s.cell()
		switch {
		case err != nil:
			return err
		case len(cell) > maxCell:
			return &FormatError{Line: s.line, Problem: fmt.Sprintf("a cell has more than %d bytes", maxCell)}
		case len(s.cells) == maxCells:
			return &FormatError{Line: s.line, Problem: fmt.Sprintf("a record has more than %d cells", maxCells)}
		}
		s.cells = append(s.cells, cell)
		if s.pos == len(s.text) || s.endOfLine() {
			return nil
		}
		s.pos++ // the delimiter
	}
}

// cell reads one cell.
func (s *scanner) cell() (string, error) {
	if s.trim {
		s.skipBlanks()
	}
	if s.pos < len(s.text) && s.text[s.pos] == '"' {
		return s.quotedCell()
	}
	cell, err := s.plainCell()
	if s.trim {
		cell = strings.TrimRight(cell, " \t")
	}
	return cell, err
}

// skipBlanks skips spaces and tabs before or after a cell.
func (s *scanner) skipBlanks() {
	for end := min(len(s.text), s.pos+maxCell); s.pos < end; s.pos++ {
		if c := s.text[s.pos]; c != ' ' && c != '\t' || c == s.delimiter {
			return
		}
	}
}

// plainCell reads a cell without quotes.
func (s *scanner) plainCell() (string, error) {
	text, delimiter := s.text[s.pos:], s.delimiter // most of the time is spent in this loop
	at, end := 0, min(len(text), maxCell+1)
loop:
	for ; at < end; at++ {
		switch c := text[at]; {
		case c == delimiter || c == '\n':
			break loop
		case c > '"':
			// The common case needs none of the comparisons below.
		case c == '\r' && strings.HasPrefix(text[at:], "\r\n"):
			break loop
		case c == '\r':
			return "", &FormatError{Line: s.line, Problem: "an unquoted cell contains a carriage return"}
		case c == '"':
			return "", &FormatError{Line: s.line, Problem: "an unquoted cell contains a quote"}
		}
	}
	s.pos += at
	return text[:at], nil
}

// quotedCell reads a cell in quotes.
func (s *scanner) quotedCell() (string, error) {
	opened := s.line
	s.pos++
	begin, doubled := s.pos, false
	longest := s.text[:min(len(s.text), begin+2*maxCell)] // if all of it is quotes
	for {
		length := -1
		if s.pos < len(longest) {
			length = strings.IndexByte(longest[s.pos:], '"')
		}
		switch {
		case length < 0 && len(longest) < len(s.text):
			return longest[begin:], nil // record returns the error
		case length < 0:
			return "", &FormatError{Line: opened, Problem: "a quote is opened here but not closed"}
		}
		s.line += strings.Count(s.text[s.pos:s.pos+length], "\n")
		s.pos += length + 1
		if !strings.HasPrefix(s.text[s.pos:], `"`) {
			break
		}
		doubled = true
		s.pos++
	}
	cell := s.text[begin : s.pos-1]
	if doubled {
		cell = strings.ReplaceAll(cell, `""`, `"`)
	}
	if s.trim {
		s.skipBlanks()
	}
	rest := s.text[s.pos:]
	if rest == "" || rest[0] == s.delimiter || rest[0] == '\n' || strings.HasPrefix(rest, "\r\n") {
		return cell, nil
	}
	return "", &FormatError{Line: s.line, Problem: "text follows a closing quote"}
}
