package opasim

import (
	"context"
	"math"
	"net/http"
	"strconv"
	"time"

	"golang.org/x/time/rate"
)

// maxDelay is how long a request beyond MaxConcurrent is delayed before it gets a
// 429.
const maxDelay = time.Second

// limits contains a token bucket for requests (API.md, rate-limit-numbers) and slots
// for concurrent requests (API.md, concurrent-request-limit). A nil bucket and nil
// slots mean no limit.
type limits struct {
	bucket *rate.Limiter
	slots  chan struct{}
	hint   RetryHint
}

func newLimits(o Options) limits {
	l := limits{hint: o.RetryHint}
	if o.RateLimit.PerSecond > 0 {
		l.bucket = rate.NewLimiter(rate.Limit(o.RateLimit.PerSecond), o.RateLimit.Burst)
	}
	if o.MaxConcurrent > 0 {
		l.slots = make(chan struct{}, o.MaxConcurrent)
	}
	return l
}

// acquire takes a slot. It returns the function that releases the slot, or a 429 if
// no slot becomes free in time.
func (l limits) acquire(ctx context.Context, now func() time.Time) (release func(), failure *response) {
	if l.slots == nil {
		return func() {}, nil
	}
	timer := time.NewTimer(maxDelay)
	defer timer.Stop()
	select {
	case l.slots <- struct{}{}:
		return func() { <-l.slots }, nil
	case <-timer.C:
		return nil, l.tooMany(now(), maxDelay)
	case <-ctx.Done():
		return nil, &response{dropped: true}
	}
}

// take takes a token from the bucket. It returns a 429 if there is none.
func (l limits) take(now time.Time) *response {
	if l.bucket == nil || l.bucket.AllowN(now, 1) {
		return nil
	}
	return l.tooMany(now, l.refill(now, 1))
}

// tooMany returns a 429 with a retry hint of wait, rounded up to a second
// (API.md, retry-at-header, retry-after-header).
func (l limits) tooMany(now time.Time, wait time.Duration) *response {
	resp := errorResponse(http.StatusTooManyRequests, tooManyRequests, "Too many requests; slow down.")
	at := ceilSecond(now.Add(wait))
	switch l.hint {
	case RetryAt:
		resp.header.Set("X-RateLimit-Retry-At", strconv.FormatInt(at.Unix(), 10))
	case RetryAfterSeconds:
		resp.header.Set("Retry-After", strconv.Itoa(int(math.Ceil(at.Sub(now).Seconds()))))
	case RetryAfterDate:
		resp.header.Set("Retry-After", at.UTC().Format(http.TimeFormat))
	case RetryNone:
	}
	return resp
}

// setHeaders sets the headers of every response (API.md, rate-limit-headers).
func (l limits) setHeaders(header http.Header, now time.Time) {
	if l.bucket == nil {
		return
	}
	burst := l.bucket.Burst()
	remaining := max(0, int(l.bucket.TokensAt(now)))
	full := ceilSecond(now.Add(l.refill(now, burst)))
	header.Set("X-RateLimit-Limit", strconv.Itoa(burst))
	header.Set("X-RateLimit-Remaining", strconv.Itoa(remaining))
	header.Set("X-RateLimit-Reset", strconv.FormatInt(full.Unix(), 10))
}

// refill returns the time until the bucket contains tokens for that many requests.
func (l limits) refill(now time.Time, requests int) time.Duration {
	missing := max(0, float64(requests)-l.bucket.TokensAt(now))
	return time.Duration(missing / float64(l.bucket.Limit()) * float64(time.Second))
}

// ceilSecond rounds a time up to a second.
func ceilSecond(t time.Time) time.Time {
	if second := t.Truncate(time.Second); second.Before(t) {
		return second.Add(time.Second)
	}
	return t
}
