package accessreport

import (
	"fmt"
	"slices"
	"strings"
)

// maxMatrix is the most cells of a matrix. It grows with the product of users and
// resources, while a list grows with the rows.
const maxMatrix = 50_000

// Markdown shows rows as an access matrix in GitHub Flavored Markdown: a line
// for each resource, a column for each user, and where they meet the ways in,
// each as "account: privileges (conditions)". A way that stands on several rows
// is shown once, with their number: servers may share a name. Beyond maxMatrix
// cells it is a list instead, with a line for each way in.
//
// Every text of a report stands in a code span, in which nothing is markup, a
// mention or a link.
func Markdown(rows []Row) string {
	if len(rows) == 0 {
		return "No rows.\n"
	}
	users := distinct(rows, UserName, UserType, UserStatus)
	resources := distinct(rows, ResourceName, ResourceType)
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s, %s.",
		count(len(users), "user", "users"), count(len(resources), "resource", "resources"), count(len(rows), "way in", "ways in"))
	if len(users)*len(resources) > maxMatrix {
		b.WriteString(" This is a list, because a matrix of users and resources would have more than 50,000 cells.\n\n")
		writeList(&b, rows)
	} else {
		b.WriteString("\n\n")
		writeMatrix(&b, rows, users, resources)
	}
	return b.String()
}

func writeMatrix(b *strings.Builder, rows, users, resources []Row) {
	ways := map[[2]Row][]Row{}
	for i := range rows {
		place := [2]Row{rows[i].only(ResourceName, ResourceType), rows[i].only(UserName, UserType, UserStatus)}
		ways[place] = append(ways[place], rows[i].way())
	}
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
}

func writeList(b *strings.Builder, rows []Row) {
	sorted := make([]Row, len(rows))
	for i := range rows {
		sorted[i] = rows[i]
		sorted[i].Requirements = Requirements{}
		if MeansNone(sorted[i].Conditions) {
			sorted[i].Conditions = ""
		}
	}
	Sort(sorted)
	b.WriteString("| User | Resource | Way in |\n| --- | --- | --- |\n")
	for first := 0; first < len(sorted); {
		row, next := &sorted[first], first
		for next < len(sorted) && sorted[next] == *row {
			next++
		}
		user, resource := row.only(UserName, UserType, UserStatus), row.only(ResourceName, ResourceType)
		b.WriteString("| " + named(&user, UserName) + " | " + named(&resource, ResourceName) + " | " + wayIn(row, next-first) + " |\n")
		first = next
	}
}

// way is what a row says of the way in alone.
func (r *Row) way() Row {
	way := r.only(Account, Privileges, Conditions)
	way.Extra = r.Extra
	if MeansNone(way.Conditions) {
		way.Conditions = ""
	}
	return way
}

// only is a row with some of its columns, so that rows that agree there are equal.
func (r *Row) only(some ...Column) Row {
	var part Row
	for _, c := range some {
		part.SetCell(c, r.Cell(c))
		if r.Lacks.Has(c) {
			part.Lacks = part.Lacks.With(c)
		}
	}
	return part
}

// distinct are the different rows that are left with some of the columns only.
func distinct(rows []Row, some ...Column) []Row {
	parts := make([]Row, len(rows))
	for i := range rows {
		parts[i] = rows[i].only(some...)
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
func remarksOn(r *Row, show func(string) string, some ...Column) []string {
	var remarks []string
	for _, c := range some {
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

// wayIn is a way in that stands on so many rows.
func wayIn(way *Row, rows int) string {
	line := shown(way, Account) + ": " + shown(way, Privileges)
	if way.Conditions != "" || way.Lacks.Has(Conditions) {
		line += " (" + shown(way, Conditions) + ")"
	}
	for header, cell := range way.Extra.All() {
		if cell != "" {
			line += "; " + codeSpan(header) + ": " + codeSpan(cell)
		}
	}
	if rows > 1 {
		line += fmt.Sprintf(" ×%d", rows)
	}
	return line
}

// shown is a cell of a row as it stands in the matrix. Words in italics are ours.
func shown(r *Row, c Column) string {
	switch {
	case r.Lacks.Has(c):
		return "*unknown*"
	case r.Cell(c) == "":
		return "*none*"
	}
	return codeSpan(r.Cell(c))
}
