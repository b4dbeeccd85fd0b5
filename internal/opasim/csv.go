package opasim

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"mime"
	"slices"
	"strings"
)

// Column names a column of the downloads, apart from its spelling there.
type Column string

// The eight columns that a report has, and the others that it may have (§2.1).
const (
	ColumnUserName     Column = "user_name"
	ColumnUserType     Column = "user_type"
	ColumnUserStatus   Column = "user_status"
	ColumnResourceName Column = "resource_name"
	ColumnResourceType Column = "resource_type"
	ColumnAccount      Column = "account"
	ColumnPrivileges   Column = "privileges"
	ColumnConditions   Column = "conditions"

	ColumnUserID        Column = "user_id"
	ColumnResourceID    Column = "resource_id"
	ColumnProject       Column = "project"
	ColumnResourceGroup Column = "resource_group"
	ColumnPolicy        Column = "policy"
)

var (
	userFirst = []Column{
		ColumnUserName, ColumnUserType, ColumnUserStatus, ColumnResourceName, ColumnResourceType,
		ColumnAccount, ColumnPrivileges, ColumnConditions,
	}
	resourceFirst = []Column{
		ColumnResourceName, ColumnResourceType, ColumnUserName, ColumnUserType, ColumnUserStatus,
		ColumnAccount, ColumnPrivileges, ColumnConditions,
	}
	allColumns = slices.Concat(userFirst, []Column{
		ColumnUserID, ColumnResourceID, ColumnProject, ColumnResourceGroup, ColumnPolicy,
	})
)

// CSV is the dialect of the downloads. No source tells the real one (§2); the
// zero value is the likeliest: comma, LF, quotes where needed, UTF-8 without a
// BOM, and a header such as "User Name".
type CSV struct {
	Delimiter rune // 0 is a comma
	CRLF      bool
	BOM       bool
	QuoteAll  bool

	NoHeader bool
	// Header holds the text of each column's header; what it lacks is as in
	// [HeaderStyle]("title").
	Header map[Column]string
	// UserColumns and ResourceColumns are the columns by kind of report; nil is
	// the eight of §2.1, users first or resources first. Extra follow in both.
	UserColumns, ResourceColumns, Extra []Column

	// ConditionText holds the words for each kind of condition (ConditionMFA,
	// say); what it lacks has the words of §2.2.
	ConditionText map[string]string
	// ConditionJoiner stands between two conditions; "" is ", ".
	ConditionJoiner string

	// ContentType is the media type; "" is text/csv. It gets a charset
	// parameter if Charset is set.
	ContentType string
	// Charset is "" (UTF-8, not said so), "utf-8" or "iso-8859-1". What the
	// latter cannot write becomes a question mark.
	Charset string
}

// defaultConditionText is what §2.2 has.
var defaultConditionText = map[string]string{
	ConditionGateway:   "Okta Gateway",
	ConditionRecording: "Okta Gateway with Session Recording",
	ConditionApproval:  "Approval",
	ConditionMFA:       "MFA",
}

func (d CSV) withDefaults() CSV {
	d.Delimiter = cmp.Or(d.Delimiter, ',')
	d.ConditionJoiner = cmp.Or(d.ConditionJoiner, ", ")
	d.ContentType = cmp.Or(d.ContentType, "text/csv")
	if d.UserColumns == nil {
		d.UserColumns = userFirst
	}
	if d.ResourceColumns == nil {
		d.ResourceColumns = resourceFirst
	}
	title, _ := HeaderStyle("title")
	maps.Copy(title, d.Header)
	d.Header = title
	text := maps.Clone(defaultConditionText)
	maps.Copy(text, d.ConditionText)
	d.ConditionText = text
	return d
}

// check names what no download could be written with.
func (d CSV) check() error {
	for _, column := range slices.Concat(d.UserColumns, d.ResourceColumns, d.Extra) {
		if !slices.Contains(allColumns, column) {
			return fmt.Errorf("CSV column %q: want one of %v", column, allColumns)
		}
	}
	if strings.ContainsRune("\"\r\n\ufeff", d.Delimiter) {
		return fmt.Errorf("CSV delimiter %q: want another character", d.Delimiter)
	}
	if !slices.Contains([]string{"", "utf-8", "iso-8859-1"}, d.Charset) {
		return fmt.Errorf("CSV charset %q: want utf-8 or iso-8859-1", d.Charset)
	}
	return nil
}

// rows puts the ways into words.
func (d CSV) rows(ways []way) []Row {
	rows := make([]Row, len(ways))
	for i, one := range ways {
		rows[i] = d.row(one)
	}
	return rows
}

func (d CSV) row(one way) Row {
	texts := make([]string, len(one.conditions))
	for i, kind := range one.conditions {
		texts[i] = d.ConditionText[kind]
	}
	return Row{
		UserName:     one.user.Name,
		UserType:     one.user.Type,
		UserStatus:   one.user.Status,
		ResourceName: one.server.Hostname,
		ResourceType: ServerType,
		Account:      one.account,
		Privileges:   one.privilege,
		Conditions:   strings.Join(texts, d.ConditionJoiner),
	}
}

// write returns the whole download.
func (d CSV) write(columns []Column, ways []way) []byte {
	var text strings.Builder
	if d.BOM {
		text.WriteRune('\ufeff')
	}
	columns = slices.Concat(columns, d.Extra)
	if !d.NoHeader {
		d.writeRecord(&text, columns, func(c Column) string { return d.Header[c] })
	}
	for _, one := range ways {
		row := d.row(one)
		d.writeRecord(&text, columns, func(c Column) string { return cell(c, one, row) })
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

// quote follows RFC 4180; the delimiter is the dialect's.
func (d CSV) quote(cell string) string {
	if !d.QuoteAll && !strings.ContainsAny(cell, "\"\r\n"+string(d.Delimiter)) {
		return cell
	}
	return `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
}

func cell(column Column, one way, row Row) string {
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
		return one.user.ID
	case ColumnResourceID:
		return one.server.ID
	case ColumnProject:
		return one.server.ProjectName
	case ColumnResourceGroup:
		return one.server.ResourceGroupName
	case ColumnPolicy:
		return one.policy.name
	}
	panic("opasim: column without a cell: " + string(column))
}

// mediaType is the Content-Type of the download.
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
