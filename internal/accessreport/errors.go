package accessreport

import (
	"fmt"
	"strings"

	"github.com/privileged-access/terraform-provider-opa/internal/safetext"
)

// FormatError says why a text could not be read as an access report. It tells
// of the text's form only: apart from the header it holds none of its cells.
type FormatError struct {
	Line    int      // where, from 1; 0 where no single line is at fault
	Problem string   // what is wrong, as a clause
	Header  []string // the first record's cells, where they are at fault
	Unclear bool     // Header may be no header at all, but a row
}

func (e *FormatError) Error() string {
	var b strings.Builder
	if e.Line > 0 {
		fmt.Fprintf(&b, "line %d: ", e.Line)
	}
	b.WriteString(e.Problem)
	if e.Header != nil {
		b.WriteString("; the first line has these cells: ")
		b.WriteString(quoteCells(e.Header))
	}
	return b.String()
}

// Enough for any header; what is longer is no header and need not be read out.
const (
	maxQuotedCells = 40
	maxQuotedRunes = 60
)

// quoteCells lists cells for an error message: bounded, and safe to show.
func quoteCells(cells []string) string {
	var quoted []string
	for _, cell := range cells[:min(len(cells), maxQuotedCells)] {
		if runes := []rune(cell); len(runes) > maxQuotedRunes {
			cell = string(runes[:maxQuotedRunes]) + "…"
		}
		quoted = append(quoted, safetext.Quote(cell))
	}
	if more := len(cells) - maxQuotedCells; more > 0 {
		quoted = append(quoted, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(quoted, ", ")
}
