package accessreport

import (
	"fmt"
	"slices"
	"strings"
)

// layout is the position of each column in a record.
type layout struct {
	width int              // cells in a record
	place [columnCount]int // -1 where the report has no such column
}

// absent marks a column that the report does not have.
const absent = -1

// missing returns the columns that the report does not have.
func (l layout) missing() (missing Columns) {
	for c, at := range l.place {
		if at == absent {
			missing = missing.With(Column(c))
		}
	}
	return missing
}

// normalize returns the letters and digits of a header cell in lower case, so that
// "User Name", "user_name" and "userName" are equal.
func normalize(cell string) string {
	return strings.Map(func(r rune) rune {
		if c := normalizeRune(r); c != 0 {
			return c
		}
		return -1
	}, cell)
}

// normalizeRune returns a letter in lower case, a digit, or 0 for anything else.
func normalizeRune(c rune) rune {
	switch {
	case 'A' <= c && c <= 'Z':
		return c - 'A' + 'a'
	case 'a' <= c && c <= 'z', '0' <= c && c <= '9':
		return c
	}
	return 0
}

// minRecognized is the minimum number of recognized columns in a header
// (API.md, csv-header-minimum).
const minRecognized = 3

// header is what was recognized in the first record.
type header struct {
	layout
	recognized int      // columns found
	problems   []string // why a column could not be identified, as clauses
	unmatched  []Column // mapped to a text that no cell has
}

// findHeader recognizes the columns in the cells of the first record. The user's
// mapping takes precedence, then a column's own name, then its aliases. A cell that
// no column claims is an extra column. If two cells match a column equally well,
// that is a problem: findHeader does not guess.
func findHeader(cells []string, mapping map[string]string) header {
	h := header{layout: layout{width: len(cells)}}
	for c := range h.place {
		h.place[c] = absent
	}
	free := normalizeHeader(cells)
	h.claimMapped(cells, free, mapping)
	h.claimKnown(cells, free)
	return h
}

// normalizeHeader returns the normalized cells of a header. A cell "name" is empty
// unless another cell is the name of the resource: it may be either name.
func normalizeHeader(cells []string) []string {
	normalized := make([]string, len(cells))
	for i, cell := range cells {
		normalized[i] = normalize(cell)
	}
	if slices.Contains(normalized, columns[ResourceName].spellings[0]) {
		return normalized
	}
	for i := range normalized {
		if normalized[i] == "name" {
			normalized[i] = ""
		}
	}
	return normalized
}

// claimMapped finds the columns that the user mapped to a header text. It empties
// the cells in free that they claim.
func (h *header) claimMapped(cells, free []string, mapping map[string]string) {
	claimedBy := map[int]Column{}
	for c := range columnCount {
		text := strings.TrimSpace(mapping[c.String()])
		if text == "" {
			continue
		}
		h.claim(c, cells, matching(cells, func(cell string) bool { return strings.EqualFold(strings.TrimSpace(cell), text) }))
		at := h.place[c]
		if at == absent {
			h.unmatched = append(h.unmatched, c)
			continue
		}
		if other, twice := claimedBy[at]; twice {
			h.problems = append(h.problems, fmt.Sprintf("%s and %s are both mapped to %s", other, c, quoteCells(cells[at:at+1])))
		}
		claimedBy[at] = c
		free[at] = ""
	}
}

// claimKnown finds the other columns by their known spellings in the free cells.
func (h *header) claimKnown(cells, free []string) {
	for c := range columnCount {
		if h.place[c] != absent {
			continue
		}
		name, aliases := columns[c].spellings[0], columns[c].spellings[1:]
		claims := matching(free, func(cell string) bool { return cell == name })
		if claims == nil {
			claims = matching(free, func(cell string) bool { return slices.Contains(aliases, cell) })
		}
		h.claim(c, cells, claims)
	}
}

// claim assigns a column to the first of the cells that match it. Several matches
// are a problem.
func (h *header) claim(c Column, cells []string, matches []int) {
	if len(matches) == 0 {
		return
	}
	h.recognized++
	h.place[c] = matches[0]
	if len(matches) == 1 {
		return
	}
	var texts []string
	for _, at := range matches {
		texts = append(texts, cells[at])
	}
	h.problems = append(h.problems, fmt.Sprintf("multiple columns could be %s (%s)", c, quoteCells(texts)))
}

// isOptional reports whether the user declared that reports may not have the column,
// by mapping it to an empty text. The names of user and resource are always required.
func isOptional(mapping map[string]string, c Column) bool {
	text, ok := mapping[c.String()]
	return ok && strings.TrimSpace(text) == "" && c != UserName && c != ResourceName
}

// matching returns the positions of the cells that match.
func matching(cells []string, matches func(cell string) bool) (places []int) {
	for i, cell := range cells {
		if matches(cell) {
			places = append(places, i)
		}
	}
	return places
}

// layoutOfRow returns the layout that the cells of a row identify, or nil.
func layoutOfRow(cells []string) *layout {
	for i := range layouts {
		if layouts[i].identifiedBy(cells) {
			return &layouts[i]
		}
	}
	return nil
}

// identifiedBy reports whether a record is certainly a row in this layout: its user
// type, user status and resource type are values that a header cannot have there.
func (l layout) identifiedBy(cells []string) bool {
	return len(cells) == l.width &&
		isOneOf(cells[l.place[UserType]], "human", "service") &&
		isOneOf(cells[l.place[UserStatus]], "ACTIVE", "DISABLED", "DELETED") &&
		isOneOf(cells[l.place[ResourceType]], "server")
}

func isOneOf(cell string, words ...string) bool {
	for _, word := range words {
		if strings.EqualFold(cell, word) {
			return true
		}
	}
	return false
}

// maxHeading is the maximum length of a cell that can be a known heading.
const maxHeading = 40

// headings are the normalized spellings of all columns.
var headings = func() map[string]bool {
	headings := map[string]bool{}
	for _, column := range columns {
		for _, spelling := range column.spellings {
			headings[spelling] = true
		}
	}
	return headings
}()

// IsHeading reports whether a cell is a known spelling of any column.
func IsHeading(cell string) bool {
	return len(cell) <= maxHeading && normalize(cell) != "" && isHeading(cell)
}

// isHeading reports whether a cell, of at most maxHeading bytes, is a known
// spelling of any column. It is called for each row, so it does not allocate.
func isHeading(cell string) bool {
	var normalized [maxHeading]byte
	n := 0
	for i := range len(cell) {
		if c := normalizeRune(rune(cell[i])); c != 0 {
			normalized[n] = byte(c) //nolint:gosec // ASCII
			n++
		}
	}
	return headings[string(normalized[:n])]
}
