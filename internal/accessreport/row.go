package accessreport

import (
	"cmp"
	"slices"
)

// Row is one line of an access report: one way in, by one user, to one
// resource, as one account, with one set of privileges, under one set of
// conditions. The same user, resource and account may stand on several rows,
// when several policy rules lead there (API contract, section 2.3).
//
// The strings are the cells as the report has them, neither trimmed nor changed
// in case.
type Row struct {
	UserName     string
	UserType     string // human or service
	UserStatus   string // ACTIVE, DISABLED or DELETED
	ResourceName string
	ResourceType string // server
	Account      string // individual, such as larry, or shared, such as root
	Privileges   string // user, admin, or what the tenant says
	Conditions   string

	// Lacks are the columns that the row's report does not have. Such a cell is
	// the empty text because nothing is known, not because the report says so.
	Lacks Columns

	// Requirements is what is understood of Conditions.
	Requirements Requirements
}

// Column is one of the eight columns that every report is known to have.
type Column int

// The columns, in the order of a user report (API contract, section 2.1).
const (
	UserName Column = iota
	UserType
	UserStatus
	ResourceName
	ResourceType
	Account
	Privileges
	Conditions
	columnCount
)

var columnNames = [columnCount]string{
	"user_name", "user_type", "user_status", "resource_name", "resource_type", "account", "privileges", "conditions",
}

// String is the column's name as it is written in HCL.
func (c Column) String() string { return columnNames[c] }

// ColumnNames are the names of the columns as they are written in HCL, in order.
func ColumnNames() []string { return slices.Clone(columnNames[:]) }

// optional says whether a report is still worth reading without the column.
// Without the others a row would not say who gets where, how, and on what terms.
func (c Column) optional() bool { return c == UserType || c == UserStatus || c == ResourceType }

// Columns is a set of columns.
type Columns uint8

// Has says whether a column is in the set.
func (s Columns) Has(c Column) bool { return s&(1<<c) != 0 }

// With is the set with a column in it.
func (s Columns) With(c Column) Columns { return s | 1<<c }

// Cell is the cell in a column.
func (r *Row) Cell(c Column) string { return *r.cell(c) }

// SetCell sets the cell in a column.
func (r *Row) SetCell(c Column, text string) { *r.cell(c) = text }

// cell is the place of a column in the row.
func (r *Row) cell(c Column) *string {
	switch c {
	case UserName:
		return &r.UserName
	case UserType:
		return &r.UserType
	case UserStatus:
		return &r.UserStatus
	case ResourceName:
		return &r.ResourceName
	case ResourceType:
		return &r.ResourceType
	case Account:
		return &r.Account
	case Privileges:
		return &r.Privileges
	default:
		return &r.Conditions
	}
}

// Sort puts rows in the order of all their columns, so that the order in which
// a tenant writes them never shows as a change.
func Sort(rows []Row) {
	slices.SortFunc(rows, func(a, b Row) int {
		return cmp.Or(
			cmp.Compare(a.UserName, b.UserName),
			cmp.Compare(a.UserType, b.UserType),
			cmp.Compare(a.UserStatus, b.UserStatus),
			cmp.Compare(a.ResourceName, b.ResourceName),
			cmp.Compare(a.ResourceType, b.ResourceType),
			cmp.Compare(a.Account, b.Account),
			cmp.Compare(a.Privileges, b.Privileges),
			cmp.Compare(a.Conditions, b.Conditions),
			cmp.Compare(a.Lacks, b.Lacks),
		)
	})
}
