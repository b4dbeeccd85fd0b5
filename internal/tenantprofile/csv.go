package tenantprofile

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
)

// csvOf describes the text of a report. decoded is nil if it could not be decoded.
func csvOf(d download, decoded *accessreport.Report) *CSV {
	text := d.text
	c := &CSV{JSONString: d.jsonString, Header: []string{}}
	text, c.BOM = bytes.CutPrefix(text, []byte("\ufeff"))
	c.LineEnd = lineEnd(text)
	first, _, _ := bytes.Cut(text, []byte("\n"))
	first, _, _ = bytes.Cut(first, []byte("\r")) // before CRLF or CR
	c.Delimiter = delimiterOf(first)
	cells := splitLine(string(first), c.Delimiter)
	c.Columns = len(cells)
	c.Quoting = quotingOf(text)
	if decoded == nil {
		c.Header = maskHeader(cells)
		return c
	}
	c.HasHeader = decoded.Header != nil
	c.Header = maskHeader(decoded.Header)
	if countHeadings(decoded.Header) >= minHeadings {
		c.Header = columnWords.maskAll(decoded.Header)
	}
	c.Columns = max(c.Columns, len(decoded.Header))
	c.Rows, c.Order = "none", ""
	switch {
	case len(decoded.Rows) == 1:
		c.Rows = "one"
	case len(decoded.Rows) > 1:
		c.Rows, c.Order = "several", orderOf(decoded.Rows)
	}
	return c
}

// minHeadings is the number of known headings that make a line the header of a report.
const minHeadings = 3

// countHeadings returns the number of cells that are headings.
func countHeadings(cells []string) (n int) {
	for _, cell := range cells {
		if isHeading(cell) {
			n++
		}
	}
	return n
}

// maskHeader returns the cells of a line that may be a header, a row or a title. Only
// headings remain, and none of a title. Of a row, only the number of cells remains.
func maskHeader(cells []string) []string {
	masked := noWords.maskAll(cells)
	isRow, isTitle := looksLikeRow(cells), countHeadings(cells) < 2
	for i, cell := range cells {
		switch {
		case isRow:
			masked[i] = placeholder("other", 1)
		case !isTitle && isHeading(cell):
			masked[i] = cell
		}
	}
	return masked
}

// looksLikeRow reports whether cells are certainly a row: they have a value of one of the
// columns with a vocabulary, an ID or an address.
func looksLikeRow(cells []string) bool {
	return slices.ContainsFunc(cells, func(cell string) bool {
		switch cell = strings.TrimSpace(cell); strings.ToLower(cell) {
		case "human", "service", "active", "disabled", "deleted", "admin", "root":
			return true
		}
		return uuidText.MatchString(cell) || strings.ContainsAny(cell, "@/\\")
	})
}

func lineEnd(text []byte) string {
	lf, crlf := bytes.Count(text, []byte("\n")), bytes.Count(text, []byte("\r\n"))
	switch {
	case lf == 0 && bytes.ContainsRune(text, '\r'):
		return "CR"
	case lf == 0:
		return "none"
	case crlf == 0:
		return "LF"
	case crlf == lf:
		return "CRLF"
	}
	return "mixed"
}

// delimiterOf returns the most frequent of the likely delimiters outside of quotes.
func delimiterOf(line []byte) string {
	counts := map[rune]int{}
	quoted := false
	for _, r := range string(line) {
		switch {
		case r == '"':
			quoted = !quoted
		case !quoted:
			counts[r]++
		}
	}
	best, most := "", 0
	for _, delimiter := range []rune{',', ';', '\t', '|'} {
		if counts[delimiter] > most {
			best, most = string(delimiter), counts[delimiter]
		}
	}
	return best
}

// splitLine returns the cells of a line.
func splitLine(line, delimiter string) (cells []string) {
	var cell strings.Builder
	quoted := false
	for _, r := range line {
		switch {
		case r == '"':
			quoted = !quoted
		case !quoted && delimiter != "" && string(r) == delimiter:
			cells = append(cells, cell.String())
			cell.Reset()
		case r != utf8.RuneError:
			cell.WriteRune(r)
		}
	}
	return append(cells, cell.String())
}

// quotingOf returns which cells of the first line are quoted.
func quotingOf(text []byte) string {
	first, _, _ := bytes.Cut(text, []byte("\n"))
	switch {
	case bytes.HasPrefix(first, []byte(`"`)) && bytes.HasSuffix(bytes.TrimSuffix(first, []byte("\r")), []byte(`"`)):
		return "all"
	case bytes.ContainsRune(text, '"'):
		return "some"
	}
	return "none"
}

// orderOf returns the order of rows.
func orderOf(rows []accessreport.Row) string {
	sorted := slices.Clone(rows)
	accessreport.Sort(sorted)
	if sorted[0] == sorted[len(sorted)-1] {
		return ""
	}
	reversed := slices.Clone(sorted)
	slices.Reverse(reversed)
	switch {
	case slices.Equal(rows, sorted):
		return "sorted"
	case slices.Equal(rows, reversed):
		return "reversed"
	}
	return "other"
}

// maxWords is the maximum number of distinct cells of a column in a profile.
const maxWords = 50

// wordsOf returns the distinct masked cells of the columns with a vocabulary.
func wordsOf(rows []accessreport.Row) map[string][]string {
	words := map[string][]string{}
	for _, column := range []accessreport.Column{accessreport.UserType, accessreport.UserStatus, accessreport.ResourceType, accessreport.Privileges} {
		cells := []string{}
		for i := range rows {
			if !rows[i].MissingColumns.Has(column) {
				cells = append(cells, maskCell(column, rows[i].Cell(column)))
			}
		}
		slices.Sort(cells)
		cells = slices.Compact(cells)
		words[column.String()] = cells[:min(len(cells), maxWords)]
	}
	return words
}
