package client

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// element is an element of a list.
type element[T any] interface {
	// key returns the id in one spelling, "" if the element has none.
	key() string
	// newer returns the receiver or another copy of the same element that was
	// read later, whichever is more recent.
	newer(later T) T
}

// list reads all pages of a list. It returns each element once, in the order of
// the list, and the server's time at the last page.
func list[T element[T]](ctx context.Context, c *Client, p *progress, address string) (elements []T, date time.Time, err error) {
	var read [][]T
	err = pages(ctx, c, p, address, func(page []T, at time.Time, _ bool) bool {
		read, date = append(read, page), at
		return true
	})
	if err != nil {
		return nil, time.Time{}, err
	}
	return unique(slices.Concat(read...)), date, nil
}

// readFirstPage returns the elements of the first page of a list, and whether it is the
// last.
func readFirstPage[T element[T]](ctx context.Context, c *Client, address string) (first []T, last bool, err error) {
	err = pages(ctx, c, nil, address, func(page []T, _ time.Time, isLast bool) bool {
		first, last = page, isLast
		return false
	})
	return first, last, err
}

// largePage is the number of elements of a page to request. It is probably the maximum
// (API.md, page-size).
const largePage = "200"

// listLargePages is like list, with fewer requests. Pages must be read one after the
// other, because the offset in the link to the next page is opaque. A tenant that refuses
// the size of the pages is asked again without.
func listLargePages[T element[T]](ctx context.Context, c *Client, address string, query url.Values) ([]T, error) {
	large := maps.Clone(query)
	if large == nil {
		large = url.Values{}
	}
	large.Set("count", largePage)
	elements, _, err := list[T](ctx, c, nil, withQuery(address, large))
	if isStatus(err, http.StatusBadRequest, http.StatusUnprocessableEntity) {
		elements, _, err = list[T](ctx, c, nil, withQuery(address, query))
	}
	return elements, err
}

// unique merges copies of an element: pages overlap if elements are added between two
// requests.
func unique[T element[T]](elements []T) []T {
	places := make(map[string]int, len(elements))
	kept := elements[:0]
	for _, e := range elements {
		if place, ok := places[e.key()]; ok {
			kept[place] = kept[place].newer(e)
			continue
		}
		places[e.key()] = len(kept)
		kept = append(kept, e)
	}
	return kept
}

// pages reads a list page by page, as long as visit returns true. Any list may
// have pages, even if that is not documented (API.md, link-undeclared).
func pages[T element[T]](ctx context.Context, c *Client, p *progress, address string, visit func(page []T, date time.Time, last bool) (more bool)) error {
	read := pagination{visited: map[string]bool{}, known: map[string]bool{}, large: c.largeList}
	defer read.end()
	for address != "" {
		read.visited[address] = true
		resp, err := c.do(ctx, request{method: http.MethodGet, url: address, progress: p})
		if err != nil {
			return err
		}
		page, claim, err := decodePage[T](ctx, resp, c.largeBody)
		if err != nil {
			return err
		}
		if address, err = c.nextPage(address, resp.header); err != nil {
			return err
		}
		if address == "" && claim != (ServerText{}) {
			return protocolErrorf("a list indicates more pages (%s), but has no Link header with the next page", claim)
		}
		if err := advance(ctx, &read, page, len(resp.body), address); err != nil {
			return err
		}
		if !visit(page, resp.date, address == "") {
			return nil
		}
	}
	return nil
}

// pagination is the state of reading a list.
type pagination struct {
	visited map[string]bool // addresses of pages
	known   map[string]bool // keys of elements
	bytes   int
	empty   int // number of consecutive empty pages

	large slot
	held  bool // the slot
}

// end releases the slot.
func (p *pagination) end() {
	if p.held {
		p.large.release()
	}
}

// advance records a page that was read, and returns an error for a list without an end.
func advance[T element[T]](ctx context.Context, p *pagination, page []T, size int, next string) error {
	before := len(p.known)
	for _, e := range page {
		if e.key() == "" {
			return protocolErrorf("a list has an element without an ID")
		}
		p.known[e.key()] = true
	}
	p.bytes += size
	p.empty++
	if len(page) > 0 {
		p.empty = 0
	}
	switch {
	case len(p.known) > maxListElements:
		return protocolErrorf("a list has more than %d elements", maxListElements)
	case p.bytes > maxListBytes:
		return protocolErrorf("a list is larger than 256 MiB")
	case next == "":
		return nil
	case p.visited[next]:
		return protocolErrorf("the pages of a list form a loop")
	case len(page) > 0 && len(p.known) == before:
		return protocolErrorf("the pages of a list repeat: a page before the last has no new elements")
	case p.empty > maxEmptyPages:
		return protocolErrorf("a list has more than %d consecutive empty pages", maxEmptyPages)
	case len(p.visited) == maxPages:
		return protocolErrorf("a list has more than %d pages", maxPages)
	case p.bytes > largeList && !p.held:
		err := p.large.take(ctx)
		p.held = err == nil
		return err
	}
	return nil
}
