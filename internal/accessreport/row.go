package accessreport

import (
	"cmp"
	"strings"
)

// Row is a row of an access report: one way for a user to access a resource, with an
// account, privileges and conditions (API.md, csv-row). The same user, resource and
// account may occur in several rows, if several policy rules grant the access.
//
// The strings are the unchanged cells of the report.
type Row struct {
	UserName     string
	UserType     string // human or service
	UserStatus   string // ACTIVE, DISABLED or DELETED
	ResourceName string
	ResourceType string // server
	Account      string // individual, such as larry, or shared, such as root
	Privileges   string // user, admin or another text
	Conditions   string

	// MissingColumns are the columns that the row's report does not have. Their cells are
	// "", but their values are unknown, not empty.
	MissingColumns Columns

	// Extra contains the cells of unknown columns.
	Extra Extra

	// Requirements are parsed from Conditions.
	Requirements Requirements

	// SubjectID is the ID of the user or server that the row's report was created for, or
	// "" if it is not known. It is not in the report, and no comparison uses it.
	SubjectID string
}

// Cell returns the cell in a column.
func (r *Row) Cell(c Column) string { return *r.cell(c) }

// SetCell sets the cell in a column.
func (r *Row) SetCell(c Column, text string) { *r.cell(c) = text }

func (r *Row) cell(c Column) *string { return columns[c].cell(r) }

// Elevated reports whether the row grants more than the user's own account with
// ordinary privileges. Unknown privileges count as more.
func (r *Row) Elevated() bool { return r.Privileges != "user" || r.SharedAccount() }

// clone returns a copy of the row that does not share the memory of the report's text.
func (r *Row) clone() Row {
	c := *r
	for column := range columnCount {
		c.SetCell(column, strings.Clone(r.Cell(column)))
	}
	c.Extra.cells = strings.Clone(r.Extra.cells)
	return c
}

// compare orders rows by all their columns, and equal rows by their subjects.
func (r *Row) compare(s *Row) int {
	for c := range columnCount {
		if order := cmp.Compare(*r.cell(c), *s.cell(c)); order != 0 {
			return order
		}
	}
	return cmp.Or(cmp.Compare(r.MissingColumns, s.MissingColumns), r.Extra.compare(s.Extra), cmp.Compare(r.SubjectID, s.SubjectID))
}
