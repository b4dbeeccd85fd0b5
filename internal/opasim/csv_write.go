package opasim

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"mime"
	"slices"
	"strings"
	"unicode/utf16"
)

// rows returns the rows of the entitlements.
func (d CSV) rows(entitlements []entitlement) []Row {
	rows := make([]Row, len(entitlements))
	for i, e := range entitlements {
		rows[i] = d.row(e)
	}
	return rows
}

func (d CSV) row(e entitlement) Row {
	texts := make([]string, len(e.conditions))
	for i, kind := range e.conditions {
		texts[i] = d.ConditionText[kind]
	}
	conditions := strings.Join(texts, d.ConditionJoiner)
	if e.text != nil {
		conditions = *e.text
	}
	row := Row{
		UserName:     e.user.Name,
		UserType:     d.word(e, ColumnUserType, e.user.Type),
		UserStatus:   d.word(e, ColumnUserStatus, e.user.Status),
		ResourceName: e.server.Hostname,
		ResourceType: d.word(e, ColumnResourceType, ServerType),
		Account:      e.account,
		Privileges:   d.word(e, ColumnPrivileges, e.privilege),
		Conditions:   conditions,
	}
	if d.Edit != nil {
		return d.Edit(row)
	}
	return row
}

// word returns the text of a cell of an entitlement that is a word of the API.
func (d CSV) word(e entitlement, column Column, text string) string {
	if word, ok := e.words[column]; ok {
		return word
	}
	return cmp.Or(d.Words[column][strings.ToLower(text)], text)
}

// encode returns the body of a download.
func (d CSV) encode(columns []Column, entitlements []entitlement) []byte {
	columns = slices.Concat(columns, d.Extra)
	var lines []string
	if !d.NoHeader {
		lines = append(lines, d.record(columns, false, func(c Column) string { return d.Header[c] }))
	}
	records := make([][]string, len(entitlements))
	for i, e := range entitlements {
		row := d.row(e)
		for _, column := range columns {
			records[i] = append(records[i], cell(column, e, row))
		}
	}
	d.sort(columns, records)
	for i, record := range records {
		at := -1
		lines = append(lines, d.record(columns, d.QuoteSome, func(Column) string { at++; return record[at] }))
		if d.ExtraCell && i == 0 {
			lines[len(lines)-1] += string(d.Delimiter)
		}
	}
	return d.body(lines)
}

// body returns the body of a download with lines.
func (d CSV) body(lines []string) []byte {
	var text strings.Builder
	if d.BOM {
		text.WriteRune('\ufeff')
	}
	for i, line := range lines {
		text.WriteString(line)
		switch {
		case d.NoFinalLineEnd && i == len(lines)-1:
		case d.CRLF, d.MixedLineEnds && i == 0:
			text.WriteString("\r\n")
		case d.CR:
			text.WriteByte('\r')
		default:
			text.WriteByte('\n')
		}
	}
	if d.JSONString {
		return encodeJSON(text.String())
	}
	return encodeCharset(text.String(), d.Charset)
}

// record returns a line without its end. With quoteSecond, its second cell has quotes, or the only one.
func (d CSV) record(columns []Column, quoteSecond bool, cell func(Column) string) string {
	cells := make([]string, len(columns))
	for i, column := range columns {
		cells[i] = d.quote(cell(column), quoteSecond && i == min(1, len(columns)-1))
	}
	return strings.Join(cells, string(d.Delimiter))
}

// quote quotes a cell as RFC 4180 describes it, if needed or always.
func (d CSV) quote(cell string, always bool) string {
	if !always && !d.QuoteAll && !strings.ContainsAny(cell, "\"\r\n"+string(d.Delimiter)) {
		return cell
	}
	return `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
}

// sort sorts records in the order of the dialect.
func (d CSV) sort(columns []Column, records [][]string) {
	if d.Order == RowsByPolicy {
		return
	}
	order := make([]int, 0, len(columns)) // the eight columns first, as in a report on a user
	for _, column := range append(slices.Clone(allColumns), columns...) {
		if at := slices.Index(columns, column); at >= 0 && !slices.Contains(order, at) {
			order = append(order, at)
		}
	}
	compare := func(a, b []string) int {
		for _, at := range order {
			if order := strings.Compare(a[at], b[at]); order != 0 {
				return order
			}
		}
		return 0
	}
	reversed := func(a, b []string) int { return compare(b, a) }
	switch {
	case d.Order == RowsSorted:
		slices.SortStableFunc(records, compare)
	case d.Order == RowsReversed:
		slices.SortStableFunc(records, reversed)
	case len(records) > 2 && (slices.IsSortedFunc(records, compare) || slices.IsSortedFunc(records, reversed)):
		records[0], records[len(records)/2] = records[len(records)/2], records[0]
	}
}

func cell(column Column, e entitlement, row Row) string {
	switch column {
	case ColumnUserName:
		return row.UserName
	case ColumnUserType:
		return row.UserType
	case ColumnUserStatus:
		return row.UserStatus
	case ColumnResourceName:
		return row.ResourceName
	case ColumnResourceType:
		return row.ResourceType
	case ColumnAccount:
		return row.Account
	case ColumnPrivileges:
		return row.Privileges
	case ColumnConditions:
		return row.Conditions
	case ColumnUserID:
		return e.user.ID
	case ColumnResourceID:
		return e.server.ID
	case ColumnProject:
		return e.server.ProjectName
	case ColumnResourceGroup:
		return e.server.ResourceGroupName
	case ColumnPolicy:
		return e.policy.name
	}
	if column.isOther() {
		return ""
	}
	panic("opasim: unknown column: " + string(column))
}

// mediaType returns the Content-Type of the download.
func (d CSV) mediaType() string {
	if d.Charset == "" {
		return d.ContentType
	}
	return mime.FormatMediaType(d.ContentType, map[string]string{"charset": d.Charset})
}

// encodeCharset returns a text in a charset.
func encodeCharset(text, charset string) []byte {
	switch charset {
	case "us-ascii":
		return singleBytes(text, 0x7f)
	case "iso-8859-1", "windows-1252": // which have the same letters
		return singleBytes(text, 0xff)
	case "utf-16": // always with a byte order mark
		var out bytes.Buffer
		for _, unit := range utf16.Encode([]rune("\ufeff" + strings.TrimPrefix(text, "\ufeff"))) {
			out.Write(binary.LittleEndian.AppendUint16(nil, unit))
		}
		return out.Bytes()
	}
	return []byte(text)
}

// singleBytes returns a text with one byte for each character up to last.
func singleBytes(text string, last rune) []byte {
	var out bytes.Buffer
	for _, r := range text {
		if r > last {
			r = '?'
		}
		out.WriteByte(byte(r))
	}
	return out.Bytes()
}
