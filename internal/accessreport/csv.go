package accessreport

import (
	"strings"
)

// scanRecords reads RFC 4180 records from text and hands each to emit with the
// number of the line on which it begins. The cells share text's memory; the
// record is reused, so emit must not keep it. Empty lines hold nothing and are
// passed over; everything else that is not a record is a *FormatError.
//
// encoding/csv is not used because it changes cells (it rewrites CRLF inside
// quotes) and allocates for each record.
func scanRecords(text string, delimiter byte, emit func(record []string, line int) error) error {
	s := scanner{text: text, delimiter: delimiter, line: 1}
	for s.pos < len(s.text) {
		if s.endOfLine() {
			continue
		}
		begin := s.line
		if err := s.record(); err != nil {
			return err
		}
		if err := emit(s.cells, begin); err != nil {
			return err
		}
	}
	return nil
}

type scanner struct {
	text      string
	delimiter byte
	pos       int
	line      int // of pos, from 1
	cells     []string
}

// endOfLine steps over a line end, if one is there.
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

func (s *scanner) record() error {
	s.cells = s.cells[:0]
	for {
		cell, err := s.cell()
		if err != nil {
			return err
		}
		s.cells = append(s.cells, cell)
		if s.pos == len(s.text) || s.endOfLine() {
			return nil
		}
		s.pos++ // the delimiter: a cell ends nowhere else
	}
}

func (s *scanner) cell() (string, error) {
	if s.pos < len(s.text) && s.text[s.pos] == '"' {
		return s.quotedCell()
	}
	begin := s.pos
	for ; s.pos < len(s.text); s.pos++ {
		switch c := s.text[s.pos]; {
		case c == s.delimiter || c == '\n':
			return s.text[begin:s.pos], nil
		case c > '"':
			// Nearly every byte: not worth the comparisons below.
		case c == '\r' && strings.HasPrefix(s.text[s.pos:], "\r\n"):
			return s.text[begin:s.pos], nil
		case c == '\r':
			return "", &FormatError{Line: s.line, Problem: "a carriage return stands in a cell without quotes"}
		case c == '"':
			return "", &FormatError{Line: s.line, Problem: "a quote stands in a cell that does not begin with one"}
		}
	}
	return s.text[begin:], nil
}

func (s *scanner) quotedCell() (string, error) {
	opened := s.line
	s.pos++
	begin, doubled := s.pos, false
	for {
		length := strings.IndexByte(s.text[s.pos:], '"')
		if length < 0 {
			return "", &FormatError{Line: opened, Problem: "a quote is opened here and never closed"}
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
	rest := s.text[s.pos:]
	if rest == "" || rest[0] == s.delimiter || rest[0] == '\n' || strings.HasPrefix(rest, "\r\n") {
		return cell, nil
	}
	return "", &FormatError{Line: s.line, Problem: "text follows a closing quote"}
}
