package client

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"
)

// limiter decides when requests are sent. It limits how many are in flight and, after a
// 429, how many are sent per second. Requests are sent in the order in which they were
// first attempted, but polls after other requests: those create reports and download
// them, while a poll may be too early.
type limiter struct {
	mu       sync.Mutex
	queue    []*queuedRequest // in the order in which they are sent
	inFlight int
	window   window
	pace     pace
	timer    *time.Timer // for the next request of the queue; nil before the first
}

// queuedRequest is a request that waits to be sent.
type queuedRequest struct {
	order time.Time
	sent  chan struct{} // closed when the request may be sent
}

// pollDelay is how far polls are behind other requests in the queue. It is limited, so
// that polls are sent even if there are always other requests.
const pollDelay = 5 * time.Second

// acquire blocks until a request may be sent. The caller must call release afterwards.
func (l *limiter) acquire(ctx context.Context, order time.Time) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	q := &queuedRequest{order, make(chan struct{})}
	l.mu.Lock()
	i, _ := slices.BinarySearchFunc(l.queue, q, func(e, q *queuedRequest) int {
		return max(-1, min(2*e.order.Compare(q.order)-1, 1)) // after equal ones
	})
	l.queue = slices.Insert(l.queue, i, q)
	l.send()
	l.mu.Unlock()
	select {
	case <-q.sent:
		return nil
	case <-ctx.Done():
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if i := slices.Index(l.queue, q); i >= 0 {
		l.queue = slices.Delete(l.queue, i, i+1)
	} else {
		l.inFlight--
	}
	l.send()
	return ctx.Err()
}

// attempt is an attempt at a request and its result.
type attempt struct {
	kind       string // requests of a kind have similar latencies; "" for requests without a typical one
	sent       time.Time
	status     int // 0 without a response
	header     http.Header
	retryAfter time.Duration // of a 429
}

// release records the result of an attempt and lets other requests be sent.
func (l *limiter) release(a attempt) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.inFlight--
	switch {
	case a.status == http.StatusTooManyRequests:
		l.window.refuse(a)
		l.pace.refuse(a)
	case a.status != 0:
		l.window.accept(a, len(l.queue) > 0)
		l.pace.accept(a, l.inFlight)
	}
	l.send()
}

// send lets the requests be sent that are allowed now, and sets the timer for the next one.
func (l *limiter) send() {
	if l.timer != nil {
		l.timer.Stop()
	}
	for len(l.queue) > 0 && l.inFlight < min(l.window.size(), l.pace.mostInFlight()) {
		if delay := l.pace.take(); delay > 0 {
			l.timer = time.AfterFunc(delay, func() {
				l.mu.Lock()
				defer l.mu.Unlock()
				l.send()
			})
			return
		}
		q := l.queue[0]
		l.queue = slices.Delete(l.queue, 0, 1)
		l.inFlight++
		close(q.sent)
	}
}
