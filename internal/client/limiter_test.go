package client_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/privileged-access/terraform-provider-opa/internal/client"
	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// capacity is a transport to a server that works on a number of requests at the same
// time. Others wait, so latency rises with the load.
type capacity struct {
	latency time.Duration
	slots   chan struct{}
	// respond, if not nil, returns the response to the request with a number.
	respond func(n int) *http.Response

	sent, inFlight atomic.Int32
	after          int          // number of requests before maxInFlight is measured
	maxInFlight    atomic.Int32 // since then
}

func (c *capacity) RoundTrip(r *http.Request) (*http.Response, error) {
	n := int(c.sent.Add(1))
	if now := c.inFlight.Add(1); n > c.after && now > c.maxInFlight.Load() {
		c.maxInFlight.Store(now)
	}
	defer c.inFlight.Add(-1)
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	select {
	case <-time.After(c.latency):
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	resp := response(http.StatusOK)
	if c.respond != nil {
		resp = c.respond(n)
	}
	resp.Request = r
	return resp, nil
}

// response returns a response about a user, with pairs of a header's name and value.
func response(status int, headers ...string) *http.Response {
	const body = `{"id":"11111111-1111-4111-8111-111111111111","name":"larry","status":"ACTIVE","user_type":"human"}`
	header := http.Header{"Content-Type": {"application/json"}}
	for pair := range slices.Chunk(headers, 2) {
		header.Set(pair[0], pair[1])
	}
	return &http.Response{StatusCode: status, Header: header, ContentLength: int64(len(body)), Body: io.NopCloser(strings.NewReader(body))}
}

// lookUp looks up a user a number of times concurrently, and returns the elapsed time.
func lookUp(ctx context.Context, t *testing.T, transport http.RoundTripper, times, most int) time.Duration {
	t.Helper()
	c, err := client.New(client.Config{
		BaseURL: "https://acme.example", Team: "demo", BearerToken: "a-ready-token",
		RequestTimeout: time.Minute, MaxRetries: 4, MaxConcurrentRequests: most, MaxPendingReports: 1, Transport: transport,
	})
	if err != nil {
		t.Fatal(err)
	}
	started := time.Now()
	var wait sync.WaitGroup
	for range times {
		wait.Go(func() {
			if _, err := c.UserByName(ctx, "larry"); err != nil && ctx.Err() == nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	return time.Since(started)
}

// The number of concurrent requests adapts to what the tenant can do, up to the limit.
func TestConcurrencyAdapts(t *testing.T) {
	const latency, requests = 20 * time.Millisecond, 1000
	for name, test := range map[string]struct {
		capacity, most  int
		least, inFlight int
	}{
		"a tenant that is never busy":    {1000, 64, 64, 64},
		"the limit that the user set":    {1000, 4, 4, 4},
		"a tenant with a capacity of 1":  {1, 64, 1, 20},
		"a tenant with a capacity of 4":  {4, 64, 4, 24},
		"a tenant with a capacity of 8":  {8, 64, 8, 32},
		"a tenant with a capacity of 20": {20, 64, 20, 56},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := &capacity{latency: latency, slots: make(chan struct{}, test.capacity), after: requests / 2}
				took := lookUp(t.Context(), t, server, requests, test.most)
				limit := latency * requests / time.Duration(min(test.capacity, test.most))
				if most := limit*11/10 + 3*latency; took > most {
					t.Errorf("got %s, want at most %s", took, most)
				}
				got := int(server.maxInFlight.Load())
				if got < test.least || got > test.inFlight {
					t.Errorf("got %d requests in flight, want %d to %d", got, test.least, test.inFlight)
				}
			})
		})
	}
}

// runAtLimit runs reports on users of a tenant with a rate limit, and returns the number
// of requests that were refused and the elapsed time.
func runAtLimit(t *testing.T, users int, batch bool, perSecond float64) (refused int, took time.Duration) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		x := newTenant(t, opasim.Options{
			World: opasim.GenerateWorld(users, 1), Latency: 20 * time.Millisecond, Generation: 2 * time.Second,
			RateLimit: opasim.RateLimit{PerSecond: perSecond},
		})
		if batch {
			took = runAll(t.Context(), t, x)
		} else {
			took = runEach(t, x, 10)
		}
		refused = withStatus(x, http.StatusTooManyRequests)
	})
	return refused, took
}

