package opasim

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Column identifies a column of a download, whatever its header is.
type Column string

// The eight columns of a report (API.md, csv-columns), and other columns that a
// report may have (API.md, csv-extra-columns).
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

// CSV is the dialect of the downloads. The real one is unknown (API.md,
// csv-dialect). The zero value is the most likely one: comma, LF, quotes where
// needed, UTF-8 without a byte order mark, and a header such as "User Name".
type CSV struct {
	Delimiter rune // 0 means a comma
	CRLF      bool
	CR        bool // in place of LF
	BOM       bool
	QuoteAll  bool

	// QuoteSome quotes a cell of each row that needs no quotes.
	QuoteSome bool
	// MixedLineEnds ends the first line with CRLF, and the others with LF.
	MixedLineEnds bool
	// NoFinalLineEnd omits the end of the last line.
	NoFinalLineEnd bool
	// ExtraCell adds a cell to the first row, so that the text is not a CSV with a header.
	ExtraCell bool
	// JSONString writes the text as a JSON string (API.md, download-json-string).
	JSONString bool
	// Order is the order of the rows.
	Order RowOrder
	// Words replaces the cells of columns, by the cells in lower case.
	Words map[Column]map[string]string
	// Edit, if set, returns a row with other cells.
	Edit func(Row) Row

	// NoHeader omits the header.
	NoHeader bool
	// Header maps columns to header cells. Missing columns have the header of
	// [HeaderStyle]("title").
	Header map[Column]string
	// UserColumns and ResourceColumns are the columns of each kind of report. nil
	// means the eight columns, with the user or the resource first.
	UserColumns, ResourceColumns []Column
	// Extra are columns that follow in both kinds of reports.
	Extra []Column

	// ConditionText maps kinds of conditions, such as ConditionMFA, to their
	// text. Missing kinds have the text of API.md (csv-conditions).
	ConditionText map[string]string
	// ConditionJoiner separates two conditions. "" means ", ".
	ConditionJoiner string

	// ContentType is the media type. "" means text/csv. It has a charset
	// parameter if Charset is set.
	ContentType string
	// Charset is one of "utf-8", "us-ascii", "iso-8859-1", "windows-1252" and "utf-16", or
	// "", which means UTF-8 without a charset parameter. A character that the charset does
	// not have becomes a question mark.
	Charset string
}

// RowOrder is an order of the rows of a report (API.md, csv-row-order).
type RowOrder string

// The row orders.
const (
	RowsByPolicy RowOrder = ""         // the default
	RowsSorted   RowOrder = "sorted"   // by all columns
	RowsReversed RowOrder = "reversed" // sorted, the last one first
	RowsUnsorted RowOrder = "other"    // neither sorted nor reversed
)

var charsets = []string{"utf-8", "us-ascii", "iso-8859-1", "windows-1252", "utf-16"}

// defaultConditionText contains the likely texts (API.md, csv-conditions).
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

// check returns an error if no download can be written in the dialect.
func (d CSV) check() error {
	for _, column := range slices.Concat(d.UserColumns, d.ResourceColumns, d.Extra) {
		if !slices.Contains(allColumns, column) && !column.isOther() {
			return fmt.Errorf("CSV column %q: want one of %v", column, allColumns)
		}
	}
	if strings.ContainsRune("\"\r\n\ufeff", d.Delimiter) {
		return fmt.Errorf("CSV delimiter %q: want another character", d.Delimiter)
	}
	if d.Charset != "" && !slices.Contains(charsets, d.Charset) {
		return fmt.Errorf("CSV charset %q: want one of %v", d.Charset, charsets)
	}
	if !slices.Contains([]RowOrder{RowsByPolicy, RowsSorted, RowsReversed, RowsUnsorted}, d.Order) {
		return fmt.Errorf("CSV order %q: want %s, %s, %s or none", d.Order, RowsSorted, RowsReversed, RowsUnsorted)
	}
	return nil
}
