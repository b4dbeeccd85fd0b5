package opasim

import (
	"fmt"
	"maps"
	"mime"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// queryValues is what the parameters take that do not take any text.
var queryValues = map[string]*regexp.Regexp{
	"count":                 regexp.MustCompile(`^[1-9]\d{0,8}$`),
	"descending":            boolean,
	"prev":                  boolean,
	"include_deleted":       boolean,
	"only_include_deleted":  boolean,
	"include_service_users": boolean,
	"hostname_contains":     regexp.MustCompile(`^.{1,255}$`),
	"os_type":               regexp.MustCompile(`^(linux|windows)$`),
	"status":                regexp.MustCompile(`^(ACTIVE|DISABLED|DELETED)$`),
	"user_type":             regexp.MustCompile(`^(human|service)$`),
}

var boolean = regexp.MustCompile(`^(true|false)$`)

// repeatable are the parameters that may come more than once.
var repeatable = []string{"id", "status", "ignore"}

// parseQuery reads the query and names the first parameter that the route does
// not declare, or whose value it does not take. pages tells whether lists
// without declared paging come in pages.
func (c *call) parseQuery(pages bool) error {
	query, err := url.ParseQuery(c.rawQuery)
	if err != nil {
		return fmt.Errorf("query: %w", err)
	}
	known := slices.Concat(c.route.query, c.route.paging.parameters(pages))
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if !slices.Contains(known, name) {
			return fmt.Errorf("query parameter %q: not known here", name)
		}
		if len(query[name]) > 1 && !slices.Contains(repeatable, name) {
			return fmt.Errorf("query parameter %q: given more than once", name)
		}
		for _, value := range query[name] {
			if shape := queryValues[name]; shape != nil && !shape.MatchString(value) {
				return fmt.Errorf("query parameter %q: cannot be %q", name, value)
			}
		}
	}
	c.query = query
	return nil
}

// accepts tells whether an Accept header, which must be there, takes the type.
func accepts(accept []string, mediaType string) bool {
	major, _, _ := strings.Cut(mediaType, "/")
	for part := range strings.SplitSeq(strings.Join(accept, ","), ",") {
		taken, _, err := mime.ParseMediaType(part)
		if err == nil && (taken == mediaType || taken == major+"/*" || taken == "*/*") {
			return true
		}
	}
	return false
}

func isJSON(contentType string) bool {
	mediaType, _, err := mime.ParseMediaType(contentType)
	return err == nil && mediaType == "application/json"
}