// runEach runs a report on each user of a tenant separately, a number of them at a time,
// as with for_each.
func runEach(t *testing.T, x *tenant, parallelism int) time.Duration {
	t.Helper()
	started := time.Now()
	slots := make(chan struct{}, parallelism)
	var wait sync.WaitGroup
	for _, subject := range subjectsOf(x.World()) {
		wait.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			if _, err := x.Run(t.Context(), subject, 0); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	return time.Since(started)
}

// No limit of the rate causes more refusals than it did when requests were only held back
// after a 429: before are the averages of that version.
func TestRateLimitCausesFewRefusals(t *testing.T) {
	limits := []float64{2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100}
	for _, test := range []struct {
		name   string
		users  int
		batch  bool
		before []float64
	}{
		{"10 users, batch", 10, true, []float64{25.1, 18.9, 13.1, 9.8, 8.6, 4.7, 0, 0, 0, 0, 0}},
		{"50 users, batch", 50, true, []float64{123, 91.5, 65, 49.9, 41.1, 29.6, 25.2, 23.1, 6.2, 6.9, 0}},
		{"10 users, for_each", 10, false, []float64{26.8, 18.8, 12.5, 8, 3.6, 8.2, 1, 2.6, 0, 0, 0}},
		{"50 users, for_each", 50, false, []float64{115.1, 81.7, 48.4, 34.3, 25.8, 24.8, 10.7, 9.3, 1.5, 0, 0}},
	} {
		for i, limit := range limits {
			const runs = 4
			total := 0
			for range runs {
				refused, _ := runAtLimit(t, test.users, test.batch, limit)
				total += refused
			}
			if got := float64(total) / runs; got > test.before[i] {
				t.Errorf("%s, %g requests/s: got %.1f refusals, want at most %.1f", test.name, limit, got, test.before[i])
			}
		}
	}
}

// At a rate limit, the time is little more than what the limit allows.
func TestRateLimitIsUsed(t *testing.T) {
	for _, test := range []struct {
		users     int
		batch     bool
		perSecond float64
		refused   int
		most      time.Duration
	}{
		// 31 requests at least; it takes 3.1 s if they are spread evenly.
		{10, true, 10, 3, 3700 * time.Millisecond},
		{10, false, 10, 3, 3700 * time.Millisecond},
		// 151 requests at least: 15.1 s and 75.5 s.
		{50, true, 10, 20, 17 * time.Second},
		{50, true, 2, 10, 84 * time.Second},
	} {
		refused, took := runAtLimit(t, test.users, test.batch, test.perSecond)
		if refused > test.refused || took > test.most {
			t.Errorf("%d users, %g requests/s: got %d refusals and %s, want at most %d and %s", test.users, test.perSecond, refused, took, test.refused, test.most)
		}
	}
}

// Whatever the headers say, requests are not much slower than without them.
func TestMisleadingQuota(t *testing.T) {
	const requests = 300
	for name, headers := range map[string][]string{
		"none remain":          {"X-RateLimit-Limit", "100", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "1"},
		"a negative number":    {"X-RateLimit-Limit", "100", "X-RateLimit-Remaining", "-7"},
		"more than the limit":  {"X-RateLimit-Limit", "1", "X-RateLimit-Remaining", "1000"},
		"a limit of 0":         {"X-RateLimit-Limit", "0", "X-RateLimit-Remaining", "0"},
		"a number without end": {"X-RateLimit-Limit", strings.Repeat("9", 30), "X-RateLimit-Remaining", "1"},
		"not a number":         {"X-RateLimit-Limit", "NaN", "X-RateLimit-Remaining", "Inf"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := &capacity{latency: 20 * time.Millisecond, slots: make(chan struct{}, 100), respond: func(int) *http.Response {
					return response(http.StatusOK, headers...)
				}}
				// Ten requests at a time take 600 ms.
				if took := lookUp(t.Context(), t, server, requests, 32); took > 1200*time.Millisecond {
					t.Errorf("got %s, want at most 1.2s", took)
				}
			})
		})
	}
}

