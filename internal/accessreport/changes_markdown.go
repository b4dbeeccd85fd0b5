package accessreport

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// maxChangesMarkdown is the maximum length in bytes of the text that ChangesMarkdown
// returns. A comment on GitHub has at most 65,536 characters.
const maxChangesMarkdown = 60_000

// ChangesMarkdown returns changes in GitHub Flavored Markdown: the numbers, then a table
// for each part, weakened and granted access first. If the text would be longer than
// maxChangesMarkdown, lines are left out, and the tables end with the number of the changes that
// are not shown.
//
// Every text of a report is in a code span, so it cannot be markup, a mention or a link.
func ChangesMarkdown(c *Changes) string {
	parts := changesParts(c)
	total := 0
	numbers := make([]string, 0, len(parts))
	for _, part := range parts {
		total += len(part.lines)
		numbers = append(numbers, fmt.Sprintf("%d %s", len(part.lines), strings.ToLower(part.heading)))
	}
	if total == 0 {
		return fmt.Sprintf("No changes: %s unchanged.\n", count(len(c.Unchanged), "row is", "rows are"))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %d unchanged.\n", strings.Join(numbers, ", "), len(c.Unchanged))
	for i, part := range parts {
		// Keep space for the headings of the other parts.
		part.write(&b, maxChangesMarkdown-(len(parts)-1-i)*maxEmptyPart)
	}
	return b.String()
}

// maxEmptyPart is more than the length of a part of which no line is shown.
const maxEmptyPart = 500

// changesPart is a part of changes with a line of its table for each change.
type changesPart struct {
	heading, explanation string
	header               string // of the table
	lines                []string
}

// changesParts returns the parts in the order in which a reviewer needs them.
func changesParts(c *Changes) []changesPart {
	return []changesPart{
		{"Weakened", aboutWeakened, changesHeader, changeLines(c.Weakened)},
		{"Granted", aboutGranted, rowsHeader, rowLines(c.Granted)},
		{"Altered", aboutAltered, changesHeader, changeLines(c.Altered)},
		{"Strengthened", aboutStrengthened, changesHeader, changeLines(c.Strengthened)},
		{"Revoked", aboutRevoked, rowsHeader, rowLines(c.Revoked)},
	}
}

// What the parts of changes mean.
const (
	aboutWeakened     = "Access that lost a protection."
	aboutGranted      = "New access."
	aboutAltered      = "Access that changed in a way that the provider cannot judge. Review it like new access."
	aboutStrengthened = "Access that only gained protections."
	aboutRevoked      = "Access that no longer exists."
)

// The headers of the tables.
const (
	rowsHeader    = "| User | Resource | Way in |\n| --- | --- | --- |\n"
	changesHeader = "| User | Resource | Account | Change | Before | After |\n| --- | --- | --- | --- | --- | --- |\n"
)

// longLine is the length in bytes of a line that is written only if all shorter ones fit,
// so that a long name does not hide other changes.
const longLine = 2_000

// write writes the part, in order, with as many lines as fit into a text of a length.
func (p *changesPart) write(b *strings.Builder, limit int) {
	if len(p.lines) == 0 {
		return
	}
	fmt.Fprintf(b, "\n### %s (%d)\n\n%s\n\n", p.heading, len(p.lines), p.explanation)
	lines := p.distinctLines()
	fits := make([]bool, len(lines))
	room := limit - maxEmptyPart - b.Len() - len(p.header)
	for _, long := range []bool{false, true} {
		for i, line := range lines {
			if (len(line.text) > longLine) == long && len(line.text) <= room {
				fits[i] = true
				room -= len(line.text)
			}
		}
	}
	header, left := p.header, 0
	for i, line := range lines {
		if !fits[i] {
			left += line.times
			continue
		}
		b.WriteString(header + line.text)
		header = ""
	}
	if left > 0 {
		fmt.Fprintf(b, "\n**%d of %d are not shown here, because the text would be too long.**\n", left, len(p.lines))
	}
}

// changesLine is a line of a table, for a number of equal changes.
type changesLine struct {
	text  string
	times int
}

// distinctLines returns the lines of the part. Equal ones, which are next to each other,
// are one line with their number.
func (p *changesPart) distinctLines() (lines []changesLine) {
	for i := 0; i < len(p.lines); {
		line, times := p.lines[i], 1
		for i+times < len(p.lines) && p.lines[i+times] == line {
			times++
		}
		i += times
		if times > 1 {
			line = strings.TrimSuffix(line, " |\n") + fmt.Sprintf(" ×%d |\n", times)
		}
		lines = append(lines, changesLine{line, times})
	}
	return lines
}

// rowLines returns a line of a table for each row.
func rowLines(rows []Row) []string {
	lines := make([]string, len(rows))
	for i := range rows {
		lines[i] = "| " + userAndResource(&rows[i]) + " | " + wayIn(&rows[i], 1) + " |\n"
	}
	return lines
}

// changeLines returns a line of a table for each change.
func changeLines(changes []Change) []string {
	lines := make([]string, len(changes))
	plain := func(word string) string { return word }
	for i := range changes {
		c := &changes[i]
		before, after := changedCells(&c.Before, &c.After, namedCell, extraCell)
		change := words(c, plain, plain, plain)
		lines[i] = "| " + strings.Join([]string{
			userAndResource(&c.After), shown(&c.After, Account), strings.Join(change, "<br>"), strings.Join(before, "<br>"), strings.Join(after, "<br>"),
		}, " | ") + " |\n"
	}
	return lines
}

func userAndResource(r *Row) string {
	user, resource := r.only(UserName, UserType, UserStatus), r.only(ResourceName, ResourceType)
	return named(&user, UserName) + " | " + named(&resource, ResourceName)
}

// protectionWords describe in words what a change of a protection means.
var protectionWords = map[Protection]struct{ lost, gained string }{
	ProtectionGateway:    {"no longer requires a gateway", "now requires a gateway"},
	ProtectionRecording:  {"sessions are no longer recorded", "sessions are now recorded"},
	ProtectionApproval:   {"no longer requires approval", "now requires approval"},
	ProtectionMFA:        {"no longer requires MFA", "now requires MFA"},
	ProtectionPrivileges: {"no longer limited to user privileges", "now limited to user privileges"},
}

// words returns what changed in words: what was lost, what was gained, and what the
// provider cannot judge. Each is formatted by one of the functions.
func words[T any](c *Change, lost, gained, unclear func(string) T) (all []T) {
	for _, p := range c.Lost {
		all = append(all, lost(protectionWords[p].lost))
	}
	for _, p := range c.Gained {
		all = append(all, gained(protectionWords[p].gained))
	}
	if c.unclear() || len(all) == 0 {
		all = append(all, unclear("other changes"))
	}
	return all
}

// changedCells returns the cells that differ, formatted by cell, and those of unknown
// columns, formatted by extra.
func changedCells[T any](a, b *Row, cell func(*Row, Column) T, extra func(name, cell string, exists bool) T) (before, after []T) {
	for c := range columnCount {
		if a.Cell(c) != b.Cell(c) || a.MissingColumns.Has(c) != b.MissingColumns.Has(c) {
			before, after = append(before, cell(a, c)), append(after, cell(b, c))
		}
	}
	cellsBefore, cellsAfter := maps.Collect(a.Extra.All()), maps.Collect(b.Extra.All())
	names := slices.Compact(slices.Sorted(slices.Values(slices.Concat(a.Extra.Names(), b.Extra.Names()))))
	for _, name := range names {
		was, had := cellsBefore[name]
		is, has := cellsAfter[name]
		if was != is || had != has {
			before, after = append(before, extra(name, was, had)), append(after, extra(name, is, has))
		}
	}
	return before, after
}

// namedCell returns a cell with the name of its column.
func namedCell(r *Row, c Column) string { return c.String() + ": " + shown(r, c) }

// extraCell returns the cell of an unknown column with its name.
func extraCell(name, cell string, exists bool) string {
	switch {
	case !exists:
		return codeSpan(name) + ": *unknown*"
	case cell == "":
		return codeSpan(name) + ": *none*"
	}
	return codeSpan(name) + ": " + codeSpan(cell)
}
