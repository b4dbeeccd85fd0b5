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

// queryValues maps query parameters to their valid values. Other parameters accept
// any text.
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

// repeatable are the parameters that may occur more than once.
var repeatable = []string{"id", "status", "ignore"}

// parseQuery parses the query. It returns an error for the first parameter that the
// route does not have, or whose value is invalid. pages reports whether lists
// without documented pagination have pages.
func (c *call) parseQuery(pages bool) error {
	query, err := url.ParseQuery(c.rawQuery)
	if err != nil {
		return fmt.Errorf("query: %w", err)
	}
	known := slices.Concat(c.route.query, c.route.paging.parameters(pages))
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if !slices.Contains(known, name) {
			return fmt.Errorf("query parameter %q: unknown", name)
		}
		if len(query[name]) > 1 && !slices.Contains(repeatable, name) {
			return fmt.Errorf("query parameter %q: set more than once", name)
		}
		for _, value := range query[name] {
			if shape := queryValues[name]; shape != nil && !shape.MatchString(value) {
				return fmt.Errorf("query parameter %q: invalid value %q", name, value)
			}
		}
	}
	c.query = query
	return nil
}

// accepts reports whether an Accept header, which is required, includes a media type.
func accepts(accept []string, mediaType string) bool {
	major, _, _ := strings.Cut(mediaType, "/")
	for part := range strings.SplitSeq(strings.Join(accept, ","), ",") {
		accepted, _, err := mime.ParseMediaType(part)
		if err == nil && (accepted == mediaType || accepted == major+"/*" || accepted == "*/*") {
			return true
		}
	}
	return false
}

func isJSON(contentType string) bool {
	mediaType, _, err := mime.ParseMediaType(contentType)
	return err == nil && mediaType == "application/json"
}
