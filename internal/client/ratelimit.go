package client

import (
	"net/http"
	"strconv"
	"time"
)

const (
	// minHold is the minimum time for which requests are held back after a 429: the
	// timestamp of a server that counts in seconds may already be over. It doubles with
	// each further 429 in a row.
	minHold = 200 * time.Millisecond
	// maxHoldJitter is the maximum random time in addition, because other clients may be
	// held back until the same time.
	maxHoldJitter = 100 * time.Millisecond
)

// defaultRetryAfter returns the delay after a 429 without a header, which is that of
// the official SDK (API.md, retry-after-header).
func defaultRetryAfter() time.Duration { return randomBetween(5*time.Second, 10*time.Second) }

// A longer delay is a mistake, such as milliseconds for seconds.
const maxRetryAfter = time.Hour

// parseRetryAfter returns the delay before the next request that a response asks for:
// X-RateLimit-Retry-At in Unix seconds, else Retry-After in seconds or as a date.
// Timestamps are compared with the response's Date, since either clock may be wrong.
func parseRetryAfter(header http.Header, now time.Time) (time.Duration, bool) {
	if at, err := strconv.ParseInt(header.Get("X-RateLimit-Retry-At"), 10, 64); err == nil {
		if d, ok := plausible(time.Unix(at, 0).Sub(now)); ok {
			return d, true
		}
	}
	after := header.Get("Retry-After")
	if seconds, err := strconv.ParseInt(after, 10, 64); err == nil {
		const most = int64(2 * maxRetryAfter / time.Second)
		return plausible(time.Duration(max(-most, min(seconds, most))) * time.Second)
	}
	if at, err := http.ParseTime(after); err == nil {
		return plausible(at.Sub(now))
	}
	return 0, false
}

// plausible returns a delay that is not negative, and reports whether d is plausible:
// a timestamp may be just over, but not long over.
func plausible(d time.Duration) (time.Duration, bool) {
	return max(d, 0), -maxRetryAfter < d && d <= maxRetryAfter
}

// serverNow returns the server's time of a response (API.md, server-clock).
func serverNow(header http.Header) time.Time {
	if date, err := http.ParseTime(header.Get("Date")); err == nil {
		return date
	}
	return time.Now()
}
