package provider

import (
	"errors"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
)

// earlierTimestamp returns the earlier of two RFC 3339 timestamps. A text that is
// not a timestamp is ignored if the other one is.
func earlierTimestamp(a, b string) string {
	first, ok := parseTimestamp(a)
	second, alsoOK := parseTimestamp(b)
	if ok && (!alsoOK || first.Before(second)) {
		return a
	}
	return b
}

// laterTimestamp returns the later of two RFC 3339 timestamps. A text that is not a
// timestamp is ignored if the other one is.
func laterTimestamp(a, b string) string {
	first, ok := parseTimestamp(a)
	second, alsoOK := parseTimestamp(b)
	if ok && (!alsoOK || first.After(second)) {
		return a
	}
	return b
}

// parseTimestamp parses an RFC 3339 timestamp. It reports whether the text is one.
func parseTimestamp(text string) (time.Time, bool) {
	at, err := time.Parse(time.RFC3339, text)
	return at, err == nil
}

// optionalTime returns the time of a valid argument, or nil if it is null.
func optionalTime(argument types.String) *time.Time {
	if argument.IsNull() {
		return nil
	}
	at, _ := parseTimestamp(argument.ValueString())
	return &at
}

// checkTimestamp returns an error if the text is not an RFC 3339 timestamp.
func checkTimestamp(text string) error {
	if _, ok := accessreport.ParseTimestamp(text); !ok {
		return errors.New("it has a date, T, a time with seconds, and Z or an offset such as +02:00")
	}
	return nil
}
