package accessreport

import "slices"

// Column is one of the columns that every report is known to have.
type Column int

// The columns, in the order of a user report.
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

// columnInfo is all that is known of a column.
type columnInfo struct {
	name    string // in HCL
	heading string // in the CSV that Encode writes
	// spellings are accepted in a header, after normalize: the column's own name
	// first, then its aliases. The header's own spelling is not public.
	spellings []string
	// optional columns may be missing. Without the others, a row would not say
	// who has access to what, how, and under which conditions.
	optional bool
	// key columns say who has access to what. Their cells are never empty.
	key  bool
	cell func(*Row) *string
}

// columns is the one table of columns. Names, headings, header recognition,
// cells, sorting and the orders of reports without a header derive from it.
var columns = [columnCount]columnInfo{
	UserName: {
		name: "user_name", heading: "User Name", key: true, cell: func(r *Row) *string { return &r.UserName },
		spellings: []string{"username", "user", "login", "principal", "name"},
	},
	UserType: {
		name: "user_type", heading: "User Type", optional: true, cell: func(r *Row) *string { return &r.UserType },
		spellings: []string{"usertype"},
	},
	UserStatus: {
		name: "user_status", heading: "User Status", optional: true, cell: func(r *Row) *string { return &r.UserStatus },
		spellings: []string{"userstatus", "status"},
	},
	ResourceName: {
		name: "resource_name", heading: "Resource Name", key: true, cell: func(r *Row) *string { return &r.ResourceName },
		spellings: []string{"resourcename", "resource", "hostname", "servername", "server", "canonicalname"},
	},
	ResourceType: {
		name: "resource_type", heading: "Resource Type", optional: true, cell: func(r *Row) *string { return &r.ResourceType },
		spellings: []string{"resourcetype"},
	},
	Account: {
		name: "account", heading: "Account", key: true, cell: func(r *Row) *string { return &r.Account },
		spellings: []string{"account", "accountname", "identity", "serveraccount", "useraccount", "serverusername"},
	},
	Privileges: {
		name: "privileges", heading: "Privileges", cell: func(r *Row) *string { return &r.Privileges },
		spellings: []string{"privileges", "privilege", "permissions", "permission", "accesslevel"},
	},
	Conditions: {
		name: "conditions", heading: "Conditions", cell: func(r *Row) *string { return &r.Conditions },
		spellings: []string{"conditions", "condition", "conditionals"},
	},
}

// String returns the column's name in HCL.
func (c Column) String() string { return columns[c].name }

func (c Column) optional() bool { return columns[c].optional }

// ColumnNames returns the names of the columns in HCL, in order.
func ColumnNames() []string {
	names := make([]string, columnCount)
	for c := range columnCount {
		names[c] = columns[c].name
	}
	return names
}

// Columns is a set of columns.
type Columns uint16

// The set must have a bit for each column: this does not compile if it has not.
var _ [16 - columnCount]struct{}

// Has reports whether a column is in the set.
func (s Columns) Has(c Column) bool { return s&(1<<c) != 0 }

// With returns the set with a column added.
func (s Columns) With(c Column) Columns { return s | 1<<c }

// layouts are the orders in which the columns of a report without a header may
// stand: of a user report and of a resource report.
var layouts = []layout{
	layoutOf(UserName, UserType, UserStatus, ResourceName, ResourceType),
	layoutOf(ResourceName, ResourceType, UserName, UserType, UserStatus),
}

// layoutOf returns the layout that begins with some columns, with the others in
// their order behind them.
func layoutOf(first ...Column) layout {
	l := layout{width: int(columnCount)}
	for c := range columnCount {
		if !slices.Contains(first, c) {
			first = append(first, c)
		}
	}
	for at, c := range first {
		l.place[c] = at
	}
	return l
}
