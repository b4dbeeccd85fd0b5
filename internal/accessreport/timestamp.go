package accessreport

import (
	"regexp"
	"time"
)

// ParseTimestamp returns the time of an RFC 3339 timestamp. Unlike time.Parse, it refuses
// hours of one digit, fractions after a comma, and offsets of 24 hours or 60 minutes.
func ParseTimestamp(text string) (at time.Time, ok bool) {
	if !timestampForm.MatchString(text) {
		return time.Time{}, false
	}
	at, err := time.Parse(time.RFC3339, text)
	return at, err == nil
}

var timestampForm = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$`)

// minYear is the first year of a review, and of the end of an approval. Earlier ones are
// unset or misspelled: OPA did not exist.
const minYear = 2000

// parseDay returns the time of a timestamp, or the end of the day in UTC of a date.
func parseDay(text string) (end time.Time, ok bool) {
	if day, err := time.Parse(time.DateOnly, text); err == nil {
		return day.AddDate(0, 0, 1), day.Year() >= minYear
	}
	end, ok = ParseTimestamp(text)
	return end, ok && end.Year() >= minYear
}

// ParseReviewTime returns the time of a review: a timestamp (RFC 3339), or a date, which
// means the last moment of that day in UTC.
func ParseReviewTime(text string) (at time.Time, ok bool) {
	at, ok = parseDay(text)
	if ok && len(text) == len(time.DateOnly) {
		at = at.Add(-time.Nanosecond)
	}
	return at, ok
}
