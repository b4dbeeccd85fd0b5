package opasim

import (
	"maps"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// paging is the kind of pagination of an endpoint.
type paging int

const (
	noList     paging = iota
	declared          // documented: count, offset, descending and prev (API.md, link-pagination)
	undeclared        // not documented, but possible (API.md, link-undeclared)
)

// The number of elements of a page (API.md, page-size).
const (
	defaultPageSize = 100
	maxPageSize     = 200
)

// parameters returns the query parameters of the pagination. If it is not
// documented, only links that the tenant returned have parameters.
func (p paging) parameters(pages bool) []string {
	switch {
	case p == declared:
		return []string{"count", "offset", "descending", "prev"}
	case p == undeclared && pages:
		return []string{"offset", "prev"}
	}
	return nil
}

// pageSize returns the maximum number of items in the response to a call.
func (s *Sim) pageSize(c *call) int {
	if c.route.paging == undeclared && (s.opts.PageSize == 0 || s.opts.DeclaredPages) {
		return math.MaxInt
	}
	size, limit := s.opts.PageSize, s.opts.PageSize
	if s.opts.PageSize == 0 {
		size, limit = defaultPageSize, maxPageSize
	}
	if count, err := strconv.Atoi(c.query.Get("count")); err == nil {
		return min(count, limit)
	}
	return size
}

// respondPage returns the page of items that the call requests.
func respondPage[T any](s *Sim, c *call, items []T, id func(T) string, wire func(T) any) *response {
	page, links, failure := paginate(s, c, items, id, wire)
	if failure != nil {
		return failure
	}
	return s.respondList(page, links)
}

// respondList returns a list (API.md, list-shape) with its links. list is usually
// an array of items.
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

// paginate returns the page that the call requests, and the links to the previous
// and the next page. The offset of a page is the id of the item before or after it,
// which clients must treat as opaque. An offset that no item has is an error.
func paginate[T any](
	s *Sim, c *call, items []T, id func(T) string, wire func(T) any,
) (page []any, links []string, failure *response) {
	if s.opts.NoCount && c.query.Has("count") {
		return nil, nil, errorResponse(http.StatusBadRequest, badRequest, "count is not supported.")
	}
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
			return nil, nil, errorResponse(http.StatusBadRequest, badRequest, "There is no offset %q.", offset)
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

// link returns a link of a Link header (RFC 8288): the URL of the call with its
// complete query, at another page.
func (c *call) link(rel, offset string) string {
	query := maps.Clone(c.query)
	query.Set("offset", offset)
	query.Del("prev")
	if rel == "prev" {
		query.Set("prev", "true")
	}
	return "<" + c.origin + c.path + "?" + query.Encode() + `>; rel="` + rel + `"`
}
