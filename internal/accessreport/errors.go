package accessreport

import (
	"fmt"
	"strings"

	"github.com/privileged-access/terraform-provider-opa/internal/safetext"
)

// FormatError is a text that could not be decoded as an access report. Apart from the
// header, it contains no cells of the text.
type FormatError struct {
	Line    int      // from 1; 0 if the error is not in a single line
	Problem string   // what is wrong, as a clause
	Header  []string // the cells of the first record, if the error is in the header
	Unclear bool     // Header may be a row instead of a header

	// Missing are the required columns that were not recognized.
	Missing []Column
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

// Limits of quoted cells. A real header is shorter.
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
