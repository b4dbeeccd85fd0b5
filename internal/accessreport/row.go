package accessreport

import (
	"cmp"
	"strings"
)

// Row is one line of an access report: one way in, by one user, to one
// resource, as one account, with one set of privileges, under one set of
// conditions. The same user, resource and account may stand on several rows,
// when several policy rules lead there (API contract, section 2.3).
//
// The strings are the cells as the report has them, unchanged in case. A new
// field for a cell needs a line in columns.
type Row struct {
	UserName     string
	UserType     string // human or service
	UserStatus   string // ACTIVE, DISABLED or DELETED
	ResourceName string
	ResourceType string // server
	Account      string // individual, such as larry, or shared, such as root
	Privileges   string // user, admin, or what the tenant says
	Conditions   string

	// Extra are the cells in columns that the provider does not know.
	Extra Extra

	// Lacks are the columns that the row's report does not have. Such a cell is
	// the empty text because nothing is known, not because the report says so.
	Lacks Columns

	// Requirements is what is understood of Conditions.
	Requirements Requirements
}

// Cell is the cell in a column.
func (r *Row) Cell(c Column) string { return *columns[c].cell(r) }

// SetCell sets the cell in a column.
func (r *Row) SetCell(c Column, text string) { *columns[c].cell(r) = text }

// compare compares rows by all their columns.
func compare(a, b *Row) int {
	for c := range columns {
		if order := strings.Compare(*columns[c].cell(a), *columns[c].cell(b)); order != 0 {
			return order
		}
	}
	return cmp.Or(compareExtra(a.Extra, b.Extra), cmp.Compare(a.Lacks, b.Lacks))
}
