package client

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
)

// withQuery returns an address with a query, if the query is not empty.
func withQuery(address string, query url.Values) string {
	if len(query) == 0 {
		return address
	}
	return address + "?" + query.Encode()
}

// optional is a descriptive field whose type is not certain. If a value is not
// a T, Value is zero and Invalid is true.
type optional[T any] struct {
	Value   T
	Set     bool // there was a value other than null
	Invalid bool
}

// UnmarshalJSON implements json.Unmarshaler. It never fails.
func (o *optional[T]) UnmarshalJSON(raw []byte) error {
	var value T
	o.Set = string(raw) != "null"
	if o.Invalid = json.Unmarshal(raw, &value) != nil; !o.Invalid {
		o.Value = value
	}
	return nil
}

// nextPage returns the address of the next page of a list, or "" for the last page
// (API.md, link-pagination). A link that cannot be parsed is an error, because the
// rest of the list would be missing.
func (c *Client) nextPage(current string, header http.Header) (string, error) {
	here, err := url.Parse(current)
	if err != nil {
		return "", protocolErrorf("a page has the invalid URL %q", c.secrets.redact(current))
	}
	links := header.Values("Link")
	if size := len(strings.Join(links, "")); size > maxLinks {
		return "", protocolErrorf("the Link headers are larger than 64 KiB")
	}
	link, found, unreadable := findNext(links)
	switch {
	case unreadable:
		return "", protocolErrorf("the link to the next page cannot be read")
	case !found:
		return "", nil
	}
	next, err := here.Parse(link.address)
	if err != nil {
		return "", protocolErrorf("the link to the next page is not a valid URL")
	}
	if next.Scheme != c.origin.Scheme || !strings.EqualFold(next.Host, c.origin.Host) || next.User != nil {
		return "", protocolErrorf("the link to the next page is on another host, %s://%s, to which the provider does not send credentials", c.secrets.redact(next.Scheme), c.secrets.redact(next.Host))
	}
	next.Fragment = ""
	if len(next.String()) > maxPageAddress {
		return "", protocolErrorf("the link to the next page is longer than 8 KiB")
	}
	return next.String(), nil
}
