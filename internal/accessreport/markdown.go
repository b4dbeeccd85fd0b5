package accessreport

import (
	"fmt"
	"slices"
	"strings"
)

// Markdown returns rows as an access matrix in GitHub Flavored Markdown, with a line for
// each resource and a column for each user. A cell contains the ways in, each as
// "account: privileges (conditions)". A way in that several rows have, for example on
// servers with the same hostname, is shown once, with their number. If the matrix would
// have more than maxMatrix cells, Markdown returns a list of the rows instead.
//
// Every text of a report is in a code span, so it cannot be markup, a mention or a link.
func Markdown(rows []Row) string {
	if len(rows) == 0 {
		return "No rows.\n"
	}
	users := distinct(rows, UserName, UserType, UserStatus)
	resources := distinct(rows, ResourceName, ResourceType)
	if len(users)*len(resources) > maxMatrix {
		return markdownList(rows, summary(users, resources, rows))
	}
	ways := map[[2]Row][]Row{}
	for i := range rows {
		place := [2]Row{rows[i].only(ResourceName, ResourceType), rows[i].only(UserName, UserType, UserStatus)}
		ways[place] = append(ways[place], wayOf(&rows[i]))
	}

	var b strings.Builder
	b.WriteString(summary(users, resources, rows) + ".\n\n")
	b.WriteString("| Resource |")
	for i := range users {
		b.WriteString(" " + named(&users[i], UserName) + " |")
	}
	b.WriteString("\n|" + strings.Repeat(" --- |", 1+len(users)) + "\n")
	for _, resource := range resources {
		b.WriteString("| " + named(&resource, ResourceName) + " |")
		for _, user := range users {
			b.WriteString(" " + waysIn(ways[[2]Row{resource, user}]) + " |")
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// maxMatrix is the maximum number of cells of a matrix: users times resources.
const maxMatrix = 50_000

// summary returns the numbers of users, resources and rows.
func summary(users, resources, rows []Row) string {
	return fmt.Sprintf("%s, %s, %s",
		count(len(users), "user", "users"), count(len(resources), "resource", "resources"), count(len(rows), "way in", "ways in"))
}

// markdownList returns a list with a line for each distinct row.
func markdownList(rows []Row, summary string) string {
	rows = slices.Clone(rows)
	for i := range rows {
		rows[i].Requirements = Requirements{}
	}
	Sort(rows)
	var b strings.Builder
	fmt.Fprintf(&b, "%s. A matrix would have more than %d cells, so this is a list.\n\n| User | Resource | Way in |\n| --- | --- | --- |\n", summary, maxMatrix)
	for i := 0; i < len(rows); {
		row, times := &rows[i], 0
		for i+times < len(rows) && rows[i+times] == *row {
			times++
		}
		user, resource := row.only(UserName, UserType, UserStatus), row.only(ResourceName, ResourceType)
		b.WriteString("| " + named(&user, UserName) + " | " + named(&resource, ResourceName) + " | " + wayIn(row, times) + " |\n")
		i += times
	}
	return b.String()
}

// wayOf returns a row without its user and resource.
func wayOf(r *Row) Row {
	way := r.only(Account, Privileges, Conditions)
	way.Extra = r.Extra
	return way
}

// only returns a row with only these columns, so that rows with the same cells in them
// are equal.
func (r *Row) only(columns ...Column) Row {
	var part Row
	for _, c := range columns {
		*part.cell(c) = r.Cell(c)
		if r.MissingColumns.Has(c) {
			part.MissingColumns = part.MissingColumns.With(c)
		}
	}
	return part
}

// distinct returns the distinct rows with only these columns, sorted.
func distinct(rows []Row, columns ...Column) []Row {
	parts := make([]Row, len(rows))
	for i := range rows {
		parts[i] = rows[i].only(columns...)
	}
	Sort(parts)
	return slices.Compact(parts)
}

// count returns a number with its noun.
func count(n int, one, many string) string {
	return fmt.Sprintf("%d %s", n, plural(n, one, many))
}

// plural returns the noun for a number.
func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// ordinary contains the usual types and statuses, which are not shown.
var ordinary = map[Column]string{UserType: "human", UserStatus: "ACTIVE", ResourceType: "server"}

// named returns a user's or resource's name, and its unusual type and status in
// brackets, such as DISABLED.
func named(r *Row, name Column) string {
	remarks := remarksOn(r, codeSpan, UserType, UserStatus, ResourceType)
	if name == UserName && r.UserStatus == "" {
		remarks = append(remarks, "*status unknown*")
	}
	if len(remarks) == 0 {
		return shown(r, name)
	}
	return shown(r, name) + " (" + strings.Join(remarks, ", ") + ")"
}

// remarksOn returns the cells in these columns that are not ordinary, formatted by
// show.
func remarksOn(r *Row, show func(string) string, columns ...Column) []string {
	var remarks []string
	for _, c := range columns {
		if text := r.Cell(c); text != "" && !strings.EqualFold(text, ordinary[c]) {
			remarks = append(remarks, show(text))
		}
	}
	return remarks
}

// waysIn returns a cell of the matrix.
func waysIn(ways []Row) string {
	Sort(ways)
	var lines []string
	for i := 0; i < len(ways); {
		way, first := ways[i], i
		for i < len(ways) && ways[i] == way {
			i++
		}
		lines = append(lines, wayIn(&way, i-first))
	}
	return strings.Join(lines, "<br>")
}

// wayIn returns a way in that a number of rows have.
func wayIn(way *Row, times int) string {
	line := shown(way, Account) + ": " + shown(way, Privileges)
	var details []string
	if !MeansNone(way.Conditions) || way.MissingColumns.Has(Conditions) {
		details = append(details, shown(way, Conditions))
	}
	for name, cell := range way.Extra.All() {
		details = append(details, extraCell(name, cell, true))
	}
	if details != nil {
		line += " (" + strings.Join(details, "; ") + ")"
	}
	if times > 1 {
		line += fmt.Sprintf(" ×%d", times)
	}
	return line
}

// shown returns a cell of a row as the matrix shows it. Text in italics is a placeholder,
// not text of the report.
func shown(r *Row, c Column) string {
	switch {
	case r.MissingColumns.Has(c):
		return "*unknown*"
	case r.Cell(c) == "":
		return "*none*"
	}
	return codeSpan(r.Cell(c))
}
