package client

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/tomnomnom/linkheader"
)

// withQuery adds a query to an address, if there is one.
func withQuery(address string, query url.Values) string {
	if len(query) == 0 {
		return address
	}
	return address + "?" + query.Encode()
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

// nextPage is where the list goes on, "" where it ends. A link that is not
// understood is an error: the rest of the list would be missed.
func (c *Client) nextPage(current string, header http.Header) (string, error) {
	here, err := url.Parse(current)
	if err != nil {
		return "", protocolErrorf("a page with the address %q", c.secrets.redact(current))
	}
	if size := len(strings.Join(header.Values("Link"), "")); size > maxLinks {
		return "", protocolErrorf("Link headers of more than 64 KiB")
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
			if len(next.String()) > maxPageAddress {
				return "", protocolErrorf("a link to a next page of more than 8 KiB")
			}
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
