package accessreport

import "fmt"

// changesSection returns changes as the page shows them: those to worry about first.
func changesSection(c *Changes) pageSection {
	weakened, granted, altered := len(c.Weakened), len(c.Granted), len(c.Altered)
	return pageSection{
		ID: "changes", Heading: "Changes",
		Totals: []total{
			{weakened, "weakened", weakened > 0},
			{granted, "granted", granted > 0},
			{altered, "altered in another way", altered > 0},
			{len(c.Strengthened), "strengthened", false},
			{len(c.Revoked), "revoked", false},
			{len(c.Unchanged), "unchanged", false},
		},
		Parts: []pagePart{
			newPart("Weakened", aboutWeakened, "No access was weakened.", true, listOfChanges("weakened", c.Weakened)),
			newPart("Granted", aboutGranted, "No access was granted.", true, listOfRows("granted", c.Granted)),
			newPart("Altered", aboutAltered,
				"No access changed in another way.", true, listOfChanges("altered", c.Altered)),
			newPart("Strengthened", aboutStrengthened,
				"No access was strengthened.", false, listOfChanges("strengthened", c.Strengthened)),
			newPart("Revoked", aboutRevoked, "No access was revoked.", false, listOfRows("revoked", c.Revoked)),
		},
	}
}

// newPart returns a part with a text for its list, or for an empty one.
func newPart(heading, text, ifEmpty string, alarming bool, list *pageList) pagePart {
	if list.Len() == 0 {
		text = ifEmpty
	}
	return pagePart{heading, text, alarming && list.Len() > 0, list}
}

// listOfChanges returns a list of changes: what was lost and gained, and the cells that
// differ.
func listOfChanges(id string, changes []Change) *pageList {
	l := newPageList(id, "rows changes", "User", "Resource", "Account", "Change", "Before", "After")
	for i := range changes {
		c := &changes[i]
		cells := cellsOfRow(&c.After)
		change := words(c, badge("none"), badge("mfa"), badge("other"))
		before, after := differences(&c.Before, &c.After)
		l.add([]pageCell{cells[0], cells[1], cells[2], change, before, after})
	}
	return l
}

// badge returns a function that returns a word of the page as a badge of a kind.
func badge(kind string) func(word string) pageText {
	return func(word string) pageText { return pageText{word, pageWord, kind} }
}

// differences returns the cells that differ, each after its name.
func differences(a, b *Row) (before, after pageCell) {
	cell := func(r *Row, c Column) pageCell {
		name := pageText{columns[c].heading + ":", pageWord, "label"}
		if c == Conditions {
			return append(pageCell{name}, conditionBadges(r)...)
		}
		if c == Privileges {
			return pageCell{name, textOf(r, c, "plain")}
		}
		return pageCell{name, textOf(r, c, "")}
	}
	extra := func(name, cell string, exists bool) pageCell {
		text := textOr(cell, "none", "")
		if !exists {
			text = pageText{"unknown", placeholder, ""}
		}
		return pageCell{{Text: visible(name) + ":", Class: "label"}, text}
	}
	left, right := changedCells(a, b, cell, extra)
	for i := range left {
		before, after = append(before, left[i]...), append(after, right[i]...)
	}
	return before, after
}

// after returns the rows after the changes.
func (c *Changes) after() []Row {
	rows := append(append([]Row{}, c.Granted...), c.Unchanged...)
	for _, part := range [][]Change{c.Weakened, c.Strengthened, c.Altered} {
		for i := range part {
			rows = append(rows, part[i].After)
		}
	}
	return rows
}

// otherRows returns a warning if a section of the page is not about exactly the rows of
// the list.
func otherRows(section string, rows, others []Row) []string {
	d := Diff(rows, others)
	missing, surplus := len(d.Removed), len(d.Added)
	if missing == 0 && surplus == 0 {
		return nil
	}
	return []string{fmt.Sprintf("The section %q is about other rows than the list: %s of the list %s missing in it, and it has %s that the list does not have.",
		section, count(missing, "row", "rows"), plural(missing, "is", "are"), count(surplus, "row", "rows"))}
}
