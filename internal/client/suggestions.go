package client

import (
	"cmp"
	"context"
	"maps"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Limits of the search for similar names.
const (
	maxSuggestions = 3
	// A configuration with more wrong names has another problem, and each one costs up
	// to three requests.
	maxSuggested       = 5
	suggestionsTimeout = 5 * time.Second
)

// suggest adds names to a *NotFoundError that its value may have meant. It reads one page
// of names that contain the value, and, while none is similar, one page of all names and
// one of each further query. Failures only mean that there are no suggestions.
func suggest[T element[T]](
	ctx context.Context, c *Client, missing *NotFoundError, address, filter string, similar func(T) (name string, like likeness), more ...url.Values,
) {
	if c.suggested.Add(1) > maxSuggested {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, suggestionsTimeout)
	defer cancel()
	for _, query := range append([]url.Values{{filter: {stem(missing.Object, missing.Value)}}, nil}, more...) {
		found := map[string]likeness{}
		for _, element := range firstPage[T](ctx, c, withQuery(address, query)) {
			name, like := similar(element)
			switch {
			case name == missing.Value:
				return // it exists, but other arguments exclude it
			case like > unlike:
				found[name] = max(found[name], like)
			}
		}
		if len(found) > 0 {
			missing.suggest(found, c.secrets.redact)
			return
		}
	}
}

// suggest sets the most similar of the names.
func (e *NotFoundError) suggest(found map[string]likeness, redact func(string) ServerText) {
	names := slices.SortedFunc(maps.Keys(found), func(a, b string) int {
		return cmp.Or(cmp.Compare(found[b], found[a]), strings.Compare(a, b))
	})
	for _, name := range names[:min(len(names), maxSuggestions)] {
		if found[name] == sameEmail {
			e.ByEmail = append(e.ByEmail, redact(name))
		} else {
			e.Similar = append(e.Similar, redact(name))
		}
	}
}

// firstPage returns the first page of a list, or nil if it cannot be read. Concurrent
// calls for the same page share a request.
func firstPage[T element[T]](ctx context.Context, c *Client, address string) []T {
	page, _, _ := c.suggestions.Do(ctx, address, func(ctx context.Context) (any, error) {
		elements, _, err := readFirstPage[T](ctx, c, address)
		return elements, err
	})
	elements, _ := page.([]T)
	return elements
}

// suggestUsers adds the user whose email address was given as the name, or similar names.
func (c *Client) suggestUsers(ctx context.Context, missing *NotFoundError) {
	suggest(ctx, c, missing, c.path("users"), "contains", func(u User) (string, likeness) {
		switch {
		case u.Deleted():
			return u.Name, unlike
		case u.Details.Value.Email != "" && strings.EqualFold(u.Details.Value.Email, missing.Value):
			return u.Name, sameEmail
		}
		return u.Name, compareNames(ObjectUser, u.Name, missing.Value)
	}, url.Values{"include_service_users": {"true"}}) // the other lists may not have service users
}

// suggestServers adds similar hostnames or canonical names.
func (c *Client) suggestServers(ctx context.Context, missing *NotFoundError) {
	suggest(ctx, c, missing, c.path("all_servers"), "hostname_contains", func(s Server) (string, likeness) {
		name := s.Hostname
		if missing.Key == KeyCanonicalName {
			name = s.CanonicalName
		}
		if s.Deleted() || name == "" {
			return name, unlike
		}
		like := compareNames(ObjectServer, name, missing.Value)
		for _, other := range append([]string{s.Hostname, s.CanonicalName}, s.AltNames.Value...) {
			if other != "" && strings.EqualFold(other, missing.Value) {
				like = max(like, sameStem)
			}
		}
		return name, like
	})
}

// suggestGroups adds similar names of groups.
func (c *Client) suggestGroups(ctx context.Context, missing *NotFoundError) {
	suggest(ctx, c, missing, c.path("groups"), "contains", func(g Group) (string, likeness) {
		if isDeleted(g.DeletedAt) {
			return g.Name, unlike
		}
		return g.Name, compareNames(ObjectGroup, g.Name, missing.Value)
	})
}

// likeness is how similar two names are.
type likeness int

const (
	unlike    likeness = iota
	oneTypo            // one character is missing, added or different, or two are swapped
	sameStem           // without the domain
	sameFold           // apart from upper and lower case
	sameEmail          // the email address of the user
)

func compareNames(kind Object, name, value string) likeness {
	switch {
	case strings.EqualFold(name, value):
		return sameFold
	case strings.EqualFold(stem(kind, name), stem(kind, value)):
		return sameStem
	case isTypo(name, value), isTypo(stem(kind, name), stem(kind, value)):
		return oneTypo
	}
	return unlike
}

// stem returns a name without its domain: the part before @ of a user, or before the
// first period of a server.
func stem(kind Object, name string) string {
	if _, err := netip.ParseAddr(name); err == nil {
		return name
	}
	separator := "@"
	if kind == ObjectServer {
		separator = "."
	}
	before, _, _ := strings.Cut(name, separator)
	return cmp.Or(before, name)
}

// minTypo is the minimum length in characters of names that may differ by a typing error:
// shorter ones are similar by chance.
const minTypo = 3

// isTypo reports whether a name differs from another one by one typing error, ignoring
// case.
func isTypo(a, b string) bool {
	x, y := []rune(strings.ToLower(a)), []rune(strings.ToLower(b))
	if min(utf8.RuneCountInString(a), utf8.RuneCountInString(b)) < minTypo {
		return false
	}
	for len(x) > 0 && len(y) > 0 && x[0] == y[0] {
		x, y = x[1:], y[1:]
	}
	for len(x) > 0 && len(y) > 0 && x[len(x)-1] == y[len(y)-1] {
		x, y = x[:len(x)-1], y[:len(y)-1]
	}
	swapped := len(x) == 2 && len(y) == 2 && x[0] == y[1] && x[1] == y[0]
	return max(len(x), len(y)) == 1 || swapped
}
