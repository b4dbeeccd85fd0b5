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

// columnInfo describes a column.
type columnInfo struct {
	name    string // in HCL
	heading string // in the CSV that Encode writes
	// spellings are the accepted header cells, as normalize returns them: the column's
	// name, then its aliases. The actual spelling is unknown (API.md, csv-header).
	spellings []string
	// optional columns may be missing. The others are required to know who has access
	// to what, how, and under which conditions.
	optional bool
	// key columns identify who has access to what. Their cells are never empty.
	key  bool
	cell func(*Row) *string
}

// columns describes all columns. Names, headings, header recognition, cells, sorting
// and the layouts of reports without a header derive from it.
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

// The set must have a bit for each column: otherwise this does not compile.
var _ [16 - columnCount]struct{}

// Has reports whether a column is in the set.
func (s Columns) Has(c Column) bool { return s&(1<<c) != 0 }

// With returns the set with a column added.
func (s Columns) With(c Column) Columns { return s | 1<<c }

// layouts are the possible layouts of a report without a header: of a user report and
// of a resource report.
var layouts = []layout{
	layoutOf(UserName, UserType, UserStatus, ResourceName, ResourceType),
	layoutOf(ResourceName, ResourceType, UserName, UserType, UserStatus),
}

// layoutOf returns the layout that begins with these columns, followed by the others
// in their order.
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
