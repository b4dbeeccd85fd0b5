package accessreport

import (
	"fmt"
	"slices"
	"strings"
)

// layout says in which cell of a record each column stands.
type layout struct {
	width int              // cells in a record
	place [columnCount]int // -1 where the report has no such column
}

// absent marks a column that the report does not have.
const absent = -1

// missing returns the columns that the report does not have.
func (l *layout) missing() (missing Columns) {
	for c, at := range l.place {
		if at == absent {
			missing = missing.With(Column(c))
		}
	}
	return missing
}

// normalize leaves the small letters and digits of a header cell, so that
// "User Name", "user_name" and "userName" are one.
func normalize(cell string) string {
	return strings.Map(func(r rune) rune {
		if c := normalizeRune(r); c != 0 {
			return c
		}
		return -1
	}, cell)
}

// normalizeRune returns the small letter or digit, or 0 for anything else.
func normalizeRune(c rune) rune {
	switch {
	case 'A' <= c && c <= 'Z':
		return c - 'A' + 'a'
	case 'a' <= c && c <= 'z', '0' <= c && c <= '9':
		return c
	}
	return 0
}

// minRecognized columns make a first record a header.
const minRecognized = 3

// header is what was recognized in the first record.
type header struct {
	layout
	recognized int      // columns found
	doubts     []string // why a column could not be told, one clause each
	unmatched  []Column // mapped to a text that no cell has
}

// findHeader looks for the columns in the first record's cells. The user's own
// mapping goes first, then the spelling that is the column's own name, then its
// aliases. A cell that no column claims is an extra column. Two cells with an
// equal claim are a doubt, never a guess.
func findHeader(cells []string, mapping map[string]string) header {
	h := header{layout: layout{width: len(cells)}}
	free := make([]string, len(cells)) // normalized, "" once claimed
	for i, cell := range cells {
		free[i] = normalize(cell)
	}
	// A bare "name" is the user's only where the resource has its own name.
	if !slices.Contains(free, columns[ResourceName].spellings[0]) {
		for i := range free {
			if free[i] == "name" {
				free[i] = ""
			}
		}
	}
	claimedBy := map[int]Column{}
	for c := range columnCount {
		h.place[c] = absent
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
			h.doubts = append(h.doubts, fmt.Sprintf("%s and %s are both mapped to %s", other, c, quoteCells(cells[at:at+1])))
		}
		claimedBy[at] = c
		free[at] = ""
	}
	for c := range columnCount {
		if h.place[c] != absent {
			continue
		}
		own, others := columns[c].spellings[0], columns[c].spellings[1:]
		claims := matching(free, func(cell string) bool { return cell == own })
		if claims == nil {
			claims = matching(free, func(cell string) bool { return slices.Contains(others, cell) })
		}
		h.claim(c, cells, claims)
	}
	return h
}

// mayLack says whether the user has said that reports may lack the column, by
// mapping it to no header text at all. A row without a user or without a
// resource would say nothing.
func mayLack(mapping map[string]string, c Column) bool {
	text, ok := mapping[c.String()]
	return ok && strings.TrimSpace(text) == "" && c != UserName && c != ResourceName
}

func (h *header) claim(c Column, cells []string, claims []int) {
	if len(claims) == 0 {
		return
	}
	h.recognized++
	h.place[c] = claims[0]
	if len(claims) == 1 {
		return
	}
	var claimants []string
	for _, at := range claims {
		claimants = append(claimants, cells[at])
	}
	h.doubts = append(h.doubts, fmt.Sprintf("multiple columns could be %s (%s)", c, quoteCells(claimants)))
}

// matching are the places of the cells that fit.
func matching(cells []string, fits func(cell string) bool) (places []int) {
	for i, cell := range cells {
		if fits(cell) {
			places = append(places, i)
		}
	}
	return places
}

// provenOrder returns the layout that a record's cells prove, or nil.
func provenOrder(cells []string) *layout {
	for i := range layouts {
		if layouts[i].proves(cells) {
			return &layouts[i]
		}
	}
	return nil
}

// proves says whether a record's cells leave no doubt that it is a row in this
// order: its user type, user status and resource type are words that a header
// cannot hold in these places.
func (l layout) proves(cells []string) bool {
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

// maxHeading is longer than any known heading.
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

// isHeading reports whether a cell, of at most maxHeading bytes, is a known
// spelling of any column. It is asked for each row, and does not allocate.
func isHeading(cell string) bool {
	var normalized [maxHeading]byte
	n := 0
	for i := range len(cell) {
		if c := normalizeRune(rune(cell[i])); c != 0 {
			normalized[n] = byte(c) //nolint:gosec // a small letter or digit
			n++
		}
	}
	return headings[string(normalized[:n])]
}
