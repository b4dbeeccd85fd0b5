package opasim

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// spellings are the header cells that identify a column, without case, spaces and
// punctuation: its name first.
var spellings = map[Column][]string{
	ColumnUserName:      {"username", "user", "login", "principal", "name"},
	ColumnUserType:      {"usertype"},
	ColumnUserStatus:    {"userstatus", "status"},
	ColumnResourceName:  {"resourcename", "resource", "hostname", "servername", "server", "canonicalname"},
	ColumnResourceType:  {"resourcetype"},
	ColumnAccount:       {"account", "accountname", "identity", "serveraccount", "useraccount", "serverusername"},
	ColumnPrivileges:    {"privileges", "privilege", "permissions", "permission", "accesslevel"},
	ColumnConditions:    {"conditions", "condition", "conditionals"},
	ColumnUserID:        {"userid"},
	ColumnResourceID:    {"resourceid", "serverid"},
	ColumnProject:       {"project", "projectname"},
	ColumnResourceGroup: {"resourcegroup", "resourcegroupname"},
	ColumnPolicy:        {"policy", "policyname"},
}

// normalizeCell returns the ASCII letters and digits of a header cell in lower case.
func normalizeCell(cell string) string {
	return strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(cell))
}

// otherColumn returns a column that the simulator does not know. Its cells are empty.
func otherColumn(n int) Column { return Column(fmt.Sprintf("other %d", n)) }

func (c Column) isOther() bool { return strings.HasPrefix(string(c), "other ") }

// columnsOf returns the columns of a header, and their cells.
func columnsOf(cells []string) ([]Column, map[Column]string) {
	columns, header := make([]Column, len(cells)), map[Column]string{}
	for i, cell := range cells {
		columns[i] = otherColumn(i + 1)
		header[columns[i]] = cell
	}
	claim := func(column Column, matches func(cell string) bool) bool {
		at := slices.IndexFunc(cells, func(cell string) bool { return matches(normalizeCell(cell)) })
		if at < 0 || !columns[at].isOther() {
			return false
		}
		columns[at], header[column] = column, cells[at]
		return true
	}
	named := slices.ContainsFunc(cells, func(cell string) bool { return normalizeCell(cell) == "resourcename" })
	for _, column := range allColumns {
		names := spellings[column]
		if !named { // then "name" can be the name of either
			names = slices.DeleteFunc(slices.Clone(names), func(name string) bool { return name == "name" })
		}
		if !claim(column, func(cell string) bool { return cell == names[0] }) {
			claim(column, func(cell string) bool { return slices.Contains(names[1:], cell) })
		}
	}
	return columns, header
}

// dialects returns the dialects of the reports on users and on resources. Those that the
// caller has set take precedence. A kind that the profile does not have is like the other
// one, with the columns in its own order.
func (p *Profile) dialects(set CSV) (user CSV, resource *CSV) {
	r := p.file.Reports
	if r.User == nil && r.Resource == nil {
		return set, nil
	}
	user = p.dialect(cmp.Or(r.User, r.Resource), set)
	other := p.dialect(cmp.Or(r.Resource, r.User), set)
	if r.User == nil {
		user.UserColumns = reorder(user.UserColumns, userFirst)
	}
	if r.Resource == nil {
		other.ResourceColumns = reorder(other.ResourceColumns, resourceFirst)
	}
	return user, &other
}

// reorder returns columns in an order. Those that are not in it follow.
func reorder(columns, order []Column) []Column {
	if columns == nil {
		return nil
	}
	return slices.Concat(
		filter(order, func(c Column) bool { return slices.Contains(columns, c) }),
		filter(columns, func(c Column) bool { return !slices.Contains(order, c) }),
	)
}

// dialect returns a dialect of the profile.
func (p *Profile) dialect(c *profileCSV, set CSV) CSV {
	d := CSV{
		BOM: c.BOM, JSONString: c.JSONString,
		CRLF: c.LineEnd == "CRLF", CR: c.LineEnd == "CR", MixedLineEnds: c.LineEnd == "mixed", NoFinalLineEnd: c.LineEnd == "none",
		QuoteAll: c.Quoting == "all", QuoteSome: c.Quoting == "some",
		NoHeader: len(c.Header) == 0, Order: RowOrder(c.Order),
		ExtraCell: !c.HasHeader && len(c.Header) > 0 && p.observed("csv-header") == otherCells,
		Charset:   p.charset(), ContentType: set.ContentType,
	}
	for _, r := range c.Delimiter {
		d.Delimiter = r
	}
	if set.Delimiter != 0 {
		d.Delimiter = set.Delimiter
	}
	cells := make([]string, len(c.Header))
	repeated := !c.HasHeader && p.observed("csv-header") == repeatedColumns
	for i, masked := range c.Header {
		number := i
		if repeated {
			number = 0 // equal cells remain equal
		}
		cells[i] = unmask(masked, number)
	}
	if len(cells) > 0 {
		d.UserColumns, d.Header = columnsOf(cells)
		d.ResourceColumns = d.UserColumns
	}
	if len(cells) == 0 {
		d.UserColumns, d.ResourceColumns = withOthers(userFirst, c.Columns), withOthers(resourceFirst, c.Columns)
	}
	for column, text := range set.Header {
		if slices.Contains(d.UserColumns, column) {
			d.Header[column] = text
		}
	}
	return d
}

// withOthers returns columns, followed by others up to a number of columns.
func withOthers(columns []Column, number int) []Column {
	columns = slices.Clone(columns)
	for len(columns) < number {
		columns = append(columns, otherColumn(len(columns)+1))
	}
	return columns
}

// charset returns the character encoding of the downloads.
func (p *Profile) charset() string {
	request := p.requests[downloadKey]
	if request == nil {
		return ""
	}
	for _, r := range request.Responses {
		if _, name, ok := strings.Cut(r.MediaType, "; charset="); ok && r.kind == csvBody && slices.Contains(charsets, name) {
			return name
		}
	}
	return ""
}
