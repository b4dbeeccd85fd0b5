package client

import (
	"regexp"
	"slices"
	"strings"
)

// link is one link of a Link header.
type link struct {
	address string
	rel     string // relation types, separated by blanks
}

// isNext reports whether the link leads to the next page.
func (l link) isNext() bool {
	return slices.ContainsFunc(strings.Fields(l.rel), func(rel string) bool { return strings.EqualFold(rel, "next") })
}

var (
	wordNext = regexp.MustCompile(`(?i)\bnext\b`)
	// relNext matches a relation to a next page in a header that cannot be parsed.
	relNext = regexp.MustCompile(`(?i)\brel\s*=[^;,]*\bnext\b`)
)

// findNext returns the first link to a next page in Link headers. If there is none,
// unreadable reports whether the headers seem to have one that cannot be parsed.
func findNext(headers []string) (next link, found, unreadable bool) {
	for _, header := range headers {
		links, complete := parseLinks(header)
		for _, l := range links {
			if l.isNext() {
				return l, true, false
			}
			unreadable = unreadable || wordNext.MatchString(l.rel)
		}
		unreadable = unreadable || !complete && relNext.MatchString(header)
	}
	return link{}, false, unreadable
}

// parseLinks parses a Link header (RFC 8288). If the header is malformed, it returns
// the links before the error, and complete is false. Blanks around "=" are an error,
// too: the RFC allows no sender to write them.
func parseLinks(header string) (links []link, complete bool) {
	p := linkParser{header}
	for {
		for p.skip(',') {
			// The list may have empty elements.
		}
		if p.rest == "" {
			return links, true
		}
		l, ok := p.link()
		if !ok {
			return links, false
		}
		links = append(links, l)
		p.blanks()
		if p.rest != "" && p.rest[0] != ',' {
			return links, false
		}
	}
}

// linkParser parses the rest of a header.
type linkParser struct{ rest string }

func (p *linkParser) blanks() { p.rest = strings.TrimLeft(p.rest, " \t") }

// skip skips blanks, then a character, and reports whether it was there.
func (p *linkParser) skip(c byte) bool {
	p.blanks()
	return p.take(c)
}

// take takes a character, and reports whether it was there.
func (p *linkParser) take(c byte) bool {
	if p.rest == "" || p.rest[0] != c {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

func (p *linkParser) link() (l link, ok bool) {
	if !p.skip('<') {
		return link{}, false
	}
	if l.address, p.rest, ok = strings.Cut(p.rest, ">"); !ok {
		return link{}, false
	}
	var rels []string
	for p.skip(';') {
		name, value, ok := p.parameter()
		if !ok {
			return link{}, false
		}
		if strings.EqualFold(name, "rel") {
			rels = append(rels, value)
		}
	}
	l.rel = strings.Join(rels, " ")
	return l, true
}

// parameter parses name, name=token or name="text". The name may be missing.
func (p *linkParser) parameter() (name, value string, ok bool) {
	p.blanks()
	name = p.token()
	if !p.take('=') {
		return name, "", true
	}
	if p.take('"') {
		value, ok = p.quoted()
		return name, value, ok
	}
	value = p.token()
	return name, value, value != ""
}

// token parses a token. It accepts more characters than the RFC, such as those of
// an unquoted address.
func (p *linkParser) token() string {
	end := strings.IndexAny(p.rest, " \t,;=\"<>")
	if end < 0 {
		end = len(p.rest)
	}
	token := p.rest[:end]
	p.rest = p.rest[end:]
	return token
}

// quoted parses the rest of a quoted string.
func (p *linkParser) quoted() (string, bool) {
	var text strings.Builder
	for i := 0; i < len(p.rest); i++ {
		switch c := p.rest[i]; {
		case c == '"':
			p.rest = p.rest[i+1:]
			return text.String(), true
		case c == '\\' && i+1 < len(p.rest):
			i++
			text.WriteByte(p.rest[i])
		default:
			text.WriteByte(c)
		}
	}
	return "", false
}
