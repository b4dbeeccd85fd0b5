package client

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// CountReports returns the number of reports that the tenant lists.
func CountReports(ctx context.Context, c *Client) (int, error) {
	reports, _, err := list[Report](ctx, c, nil, c.path("access_reports"))
	return len(reports), err
}

// CountRunning returns the number of jobs whose progress is kept.
func CountRunning(c *Client) int {
	c.running.mu.Lock()
	defer c.running.mu.Unlock()
	return len(c.running.of)
}

// CountRequests returns the number of requests in flight and in the queue.
func CountRequests(c *Client) (inFlight, queued int) {
	c.limiter.mu.Lock()
	defer c.limiter.mu.Unlock()
	return c.limiter.inFlight, len(c.limiter.queue)
}

// LimitedRequest is a request of Limit.
type LimitedRequest struct {
	Name  string
	Poll  bool
	After time.Duration // when it is first attempted
}

// Limit sends requests through a limiter with a maximum number of concurrent ones, and
// returns a function that waits for them. The requests are in the order in which they
// arrive at the same time.
func Limit(ctx context.Context, most int, send func(name string), requests []LimitedRequest) (wait func()) {
	l := &limiter{window: window{most: most}}
	var group sync.WaitGroup
	for i, r := range requests {
		group.Go(func() {
			// Requests at the same time arrive in order.
			if sleep(ctx, r.After+time.Duration(i)*time.Microsecond) != nil {
				return
			}
			order := time.Now()
			if r.Poll {
				order = order.Add(pollDelay)
			}
			if l.acquire(ctx, order) != nil {
				return
			}
			defer l.release(attempt{sent: time.Now(), status: http.StatusOK})
			send(r.Name)
		})
	}
	return group.Wait
}
