package accessreport

import (
	"fmt"
	"slices"
	"strings"
)

// Markdown shows rows as an access matrix in GitHub Flavored Markdown: a line
// for each resource, a column for each user, and where they meet the ways in,
// each as "account: privileges (conditions)". A way that stands on several rows
// is shown once, with their number: servers may share a name. A matrix of more
// than maxMatrix cells is written as a list of the rows.
//
// Every text of a report stands in a code span, in which nothing is markup, a
// mention or a link.
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

// maxMatrix is how many cells a matrix may have: users times resources.
const maxMatrix = 50_000

// summary counts what the rows are about.
func summary(users, resources, rows []Row) string {
	return fmt.Sprintf("%s, %s, %s",
		count(len(users), "user", "users"), count(len(resources), "resource", "resources"), count(len(rows), "way in", "ways in"))
}

// markdownList shows each different row on a line of its own.
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

// wayOf returns what a row says of the way in, without user and resource.
func wayOf(r *Row) Row {
	way := r.only(Account, Privileges, Conditions)
	way.Extra = r.Extra
	return way
}

// only is a row with some of its columns, so that rows that agree there are equal.
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

// distinct are the different rows that are left with some of the columns only.
func distinct(rows []Row, columns ...Column) []Row {
	parts := make([]Row, len(rows))
	for i := range rows {
		parts[i] = rows[i].only(columns...)
	}
	Sort(parts)
	return slices.Compact(parts)
}

// count is a number with its noun.
func count(n int, one, many string) string {
	return fmt.Sprintf("%d %s", n, plural(n, one, many))
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// ordinary are the words for types and states that need not be told.
var ordinary = map[Column]string{UserType: "human", UserStatus: "ACTIVE", ResourceType: "server"}

// named is a user's or resource's name, and in brackets what is not ordinary
// about it: that a user is disabled, say.
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

// remarksOn are the cells in some columns that are not ordinary, as they are to
// be shown.
func remarksOn(r *Row, show func(string) string, columns ...Column) []string {
	var remarks []string
	for _, c := range columns {
		if text := r.Cell(c); text != "" && !strings.EqualFold(text, ordinary[c]) {
			remarks = append(remarks, show(text))
		}
	}
	return remarks
}

// waysIn is a cell of the matrix.
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

// wayIn shows a way in that stands on some number of rows.
func wayIn(way *Row, times int) string {
	line := shown(way, Account) + ": " + shown(way, Privileges)
	var details []string
	if !MeansNone(way.Conditions) || way.MissingColumns.Has(Conditions) {
		details = append(details, shown(way, Conditions))
	}
	for name, cell := range way.Extra.All() {
		detail := codeSpan(name) + ": *none*"
		if cell != "" {
			detail = codeSpan(name) + ": " + codeSpan(cell)
		}
		details = append(details, detail)
	}
	if details != nil {
		line += " (" + strings.Join(details, "; ") + ")"
	}
	if times > 1 {
		line += fmt.Sprintf(" ×%d", times)
	}
	return line
}

// shown is a cell of a row as it stands in the matrix. Words in italics are ours.
func shown(r *Row, c Column) string {
	switch {
	case r.MissingColumns.Has(c):
		return "*unknown*"
	case r.Cell(c) == "":
		return "*none*"
	}
	return codeSpan(r.Cell(c))
}
