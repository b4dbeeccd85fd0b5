package client

import (
	"context"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// gate holds all requests back after the server has said that there were too
// many (section 8).
type rateLimit struct {
	mu    sync.Mutex
	until time.Time
}

// hold closes the gate for a while, or leaves it closed for longer.
func (g *rateLimit) hold(d time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if until := time.Now().Add(max(d, minHold)); until.After(g.until) {
		g.until = until
	}
}

// minHold is how long the gate stays closed at least: a server that counts in
// whole seconds may name a moment that is already there.
const minHold = 200 * time.Millisecond

// wait returns when the gate is open. Those who waited leave one by one within
// a second, for the server counts again from that moment.
func (g *rateLimit) wait(ctx context.Context) error {
	for {
		g.mu.Lock()
		closed := time.Until(g.until)
		g.mu.Unlock()
		if closed <= 0 {
			return nil
		}
		if err := sleep(ctx, closed+randomBetween(100*time.Millisecond, time.Second)); err != nil {
			return err
		}
	}
}

// Without a hint after a 429 the pause is as long as the official SDK's (section 8).
func defaultRetryAfter() time.Duration { return randomBetween(5*time.Second, 10*time.Second) }

// A hint beyond this is a mistake, such as milliseconds for seconds.
const maxRetryAfter = time.Hour

// parseRetryAfter is how long an answer asks to wait before the next request:
// X-RateLimit-Retry-At in Unix seconds, else Retry-After in seconds or as a
// date. Times are compared to the answer's own Date, since either clock may be off.
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

// credible takes a hint for what it is worth. A moment just past is a hint to go
// on; one long past is no hint.
func plausible(d time.Duration) (time.Duration, bool) {
	return max(d, 0), -maxRetryAfter < d && d <= maxRetryAfter
}

// serverNow is the time by the server's clock when it answered.
func serverNow(header http.Header) time.Time {
	if date, err := http.ParseTime(header.Get("Date")); err == nil {
		return date
	}
	return time.Now()
}

// sleep waits, but not beyond the end of the context.
func sleep(ctx context.Context, d time.Duration) error {
	_, err := sleepUntil(ctx, d, nil)
	return err
}

// sleepUntil waits, but not beyond the closing of a channel, which it tells, or
// the end of the context. A wait that is over before it begins needs no timer;
// besides, two such timers at once crash the race detector in a synctest bubble
// (https://go.dev/issue/78156).
func sleepUntil(ctx context.Context, d time.Duration, next <-chan struct{}) (closed bool, err error) {
	if d <= 0 {
		return false, ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return false, nil
	case <-next:
		return true, nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// between is a random duration. Its randomness only spreads requests.
func randomBetween(low, high time.Duration) time.Duration {
	return low + rand.N(high-low)
}
