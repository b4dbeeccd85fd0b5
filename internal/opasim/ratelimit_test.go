package opasim_test

import (
	"net/http"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

func limitHeaders(r response) map[string]string {
	got := map[string]string{"status": strconv.Itoa(r.status)}
	for _, name := range []string{
		"X-Ratelimit-Limit", "X-Ratelimit-Remaining", "X-Ratelimit-Reset", "X-Ratelimit-Retry-At", "Retry-After",
	} {
		if value := r.header.Get(name); value != "" {
			got[name] = value
		}
	}
	return got
}

func TestRateLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newTenant(t, opasim.Options{RateLimit: opasim.RateLimit{PerSecond: 0.25, Burst: 2}})
		start := time.Now().Unix()
		at := func(seconds int64) string { return strconv.FormatInt(start+seconds, 10) }
		for i, want := range []map[string]string{
			{"status": "200", "X-Ratelimit-Limit": "2", "X-Ratelimit-Remaining": "1", "X-Ratelimit-Reset": at(4)},
			{"status": "200", "X-Ratelimit-Limit": "2", "X-Ratelimit-Remaining": "0", "X-Ratelimit-Reset": at(8)},
			{"status": "429", "X-Ratelimit-Limit": "2", "X-Ratelimit-Remaining": "0", "X-Ratelimit-Reset": at(8), "X-Ratelimit-Retry-At": at(4)},
		} {
			if diff := cmp.Diff(want, limitHeaders(x.get("/current_user"))); diff != "" {
				t.Errorf("request %d (-want +got):\n%s", i+1, diff)
			}
		}
		time.Sleep(4 * time.Second)
		x.wantStatus("at the time of the retry hint", x.get("/current_user"), http.StatusOK)
	})
}

func TestRetryHints(t *testing.T) {
	for _, test := range []struct {
		hint         opasim.RetryHint
		header, want string
	}{
		{"", "X-RateLimit-Retry-At", "946684804"},
		{opasim.RetryAt, "X-RateLimit-Retry-At", "946684804"},
		{opasim.RetryAfterSeconds, "Retry-After", "4"},
		{opasim.RetryAfterDate, "Retry-After", "Sat, 01 Jan 2000 00:00:04 GMT"},
		{opasim.RetryNone, "", ""},
	} {
		synctest.Test(t, func(t *testing.T) {
			x := newTenant(t, opasim.Options{RetryHint: test.hint, RateLimit: opasim.RateLimit{PerSecond: 0.25}})
			x.get("/current_user")
			got := x.get("/current_user")
			if got.status != 429 || got.field(t, "type") != "too_many_requests" || test.header != "" && got.header.Get(test.header) != test.want {
				t.Errorf("%q: got %+v, want a 429 with %s %s", test.hint, got, test.header, test.want)
			}
			if hints := len(got.header.Values("Retry-After")) + len(got.header.Values("X-Ratelimit-Retry-At")); (hints == 0) != (test.header == "") {
				t.Errorf("%q: got %d retry hints, want the header %q", test.hint, hints, test.header)
			}
		})
	}
}

func TestNoRateLimit(t *testing.T) {
	got := limitHeaders(newTenant(t, opasim.Options{}).get("/current_user"))
	if diff := cmp.Diff(map[string]string{"status": "200"}, got); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
}

// A request beyond the limit is delayed for a second. If no slot is free by then, it
// gets a 429.
func TestMaxConcurrent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newTenant(t, opasim.Options{MaxConcurrent: 2, Latency: 700 * time.Millisecond})
		var mu sync.Mutex
		statuses := map[int]int{}
		var group sync.WaitGroup
		for range 7 {
			group.Go(func() {
				got := x.get("/current_user")
				mu.Lock()
				defer mu.Unlock()
				statuses[got.status]++
			})
		}
		group.Wait()
		// Two start at once and two after 0.7 s. The others would get a slot after 1.4 s.
		if diff := cmp.Diff(map[int]int{200: 4, 429: 3}, statuses); diff != "" {
			t.Errorf("statuses (-want +got):\n%s", diff)
		}
		if got := x.MaxInFlight(); got != 7 {
			t.Errorf("MaxInFlight: got %d, want 7", got)
		}
	})
}
