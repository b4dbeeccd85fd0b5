package provider

import "time"

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

// checkTimestamp returns an error if the text is not an RFC 3339 timestamp.
func checkTimestamp(text string) error {
	_, err := time.Parse(time.RFC3339, text)
	return err
}
