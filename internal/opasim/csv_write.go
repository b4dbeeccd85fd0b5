package opasim

import (
	"bytes"
	"mime"
	"slices"
	"strings"
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
	return Row{
		UserName:     e.user.Name,
		UserType:     e.user.Type,
		UserStatus:   e.user.Status,
		ResourceName: e.server.Hostname,
		ResourceType: ServerType,
		Account:      e.account,
		Privileges:   e.privilege,
		Conditions:   strings.Join(texts, d.ConditionJoiner),
	}
}

// encode returns the body of a download.
func (d CSV) encode(columns []Column, entitlements []entitlement) []byte {
	var text strings.Builder
	if d.BOM {
		text.WriteRune('\ufeff')
	}
	columns = slices.Concat(columns, d.Extra)
	if !d.NoHeader {
		d.writeRecord(&text, columns, func(c Column) string { return d.Header[c] })
	}
	for _, e := range entitlements {
		row := d.row(e)
		d.writeRecord(&text, columns, func(c Column) string { return cell(c, e, row) })
	}
	if d.Charset == "iso-8859-1" {
		return latin1(text.String())
	}
	return []byte(text.String())
}

func (d CSV) writeRecord(text *strings.Builder, columns []Column, cell func(Column) string) {
	for i, column := range columns {
		if i > 0 {
			text.WriteRune(d.Delimiter)
		}
		text.WriteString(d.quote(cell(column)))
	}
	if d.CRLF {
		text.WriteByte('\r')
	}
	text.WriteByte('\n')
}

// quote quotes a cell as RFC 4180 describes it, if needed.
func (d CSV) quote(cell string) string {
	if !d.QuoteAll && !strings.ContainsAny(cell, "\"\r\n"+string(d.Delimiter)) {
		return cell
	}
	return `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
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
	panic("opasim: unknown column: " + string(column))
}

// mediaType returns the Content-Type of the download.
func (d CSV) mediaType() string {
	if d.Charset == "" {
		return d.ContentType
	}
	return mime.FormatMediaType(d.ContentType, map[string]string{"charset": d.Charset})
}

func latin1(text string) []byte {
	var out bytes.Buffer
	for _, r := range text {
		if r > 0xff {
			r = '?'
		}
		out.WriteByte(byte(r))
	}
	return out.Bytes()
}