// A tenant that refuses requests although some remain is believed to refuse them, and the
// rate is learned from what it accepts.
func TestRateIsLearnedWithoutHeaders(t *testing.T) {
	for name, headers := range map[string][]string{
		"no headers":         {"Retry-After", "1"},
		"misleading headers": {"Retry-After", "1", "X-RateLimit-Limit", "1000", "X-RateLimit-Remaining", "999"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const perSecond, requests = 10, 200
				var mu sync.Mutex
				refused, tokens, at := 0, float64(perSecond), time.Now()
				server := &capacity{latency: 20 * time.Millisecond, slots: make(chan struct{}, 100), respond: func(int) *http.Response {
					mu.Lock()
					defer mu.Unlock()
					now := time.Now()
					tokens, at = min(perSecond, tokens+perSecond*now.Sub(at).Seconds()), now
					if tokens < 1 {
						refused++
						return response(http.StatusTooManyRequests, headers...)
					}
					tokens--
					return response(http.StatusOK, headers[2:]...)
				}}
				took := lookUp(t.Context(), t, server, requests, 32)
				if refused > 60 || took > requests/perSecond*time.Second*3/2 {
					t.Errorf("got %d refusals and %s, want at most 60 and 30s", refused, took)
				}
			})
		})
	}
}

// Requests that are canceled while they wait, or are sent, take nothing from the others.
func TestCanceledRequestsFreeTheirPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &capacity{latency: 50 * time.Millisecond, slots: make(chan struct{}, 2), respond: func(n int) *http.Response {
			if n%7 == 0 {
				return response(http.StatusTooManyRequests, "Retry-After", "0")
			}
			return response(http.StatusOK)
		}}
		c, err := client.New(client.Config{
			BaseURL: "https://acme.example", Team: "demo", BearerToken: "a-ready-token",
			RequestTimeout: time.Minute, MaxRetries: 4, MaxConcurrentRequests: 4, MaxPendingReports: 1, Transport: server,
		})
		if err != nil {
			t.Fatal(err)
		}
		var wait sync.WaitGroup
		for i := range 200 {
			wait.Go(func() {
				after := time.Duration(i) * 3 * time.Millisecond
				ctx := within(t, after)
				started := time.Now()
				_, err := c.UserByName(ctx, "larry")
				if err != nil && (!errors.Is(err, context.DeadlineExceeded) || time.Since(started) != after) {
					t.Errorf("got error %v after %s, want the end of the context after %s", err, time.Since(started), after)
				}
			})
		}
		wait.Wait()
		started := time.Now()
		if _, err := c.UserByName(t.Context(), "larry"); err != nil || time.Since(started) > 5*time.Second {
			t.Errorf("got error %v after %s, want a result", err, time.Since(started))
		}
		if inFlight, queued := client.CountRequests(c); inFlight != 0 || queued != 0 {
			t.Errorf("got %d requests in flight and %d in the queue, want none", inFlight, queued)
		}
	})
}

// Polls are sent after other requests, but not after all that arrive later.
func TestPollsAreSentLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var order []string
		var mu sync.Mutex
		wait := client.Limit(t.Context(), 1, func(name string) {
			mu.Lock()
			defer mu.Unlock()
			order = append(order, name)
			time.Sleep(time.Second)
		}, []client.LimitedRequest{
			{Name: "first"},
			{Name: "poll", Poll: true},
			{Name: "create"},
			{Name: "download", After: 2 * time.Second},
			{Name: "late", After: 6 * time.Second},
			{Name: "a", After: time.Second},
			{Name: "b", After: time.Second},
			{Name: "c", After: time.Second},
		})
		wait()
		if got, want := strings.Join(order, " "), "first create a b c download poll late"; got != want {
			t.Errorf("got the order %q, want %q", got, want)
		}
	})
}
