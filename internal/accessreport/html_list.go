package accessreport

import (
	"encoding/json"
	"html/template"
	"strings"
)

// pageList is a table of the page. The page contains it as data, from which its script
// creates the rows that are shown, because browsers need seconds for thousands of rows.
// Browsers without scripts show a table of the first maxWithoutScripts rows.
type pageList struct {
	ID      string       `json:"id"`    // of the table
	Class   string       `json:"class"` // of the table, in the style of the page
	Columns []pageColumn `json:"columns"`
}

// pageColumn contains each distinct cell of a column once.
type pageColumn struct {
	Heading string     `json:"heading"`
	Cells   []pageCell `json:"cells"`
	Rows    []int      `json:"rows"` // the index of the cell of each row

	index map[string]int // of the cells, by their keys
}

// MarshalJSON returns the column. If all cells are distinct, each is that of one row, and
// the rows are null.
func (c *pageColumn) MarshalJSON() ([]byte, error) {
	type column pageColumn // without this method
	written := column(*c)
	if len(c.Rows) == len(c.Cells) {
		written.Rows = nil
	}
	return json.Marshal(written)
}

// pageCell is a cell of a table: texts, with a space between them.
type pageCell []pageText

// Plain reports whether the cell is a text of a tenant without a class. Such a text needs
// no element: it is alone, and cannot change the order in which others are shown.
func (c pageCell) Plain() bool { return len(c) == 1 && c[0].Kind == tenantText && c[0].Class == "" }

// MarshalJSON returns the texts as a list, or a plain one as a string: the time to open a
// page grows with its length.
func (c pageCell) MarshalJSON() ([]byte, error) {
	if c.Plain() {
		return json.Marshal(c[0].Text)
	}
	return json.Marshal([]pageText(c))
}

// pageText is a text in a cell.
type pageText struct {
	Text  string
	Kind  textKind
	Class string // in the style of the page
}

// textKind is the origin of a text. The page formats each differently, because a user's
// name may be "none".
type textKind int

const (
	tenantText  textKind = iota // text of a report or an approval
	placeholder                 // for an empty or missing cell
	pageWord                    // a word of this page
)

// Placeholder reports whether the text is shown in place of a cell.
func (t pageText) Placeholder() bool { return t.Kind == placeholder }

// Word reports whether the text is a word of the page.
func (t pageText) Word() bool { return t.Kind == pageWord }

// MarshalJSON returns the text, its class and its kind as a list, without those at its end
// that are zero.
func (t pageText) MarshalJSON() ([]byte, error) {
	parts := []any{t.Text, t.Class, t.Kind}
	switch {
	case t.Kind == tenantText && t.Class == "":
		parts = parts[:1]
	case t.Kind == tenantText:
		parts = parts[:2]
	}
	return json.Marshal(parts)
}

// newPageList returns a list without rows. Its class determines the headings on narrow
// screens.
func newPageList(id, class string, headings ...string) *pageList {
	l := &pageList{ID: id, Class: class, Columns: make([]pageColumn, len(headings))}
	for i, heading := range headings {
		l.Columns[i] = pageColumn{Heading: heading, index: map[string]int{}}
	}
	return l
}

// add appends a row, which has a cell for each column.
func (l *pageList) add(cells []pageCell) {
	for i, cell := range cells {
		l.Columns[i].add(cell)
	}
}

// Len returns the number of rows.
func (l *pageList) Len() int { return len(l.Columns[0].Rows) }

func (c *pageColumn) add(cell pageCell) {
	key := cell.key()
	i, ok := c.index[key]
	if !ok {
		i = len(c.Cells)
		c.index[key] = i
		c.Cells = append(c.Cells, cell)
	}
	c.Rows = append(c.Rows, i)
}

// key returns a text that only equal cells have. Visible texts contain no control
// characters.
func (c pageCell) key() string {
	var b strings.Builder
	for _, text := range c {
		b.WriteString(text.Text)
		b.WriteByte(byte(text.Kind)) //nolint:gosec // one of a few constants
		b.WriteString(text.Class)
		b.WriteByte('\n')
	}
	return b.String()
}

// maxWithoutScripts is the maximum number of rows of a table without scripts. Browsers that
// run the script have to read it as well, and the page is in the state.
const maxWithoutScripts = 1000

// Rest returns how many rows the table without scripts does not have.
func (l *pageList) Rest() int { return max(0, l.Len()-maxWithoutScripts) }

// Table returns the rows of the table without scripts. The template escapes each
// distinct cell once.
func (l *pageList) Table() (template.HTML, error) {
	markup := make([][]string, len(l.Columns))
	var b strings.Builder
	rows := l.Len() - l.Rest()
	for i, column := range l.Columns {
		// Cells are in the order in which they occur first.
		for _, cell := range column.Cells[:min(rows, len(column.Cells))] {
			b.Reset()
			if err := pageTemplate.ExecuteTemplate(&b, "cell", cell); err != nil {
				return "", err
			}
			markup[i] = append(markup[i], b.String())
		}
	}
	b.Reset()
	for row := range rows {
		b.WriteString("<tr>")
		for i := range l.Columns {
			b.WriteString(markup[i][l.Columns[i].Rows[row]])
		}
		b.WriteByte('\n') // end tags are optional, and take time to read
	}
	return template.HTML(b.String()), nil //nolint:gosec // cells are escaped by the template
}
