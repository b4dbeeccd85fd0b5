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
		if !looksLikeRow(cells) {
			c.Header = columnWords.maskAll(cells)
		}
		return c
	}
	c.HasHeader = decoded.Header != nil
	c.Header = columnWords.maskAll(decoded.Header)
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

// looksLikeRow reports whether cells are a row, not a header: they have a value of one of
// the columns with a vocabulary, an ID or an address. Such a line is not in the profile. Of
// another line that is not recognized, only its masked form is.
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

// conditionsOf returns the distinct conditions of rows, sorted.
func conditionsOf(rows []accessreport.Row) []Conditions {
	distinct := map[string]Conditions{}
	for i := range rows {
		if rows[i].MissingColumns.Has(accessreport.Conditions) {
			continue
		}
		text := cellWords.mask(rows[i].Conditions)
		c := Conditions{Text: text, Requires: requirementNames(rows[i].Requirements), Understood: !rows[i].Requirements.Unknown}
		distinct[text+"\x00"+strings.Join(c.Requires, " ")] = c
	}
	list := make([]Conditions, 0, len(distinct))
	for _, c := range distinct {
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b Conditions) int {
		return strings.Compare(a.Text+"\x00"+strings.Join(a.Requires, " "), b.Text+"\x00"+strings.Join(b.Requires, " "))
	})
	return list[:min(len(list), maxWords)]
}

func requirementNames(r accessreport.Requirements) []string {
	names := []string{}
	for _, requirement := range []struct {
		name string
		set  bool
	}{{"gateway", r.Gateway}, {"recording", r.Recording}, {"approval", r.Approval}, {"mfa", r.MFA}} {
		if requirement.set {
			names = append(names, requirement.name)
		}
	}
	return names
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
				cells = append(cells, cellWords.mask(rows[i].Cell(column)))
			}
		}
		slices.Sort(cells)
		cells = slices.Compact(cells)
		words[column.String()] = cells[:min(len(cells), maxWords)]
	}
	return words
}
