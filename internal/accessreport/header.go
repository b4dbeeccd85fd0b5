package accessreport

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unique"
)

// layout says in which cell of a record each column stands.
type layout struct {
	width int              // cells in a record
	place [columnCount]int // absent where the report has no such column

	extra   []int                 // the cells of extra columns, sorted by header text
	headers unique.Handle[string] // of extra columns, for Extra
	unnamed []int                 // the cells below a header without text
}

// absent marks a column that the report does not have.
const absent = -1

// normalize leaves the small letters and digits of a header cell, so that
// "User Name", "user_name" and "userName" are one.
func normalize(cell string) string {
	if len(cell) > maxHeaderCell {
		return ""
	}
	return strings.Map(func(r rune) rune {
		switch {
		case 'A' <= r && r <= 'Z':
			return r - 'A' + 'a'
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9':
			return r
		}
		return -1
	}, cell)
}

// claims says which column a normalized spelling is of.
var claims = func() map[string]Column {
	claims := map[string]Column{}
	for c := range columns {
		for _, spelling := range columns[c].spellings {
			claims[spelling] = Column(c)
		}
	}
	return claims
}()

// delimiters are those a report may be written with, likeliest first (API
// contract, section 2.4).
var delimiters = []byte{',', ';', '\t'}

// minRecognised columns make a first record a header (API contract, section 2.5).
const minRecognised = 3

// sniff finds the dialect by which the first record makes most sense, and
// returns that record. Where it makes none by any, the delimiter is the comma.
func sniff(ctx context.Context, text string, mapping map[string]string) (best dialect, first []string, err error) {
	most := -1
	var beyond error
	for _, delimiter := range delimiters {
		d, record, failed := firstRecord(ctx, text, delimiter, mapping)
		if failed != nil {
			if ended := ctx.Err(); ended != nil {
				return dialect{}, nil, ended //nolint:wrapcheck // callers compare it
			}
			if format, ok := errors.AsType[*FormatError](failed); ok && format.bound {
				beyond = cmp.Or(beyond, failed)
			}
			err = cmp.Or(err, failed)
			continue
		}
		sense := findHeader(record, mapping).recognised
		if provenOrder(record) != nil {
			sense = int(columnCount)
		}
		if sense > most {
			most, best, first = sense, d, record
		}
	}
	switch {
	case most < minRecognised && beyond != nil:
		return dialect{}, nil, beyond
	case first == nil:
		return dialect{}, nil, err
	}
	return best, first, nil
}

// firstRecord reads the first record by a delimiter. Blanks belong to the
// dialect only if a header has them beside its delimiters.
func firstRecord(ctx context.Context, text string, delimiter byte, mapping map[string]string) (d dialect, first []string, err error) {
	for _, d := range []dialect{{delimiter, true}, {delimiter, false}} {
		s := newScanner(ctx, text, d)
		_, err = s.next()
		switch {
		case err != nil:
			// With blanks it may fail where it does not without.
		case !d.blanks, s.spaced && findHeader(s.cells, mapping).recognised >= minRecognised:
			return d, slices.Clone(s.cells), nil
		}
	}
	return dialect{}, nil, err
}

// begin returns a report of which the first record is known: its header, or its
// first row where that leaves no doubt.
func begin(first []string, mapping map[string]string) (*Report, error) {
	if order := provenOrder(first); order != nil {
		return &Report{layout: *order, Warnings: []string{
			"The report has no header. Its columns were recognised by their cells: in every row, the user type, the user status and the resource type stand where an access report has them.",
		}}, nil
	}
	h := findHeader(first, mapping)
	if h.recognised < minRecognised {
		return nil, &FormatError{Line: 1, Problem: "the header was not recognised", Header: first, Unclear: true}
	}
	h.findExtra(first)
	if len(h.doubts) > 0 {
		return nil, &FormatError{Line: 1, Problem: strings.Join(h.doubts, ", and "), Header: first}
	}
	report := &Report{Header: first, layout: h.layout}
	var missing []string
	for c := range columnCount {
		switch {
		case !report.Lacks(c) || mayLack(mapping, c):
		case c.optional():
			report.Warnings = append(report.Warnings, fmt.Sprintf(
				"The report has no column that was recognised as %s, which is null in all rows. Its header has these cells: %s.", c, quoteCells(first)))
		default:
			missing = append(missing, c.String())
		}
	}
	for _, c := range h.unmatched {
		report.Warnings = append(report.Warnings, fmt.Sprintf(
			"The report's header does not have %s, to which %s is mapped. It has these cells: %s.", quoteCells([]string{mapping[c.String()]}), c, quoteCells(first)))
	}
	if missing != nil {
		return nil, &FormatError{Line: 1, Problem: "no column was recognised as " + strings.Join(missing, ", "), Header: first}
	}
	return report, nil
}

// header is what was recognised in the first record.
type header struct {
	layout
	recognised int      // columns found
	doubts     []string // why a column could not be told, one clause each
	unmatched  []Column // mapped to a text that no cell has
}

