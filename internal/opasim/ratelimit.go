package opasim

import (
	"context"
	"math"
	"net/http"
	"strconv"
	"time"

	"golang.org/x/time/rate"
)

// concurrencyHold is how long a request is held that exceeds MaxConcurrent
// before it is answered with 429.
const concurrencyHold = time.Second

// limits is what keeps requests from being served: the token bucket and the
// number of places (§8). A nil bucket and nil places do not limit.
type limits struct {
	bucket *rate.Limiter
	places chan struct{}
	hint   RetryHint
}

func newLimits(o Options) limits {
	l := limits{hint: o.RetryHint}
	if o.RateLimit.PerSecond > 0 {
		l.bucket = rate.NewLimiter(rate.Limit(o.RateLimit.PerSecond), o.RateLimit.Burst)
	}
	if o.MaxConcurrent > 0 {
		l.places = make(chan struct{}, o.MaxConcurrent)
	}
	return l
}

// enter takes a place. It returns a 429 if there is none in time, and else the
// function that gives the place back.
func (l limits) enter(ctx context.Context, now func() time.Time) (leave func(), refusal *response) {
	if l.places == nil {
		return func() {}, nil
	}
	timer := time.NewTimer(concurrencyHold)
	defer timer.Stop()
	select {
	case l.places <- struct{}{}:
		return func() { <-l.places }, nil
	case <-timer.C:
		return nil, l.refuse(now(), concurrencyHold)
	case <-ctx.Done():
		return nil, &response{dropped: true}
	}
}

// spend takes a request from the bucket, or returns a 429.
func (l limits) spend(now time.Time) *response {
	if l.bucket == nil || l.bucket.AllowN(now, 1) {
		return nil
	}
	return l.refuse(now, l.refill(now, 1))
}

// refuse is the 429 that says to come back after wait, rounded up to a second.
func (l limits) refuse(now time.Time, wait time.Duration) *response {
	resp := fail(http.StatusTooManyRequests, tooManyRequests, "Too many requests; slow down.")
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

// describe sets the three headers of every response.
func (l limits) describe(header http.Header, now time.Time) {
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

// refill is the time until the bucket holds that many requests.
func (l limits) refill(now time.Time, requests int) time.Duration {
	missing := max(0, float64(requests)-l.bucket.TokensAt(now))
	return time.Duration(missing / float64(l.bucket.Limit()) * float64(time.Second))
}

func ceilSecond(t time.Time) time.Time {
	if whole := t.Truncate(time.Second); whole.Before(t) {
		return whole.Add(time.Second)
	}
	return t
}
