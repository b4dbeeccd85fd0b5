package client

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/tomnomnom/linkheader"
)

// list reads all pages of a list and gives its elements in their order, and the
// server's time at the last page.
func list[T any](ctx context.Context, c *Client, address string) (elements []T, date time.Time, err error) {
	err = pages(ctx, c, address, func(page []T, at time.Time) bool {
		elements, date = append(elements, page...), at
		return true
	})
	if err != nil {
		return nil, time.Time{}, err
	}
	return elements, date, nil
}

// pages reads a list page by page, as long as visit wants to go on. Any list may
// have pages, also one that is not documented to (section 9.2).
func pages[T any](ctx context.Context, c *Client, address string, visit func(page []T, date time.Time) (more bool)) error {
	visited := map[string]bool{}
	for address != "" {
		if len(visited) == maxPages {
			return protocolErrorf("a list of more than %d pages", maxPages)
		}
		visited[address] = true
		answer, err := c.do(ctx, request{method: http.MethodGet, url: address})
		if err != nil {
			return err
		}
		raw, err := answer.listed()
		if err != nil {
			return err
		}
		page, err := flatten([]T(nil), raw)
		if err != nil {
			return err
		}
		if address, err = c.nextPage(address, answer.header); err != nil {
			return err
		}
		if visited[address] {
			return protocolErrorf("a list whose pages lead in a circle")
		}
		if !visit(page, answer.date) {
			return nil
		}
	}
	return nil
}

// maxPages bounds a list that would never end.
const maxPages = 10_000

// listed is the list in an answer. It may be null, and it may be missing where
// there is nothing else either (section 9.2); an answer that says something else
// instead is no empty list.
func (r *response) listed() (json.RawMessage, error) {
	var fields map[string]json.RawMessage
	if err := r.decodeJSON(&fields); err != nil {
		return nil, err
	}
	list, ok := fields["list"]
	if fields == nil || !ok && len(fields) > 0 {
		return nil, protocolErrorf("JSON without a list")
	}
	return list, nil
}

// withQuery adds a query to an address, if there is one.
func withQuery(address string, query url.Values) string {
	if len(query) == 0 {
		return address
	}
	return address + "?" + query.Encode()
}

// allHaveIDs refuses a list with something in it that cannot be told from others.
func allHaveIDs[T any](elements []T, id func(T) string) error {
	if slices.ContainsFunc(elements, func(element T) bool { return id(element) == "" }) {
		return protocolErrorf("a list with an element that has no id")
	}
	return nil
}

// optional is a field that only describes, and whose form is not sure: in
// another form than T's it is left out, and does not stand in the way of the rest.
type optional[T any] struct {
	Value T
}

// UnmarshalJSON reads the field, if it can be read.
func (o *optional[T]) UnmarshalJSON(raw []byte) error {
	var value T
	if json.Unmarshal(raw, &value) == nil {
		o.Value = value
	}
	return nil
}

// flatten appends the elements of a list that may hold lists, as the list of
// reports does in one of its two descriptions (section 1.3).
func flatten[T any](elements []T, raw json.RawMessage) ([]T, error) {
	raw = bytes.TrimSpace(raw)
	switch {
	case len(raw) == 0 || string(raw) == "null":
		return elements, nil
	case raw[0] == '[':
		var items []json.RawMessage
		if err := json.Unmarshal(raw, &items); err != nil {
			return nil, protocolErrorf("a list that is not of the known form (%s)", describeJSON(err))
		}
		for _, item := range items {
			if string(bytes.TrimSpace(item)) == "null" {
				return nil, protocolErrorf("a list with nothing in the place of an element")
			}
			var err error
			if elements, err = flatten(elements, item); err != nil {
				return nil, err
			}
		}
		return elements, nil
	}
	var element T
	if err := json.Unmarshal(raw, &element); err != nil {
		return nil, protocolErrorf("a list with an element that is not of the known form (%s)", describeJSON(err))
	}
	return append(elements, element), nil
}

// nextPage is where the list goes on, "" where it ends. A link that is not
// understood is an error: the rest of the list would be missed.
func (c *Client) nextPage(current string, header http.Header) (string, error) {
	here, err := url.Parse(current)
	if err != nil {
		return "", protocolErrorf("a page with the address %q", c.secrets.redact(current))
	}
	for _, link := range parseLinks(header.Values("Link")) {
		for rel := range strings.FieldsSeq(link.Rel) {
			if !strings.EqualFold(rel, "next") {
				continue
			}
			next, err := here.Parse(link.URL)
			if err != nil {
				return "", protocolErrorf("a link to a next page that is no address")
			}
			if next.Scheme != c.origin.Scheme || !strings.EqualFold(next.Host, c.origin.Host) || next.User != nil {
				return "", protocolErrorf("a link to a next page on another server, %s://%s, to which no credential may be sent", c.secrets.redact(next.Scheme), c.secrets.redact(next.Host))
			}
			next.Fragment = ""
			return next.String(), nil
		}
	}
	if slices.ContainsFunc(header.Values("Link"), relNext.MatchString) {
		return "", protocolErrorf("a link that seems to lead to a next page but cannot be read")
	}
	return "", nil
}

// relNext finds what says next to a reader, even where the header is malformed.
var relNext = regexp.MustCompile(`(?i)\brel\s*=[^;,]*\bnext\b`)

// parseLinks reads Link headers (RFC 8288). The library cuts at every comma and
// semicolon, so those inside an address are hidden from it.
func parseLinks(values []string) linkheader.Links {
	const hiddenComma, hiddenSemicolon = "\x00", "\x01"
	hide := strings.NewReplacer(",", hiddenComma, ";", hiddenSemicolon)
	show := strings.NewReplacer(hiddenComma, ",", hiddenSemicolon, ";")
	links := make(linkheader.Links, 0, len(values))
	for _, value := range values {
		var hidden strings.Builder
		for value != "" {
			before, rest, found := strings.Cut(value, "<")
			hidden.WriteString(before)
			if !found {
				break
			}
			address, after, closed := strings.Cut(rest, ">")
			if !closed {
				break
			}
			hidden.WriteString("<" + hide.Replace(address) + ">")
			value = after
		}
		for _, link := range linkheader.Parse(hidden.String()) {
			link.URL = show.Replace(link.URL)
			links = append(links, link)
		}
	}
	return links
}
