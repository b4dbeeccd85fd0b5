package accessreport

import (
	"context"
	"strings"
)

// Bounds on what is read, far beyond any report.
const (
	maxCells      = 1000    // in a record
	maxCell       = 1 << 20 // bytes of a cell, quotes within it counted twice
	maxHeaderCell = 1000    // bytes of a cell of the header
)

// checkEvery is how many bytes are read between two looks at the context.
const checkEvery = 1 << 18

// dialect is how a report is written, as far as it has to be found out.
type dialect struct {
	delimiter byte
	// blanks says that cells are set apart by blanks, which are no part of them:
	// outside of quotes, each cell is trimmed.
	blanks bool
}

// scanner reads RFC 4180 records from text, one by one. The cells share text's
// memory where they can. Empty lines hold nothing and are skipped; everything
// else that is not a record is a *FormatError.
//
// encoding/csv is not used because it changes cells (it rewrites CRLF inside
// quotes) and allocates for each record.
type scanner struct {
	dialect

	ctx     context.Context
	text    string
	pos     int
	line    int // of pos, from 1
	checked int // pos at the last look at ctx

	// The record that next has read; valid until the next call.
	cells  []string
	begin  int   // the line on which it begins
	quotes []int // which cells were in quotes
	spaced bool  // a blank stood beside a delimiter; known only with dialect.blanks

	copied int // bytes of cells that do not share text's memory
}

func newScanner(ctx context.Context, text string, d dialect) *scanner {
	return &scanner{dialect: d, ctx: ctx, text: text, line: 1}
}

// next reads a record and reports whether there was one.
func (s *scanner) next() (bool, error) {
	for s.pos < len(s.text) {
		if s.pos-s.checked > checkEvery {
			if err := s.checkContext(); err != nil {
				return false, err
			}
		}
		if !s.endOfLine() {
			s.begin = s.line
			return true, s.record()
		}
	}
	return false, nil
}

// checkContext returns the context's error once it has ended.
func (s *scanner) checkContext() error {
	s.checked = s.pos
	return s.ctx.Err() //nolint:wrapcheck // callers compare it
}

// endOfLine steps over a line end, if one is there.
func (s *scanner) endOfLine() bool {
	switch c := s.text[s.pos]; {
	case c == '\n':
		s.pos++
	case c == '\r' && strings.HasPrefix(s.text[s.pos:], "\r\n"):
		s.pos += 2
	default:
		return false
	}
	s.line++
	return true
}

func (s *scanner) record() error {
	s.cells, s.quotes, s.spaced = s.cells[:0], s.quotes[:0], false
	for {
		if len(s.cells) == maxCells {
			return &FormatError{Line: s.begin, Problem: "a record has more than 1,000 cells", bound: true}
		}
		cell, err := s.cell()
		if err != nil {
			return err
		}
		s.cells = append(s.cells, cell)
		if s.pos == len(s.text) || s.endOfLine() {
			return nil
		}
		s.pos++ // the delimiter: a cell ends nowhere else
		if s.pos-s.checked > checkEvery {
			if err := s.checkContext(); err != nil {
				return err
			}
		}
	}
}

func (s *scanner) cell() (string, error) {
	if s.blanks {
		return s.spacedCell()
	}
	if s.pos < len(s.text) && s.text[s.pos] == '"' {
		return s.quotedCell()
	}
	return s.plainCell()
}

// spacedCell reads a cell that may have blanks around it.
func (s *scanner) spacedCell() (cell string, err error) {
	begin := s.pos
	s.skipBlanks()
	if s.pos < len(s.text) && s.text[s.pos] == '"' {
		before := s.pos > begin
		if cell, err = s.quotedCell(); err == nil {
			s.note(before, s.pos > 0 && isBlank(s.text[s.pos-1]))
		}
		return cell, err
	}
	s.pos = begin
	if cell, err = s.plainCell(); err != nil {
		return "", err
	}
	left := strings.TrimLeftFunc(cell, isSpace)
	trimmed := strings.TrimSpace(left)
	s.note(len(left) < len(cell), len(trimmed) < len(left))
	return trimmed, nil
}

// note notes whether blanks around the cell just read are beside a delimiter.
func (s *scanner) note(before, after bool) {
	s.spaced = s.spaced || before && len(s.cells) > 0 || after && s.pos < len(s.text) && s.text[s.pos] == s.delimiter
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

func (s *scanner) skipBlanks() {
	for end := min(len(s.text), s.pos+maxCell); s.pos < end && isBlank(s.text[s.pos]) && s.text[s.pos] != s.delimiter; {
		s.pos++
	}
}

// plainCell reads a cell without quotes.
func (s *scanner) plainCell() (string, error) {
	text, delimiter := s.text[s.pos:], s.delimiter
	end := min(len(text), maxCell+1)
	at := 0
loop:
	for ; at < end; at++ {
		switch c := text[at]; {
		case c == delimiter || c == '\n':
			break loop
		case c > '"':
			// Nearly every byte: not worth the comparisons below.
		case c == '\r' && strings.HasPrefix(text[at:], "\r\n"):
			break loop
		case c == '\r':
			return "", &FormatError{Line: s.line, Problem: "a carriage return stands in a cell without quotes"}
		case c == '"':
			return "", &FormatError{Line: s.line, Problem: "a quote stands in a cell that does not begin with one"}
		}
	}
	if at > maxCell {
		return "", &FormatError{Line: s.line, Problem: "a cell is longer than 1 MiB", bound: true}
	}
	s.pos += at
	return text[:at], nil
}

func (s *scanner) quotedCell() (string, error) {
	opened := s.line
	s.pos++
	begin, doubled := s.pos, false
	for end := min(len(s.text), begin+maxCell+1); ; s.pos++ {
		length := -1
		if s.pos < end {
			length = strings.IndexByte(s.text[s.pos:end], '"')
		}
		switch {
		case length < 0 && end == len(s.text):
			return "", &FormatError{Line: opened, Problem: "a quote is opened here and never closed"}
		case length < 0:
			return "", &FormatError{Line: opened, Problem: "a cell is longer than 1 MiB, or its quote is never closed", bound: true}
		}
		s.line += strings.Count(s.text[s.pos:s.pos+length], "\n")
		s.pos += length + 1
		if !strings.HasPrefix(s.text[s.pos:], `"`) {
			break
		}
		doubled = true
	}
	s.quotes = append(s.quotes, len(s.cells))
	cell := s.text[begin : s.pos-1]
	if doubled {
		cell = strings.ReplaceAll(cell, `""`, `"`)
		s.copied += len(cell)
	}
	if s.blanks {
		s.skipBlanks()
	}
	rest := s.text[s.pos:]
	if rest == "" || rest[0] == s.delimiter || rest[0] == '\n' || strings.HasPrefix(rest, "\r\n") {
		return cell, nil
	}
	return "", &FormatError{Line: s.line, Problem: "text follows a closing quote"}
}
