package accessreport

import "cmp"

// Row is one line of an access report: one way in, by one user, to one
// resource, as one account, with one set of privileges, under one set of
// conditions. The same user, resource and account may stand on several rows,
// when several policy rules grant the access.
//
// The strings are the cells as the report has them, in its case. Rows can be
// compared with ==.
type Row struct {
	UserName     string
	UserType     string // human or service
	UserStatus   string // ACTIVE, DISABLED or DELETED
	ResourceName string
	ResourceType string // server
	Account      string // individual, such as larry, or shared, such as root
	Privileges   string // user, admin, or what the tenant says
	Conditions   string

	// MissingColumns are the columns that the row's report does not have. Such a cell is
	// empty because nothing is known, not because the report says so.
	MissingColumns Columns

	// Extra are the cells of columns that are not known.
	Extra Extra

	// Requirements is what is understood of Conditions.
	Requirements Requirements
}

// Cell returns the cell in a column.
func (r *Row) Cell(c Column) string { return *r.cell(c) }

// SetCell sets the cell in a column.
func (r *Row) SetCell(c Column, text string) { *r.cell(c) = text }

func (r *Row) cell(c Column) *string { return columns[c].cell(r) }

// Elevated reports whether the row grants more than the user's own account with
// ordinary privileges. Privileges that nobody has heard of count as more.
func (r *Row) Elevated() bool { return r.Privileges != "user" || r.SharedAccount() }

// compare orders rows by all their columns.
func (r *Row) compare(s *Row) int {
	for c := range columnCount {
		if order := cmp.Compare(*r.cell(c), *s.cell(c)); order != 0 {
			return order
		}
	}
	return cmp.Or(cmp.Compare(r.MissingColumns, s.MissingColumns), r.Extra.compare(s.Extra))
}
