package opasim

import (
	"maps"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// paging is how an endpoint's list may be asked for in pages.
type paging int

const (
	noList     paging = iota
	declared          // the specification has count, offset, descending and prev
	undeclared        // it has none; pages may come all the same (§9.2)
)

const (
	usualPage   = 100 // §9.2
	largestPage = 200
)

// parameters are the query parameters that belong to paging. Where no paging is
// declared, only the links that were given out hold any.
func (p paging) parameters(pages bool) []string {
	switch {
	case p == declared:
		return []string{"count", "offset", "descending", "prev"}
	case p == undeclared && pages:
		return []string{"offset", "prev"}
	}
	return nil
}

// pageSize is how many items the answer to this call holds at most.
func (s *Sim) pageSize(c *call) int {
	usual, largest := s.opts.PageSize, s.opts.PageSize
	if s.opts.PageSize == 0 {
		if c.route.paging == undeclared {
			return math.MaxInt
		}
		usual, largest = usualPage, largestPage
	}
	if count, err := strconv.Atoi(c.query.Get("count")); err == nil {
		return min(count, largest)
	}
	return usual
}

// list answers with the page of items that the call asks for.
func list[T any](s *Sim, c *call, items []T, id func(T) string, wire func(T) any) *response {
	page, links, refusal := paginate(s, c, items, id, wire)
	if refusal != nil {
		return refusal
	}
	return s.respondList(page, links)
}

// respondList sends what list holds, an array of items mostly, and its links.
func (s *Sim) respondList(list any, links []string) *response {
	resp := respondJSON(http.StatusOK, map[string]any{"list": list})
	if len(links) > 0 && !s.opts.LinkLines {
		links = []string{strings.Join(links, ", ")}
	}
	for _, link := range links {
		resp.header.Add("Link", link)
	}
	return resp
}

// paginate returns the page that the call asks for, and the links to the pages
// around it. The offset of a page is the id of the item next to it, which is as
// good as opaque; an offset that no item has is refused.
func paginate[T any](
	s *Sim, c *call, items []T, id func(T) string, wire func(T) any,
) (page []any, links []string, refusal *response) {
	if c.query.Get("descending") == "true" {
		items = slices.Clone(items)
		slices.Reverse(items)
	}
	size, back := s.pageSize(c), c.query.Get("prev") == "true"
	from, to := 0, len(items)
	if offset := c.query.Get("offset"); offset != "" {
		at := slices.IndexFunc(items, func(item T) bool { return id(item) == offset })
		switch {
		case at < 0:
			return nil, nil, fail(http.StatusBadRequest, badRequest, "There is no offset %q.", offset)
		case back:
			to = at
		default:
			from = at + 1
		}
	}
	if back {
		from = max(from, to-size)
	} else if to-from > size {
		to = from + size
	}

	page = make([]any, 0, to-from)
	for _, item := range items[from:to] {
		page = append(page, wire(item))
	}
	if from > 0 && from < len(items) {
		links = append(links, c.link("prev", id(items[from])))
	}
	if to < len(items) && to > 0 {
		links = append(links, c.link("next", id(items[to-1])))
	}
	return page, links, nil
}

// link is one link of a Link header (RFC 8288): this call's URL, with all of
// its query, moved to another page.
func (c *call) link(rel, offset string) string {
	query := maps.Clone(c.query)
	query.Set("offset", offset)
	query.Del("prev")
	if rel == "prev" {
		query.Set("prev", "true")
	}
	return "<" + c.origin + c.path + "?" + query.Encode() + `>; rel="` + rel + `"`
}
