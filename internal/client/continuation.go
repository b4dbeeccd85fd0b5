package client

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"unicode"
)

// continuation returns the name of a field that indicates another page, or "" if
// there is none. The API announces further pages in the Link header and nowhere
// else (API.md, link-pagination), but a gateway may rewrite lists, or drop
// the header. The field is next to the list, or nested in one that is.
func continuation(name string, value any) string {
	if fields, ok := value.(map[string]any); ok && isLinkToNext(fields) {
		return name
	}
	if indicates, ok := continuations[letters(name)]; ok && indicates(value) || isNext(letters(name)) && isSet(value) {
		return name
	}
	switch value := value.(type) {
	case map[string]any:
		for _, field := range slices.Sorted(maps.Keys(value)) {
			if found := continuation(field, value[field]); found != "" {
				return name + "." + found
			}
		}
	case []any:
		for _, item := range value {
			if found := continuation(name, item); found != "" {
				return found
			}
		}
	}
	return ""
}

// continuations maps names of fields, as [letters] returns them, to functions that report
// whether a value indicates another page.
var continuations = map[string]func(value any) bool{
	"more": isSet, "morepages": isSet, "moreresults": isSet, "moreitems": isSet, "moreavailable": isSet,
	"truncated": isSet, "istruncated": isSet, "partial": isSet, "ispartial": isSet, "incompleteresults": isSet,
	"continue": isSet, "continuation": isSet, "continuationtoken": isSet,
	"complete": isFalse, "iscomplete": isFalse, "last": isFalse, "islast": isFalse, "lastpage": isFalse, "islastpage": isFalse,
}

// isNext reports whether a field has a name such as next, next_cursor, has_more
// or @odata.nextLink.
func isNext(name string) bool {
	for _, start := range []string{"next", "hasnext", "hasmore"} {
		if strings.HasPrefix(name, start) {
			return true
		}
	}
	for _, part := range []string{"nextlink", "nextpage", "nexttoken", "nextcursor"} {
		if strings.Contains(name, part) {
			return true
		}
	}
	return false
}

// isLinkToNext reports whether a field is a link such as {"rel": "next", "href": "…"}.
func isLinkToNext(fields map[string]any) bool {
	rel, _ := fields["rel"].(string)
	return strings.EqualFold(rel, "next") && (isSet(fields["href"]) || isSet(fields["url"]))
}

// letters returns only the letters of a name, in lower case.
func letters(name string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, name)
}

// isSet reports whether a value is true, a cursor, a link or the number of something that
// follows. A negative number usually means that nothing follows.
func isSet(value any) bool {
	switch value := value.(type) {
	case bool:
		return value
	case json.Number:
		return !strings.HasPrefix(value.String(), "-") && strings.ContainsAny(mantissa(value.String()), "123456789")
	case string:
		switch strings.ToLower(strings.TrimSpace(value)) {
		case "", "0", "-1", "false", "no", "none", "null":
			return false
		}
		return true
	case map[string]any:
		return slices.ContainsFunc(slices.Collect(maps.Values(value)), isSet)
	case []any:
		return slices.ContainsFunc(value, isSet)
	}
	return false
}

// mantissa returns a number without its exponent, which does not make it zero.
func mantissa(number string) string {
	digits, _, _ := strings.Cut(strings.ToLower(number), "e")
	return digits
}

// isFalse reports whether a value is false.
func isFalse(value any) bool {
	switch value := value.(type) {
	case bool:
		return !value
	case string:
		return strings.EqualFold(strings.TrimSpace(value), "false")
	}
	return false
}