// findHeader looks for the columns in the first record's cells. The user's own
// mapping goes first, then the spelling that is the column's own name, then its
// aliases. A cell that no column claims is an extra column. Two cells with an
// equal claim are a doubt, never a guess.
func findHeader(cells []string, mapping map[string]string) header {
	h := header{layout: layout{width: len(cells)}}
	for c := range h.place {
		h.place[c] = absent
	}
	mapped := h.findMapped(cells, mapping)
	var own, aliases [columnCount][]int
	for at, cell := range cells {
		spelling := normalize(cell)
		c, known := claims[spelling]
		switch {
		case !known || mapped[at]:
		case spelling == columns[c].spellings[0]:
			own[c] = append(own[c], at)
		default:
			aliases[c] = append(aliases[c], at)
		}
	}
	// A bare "name" is the user's only where the resource has its own name.
	if own[ResourceName] == nil {
		aliases[UserName] = slices.DeleteFunc(aliases[UserName], func(at int) bool { return normalize(cells[at]) == "name" })
	}
	for c := range columnCount {
		switch {
		case h.place[c] != absent:
		case own[c] != nil:
			h.claim(c, cells, own[c])
		default:
			h.claim(c, cells, aliases[c])
		}
	}
	return h
}

// findMapped finds the columns that the user's own mapping names, and returns
// the cells that they claim.
func (h *header) findMapped(cells []string, mapping map[string]string) (mapped map[int]bool) {
	claimedBy := map[int]Column{}
	for c := range columnCount {
		text := strings.TrimSpace(mapping[c.String()])
		if text == "" {
			continue
		}
		var places []int
		for at, cell := range cells {
			if len(cell) <= maxHeaderCell && strings.EqualFold(strings.TrimSpace(cell), text) {
				places = append(places, at)
			}
		}
		if places == nil {
			h.unmatched = append(h.unmatched, c)
			continue
		}
		h.claim(c, cells, places)
		at := places[0]
		if other, twice := claimedBy[at]; twice {
			h.doubts = append(h.doubts, fmt.Sprintf("%s and %s are both mapped to %s", other, c, quoteCells(cells[at:at+1])))
		}
		claimedBy[at] = c
		if mapped == nil {
			mapped = map[int]bool{}
		}
		mapped[at] = true
	}
	return mapped
}

func (h *header) claim(c Column, cells []string, places []int) {
	if len(places) == 0 {
		return
	}
	h.recognised++
	h.place[c] = places[0]
	if len(places) == 1 {
		return
	}
	var claimants []string
	for _, at := range places {
		claimants = append(claimants, cells[at])
	}
	h.doubts = append(h.doubts, fmt.Sprintf("more than one column could be %s (%s)", c, quoteCells(claimants)))
}

// findExtra finds the extra columns: the cells of the header that no column has
// claimed. Each must have a text of its own, so that nothing is lost in a map.
func (h *header) findExtra(cells []string) {
	for at, cell := range cells {
		switch {
		case len(cell) > maxHeaderCell:
			h.doubts = append(h.doubts, fmt.Sprintf("cell %d of the header is longer than %d bytes", at+1, maxHeaderCell))
		case slices.Contains(h.place[:], at):
		case strings.TrimSpace(cell) == "":
			h.unnamed = append(h.unnamed, at)
		default:
			h.extra = append(h.extra, at)
		}
	}
	slices.SortFunc(h.extra, func(a, b int) int { return cmp.Compare(cells[a], cells[b]) })
	var packed []byte
	for i, at := range h.extra {
		packed = pack(packed, cells[at])
		if i > 0 && cells[at] == cells[h.extra[i-1]] && (i < 2 || cells[at] != cells[h.extra[i-2]]) {
			h.doubts = append(h.doubts, "more than one column is called "+quoteCells(cells[at:at+1]))
		}
	}
	if packed != nil {
		h.headers = unique.Make(string(packed))
	}
}

// mayLack reports whether the user has said that reports may lack the column, by
// mapping it to no header text at all. A row without a user or without a
// resource would say nothing.
func mayLack(mapping map[string]string, c Column) bool {
	text, ok := mapping[c.String()]
	return ok && strings.TrimSpace(text) == "" && c != UserName && c != ResourceName
}

// orders are those in which the columns of a report without a header may stand:
// of a user report and of a resource report (API contract, section 2.1).
var orders = func() (orders [2]layout) {
	for i := range orders {
		for c := range columns {
			position := columns[c].bare[i]
			orders[i].place[c] = position - 1 // absent for 0
			orders[i].width = max(orders[i].width, position)
		}
	}
	return orders
}()

// provenOrder is the order that a record's cells prove, or nil.
func provenOrder(cells []string) *layout {
	for i := range orders {
		if orders[i].proves(cells) {
			return &orders[i]
		}
	}
	return nil
}

// proves reports whether a record's cells leave no doubt that it is a row in this
// order: its user type, user status and resource type are words that a header
// cannot hold in these places.
func (l *layout) proves(cells []string) bool {
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
