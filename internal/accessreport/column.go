package accessreport

import "iter"

// columns is the one list of the columns that the provider knows: names,
// headings, spellings, cells, sorting and the order of a CSV all follow from it.
// To add a column, add a line here and a field to Row.
//
// The first eight are in the order of a user report (API contract, section 2.1).
var columns = [...]struct {
	name    string // in HCL
	heading string // in the header that Encode writes: the likeliest spelling of a tenant's own
	// spellings are those by which the column is recognized, after normalize: its
	// own name, then its aliases. The header's own spelling is not public (API
	// contract, sections 2.1 and 2.5).
	spellings []string
	// bare are the column's positions, counted from 1, in a user report and in a
	// resource report without a header; 0 where such a report lacks the column.
	bare [2]int
	rule columnRule
	cell func(*Row) *string
}{
	UserName:     {"user_name", "User Name", []string{"username", "user", "login", "principal", "name"}, [2]int{1, 3}, key, func(r *Row) *string { return &r.UserName }},
	UserType:     {"user_type", "User Type", []string{"usertype"}, [2]int{2, 4}, optional, func(r *Row) *string { return &r.UserType }},
	UserStatus:   {"user_status", "User Status", []string{"userstatus", "status"}, [2]int{3, 5}, optional, func(r *Row) *string { return &r.UserStatus }},
	ResourceName: {"resource_name", "Resource Name", []string{"resourcename", "resource", "hostname", "servername", "server", "canonicalname"}, [2]int{4, 1}, key, func(r *Row) *string { return &r.ResourceName }},
	ResourceType: {"resource_type", "Resource Type", []string{"resourcetype"}, [2]int{5, 2}, optional, func(r *Row) *string { return &r.ResourceType }},
	Account:      {"account", "Account", []string{"account", "accountname", "identity", "serveraccount", "useraccount", "serverusername"}, [2]int{6, 6}, key, func(r *Row) *string { return &r.Account }},
	Privileges:   {"privileges", "Privileges", []string{"privileges", "privilege", "permissions", "permission", "accesslevel"}, [2]int{7, 7}, required, func(r *Row) *string { return &r.Privileges }},
	Conditions:   {"conditions", "Conditions", []string{"conditions", "condition", "conditionals"}, [2]int{8, 8}, freeText, func(r *Row) *string { return &r.Conditions }},
}

// columnRule says what a report must have in a column.
type columnRule int

const (
	key      columnRule = iota // the column must be there, and no cell may be empty
	required                   // the column must be there: without it a row would not say who gets where, how, and on what terms
	freeText                   // as required; cells may begin and end with blanks
	optional                   // the report is worth reading without the column
)

// Column is one of the columns that the provider knows.
type Column int

// The columns that code refers to by name. They are the first in columns.
const (
	UserName Column = iota
	UserType
	UserStatus
	ResourceName
	ResourceType
	Account
	Privileges
	Conditions

	columnCount Column = Column(len(columns))
)

// String is the column's name as it is written in HCL.
func (c Column) String() string { return columns[c].name }

func (c Column) optional() bool { return columns[c].rule == optional }

// AllColumns returns the columns in order.
func AllColumns() iter.Seq[Column] {
	return func(yield func(Column) bool) {
		for c := range columnCount {
			if !yield(c) {
				return
			}
		}
	}
}

// ColumnNames returns the names of the columns as they are written in HCL, in order.
func ColumnNames() []string {
	names := make([]string, columnCount)
	for c := range columns {
		names[c] = columns[c].name
	}
	return names
}

// Columns is a set of columns.
type Columns uint16

// A column without a bit in the set does not compile here.
const _ Columns = 1 << (columnCount - 1)

// Has reports whether a column is in the set.
func (s Columns) Has(c Column) bool { return s&(1<<c) != 0 }

// With returns the set with a column in it.
func (s Columns) With(c Column) Columns { return s | 1<<c }
