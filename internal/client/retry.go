package client

import (
	"context"
	"math/rand/v2"
	"time"
)

// waiter waits until the next attempt.
type waiter func(context.Context) error

// after returns a waiter for a delay.
func after(delay time.Duration) waiter {
	return func(ctx context.Context) error { return sleep(ctx, delay) }
}

// repeat calls attempt with n = 1, 2, … and waits between the calls with the waiter
// that it returns. It returns nil after an attempt that returns no waiter, or the
// error of a waiter, such as the end of the context.
//
// All repeated requests of the package use it. They differ in how they wait: for a
// backoff, for fixed delays, or for the other reports of a batch.
func repeat(ctx context.Context, attempt func(n int) waiter) error {
	for n := 1; ; n++ {
		wait := attempt(n)
		if wait == nil {
			return nil
		}
		if err := wait(ctx); err != nil {
			return err
		}
	}
}

// Limits of the backoff between the attempts at one request.
const (
	minBackoff = 500 * time.Millisecond
	maxBackoff = 15 * time.Second
)

// backoff returns exponentially growing delays. The zero value is ready to use.
type backoff struct{ last time.Duration }

// next returns the next delay, which is up to half shorter or longer at random.
func (b *backoff) next() time.Duration {
	b.last = min(max(2*b.last, minBackoff), maxBackoff)
	return randomBetween(b.last/2, b.last*3/2+1)
}

// reset restarts the backoff with the shortest delay.
func (b *backoff) reset() { b.last = 0 }

// sleep waits for a duration or until the context ends.
func sleep(ctx context.Context, d time.Duration) error {
	_, err := sleepUntil(ctx, d, nil)
	return err
}

// sleepUntil waits for a duration, until a channel is closed, which it reports, or
// until the context ends. It starts no timer for a duration of 0 or less: two such
// timers at once crash the race detector in a synctest bubble
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

// randomBetween returns a random duration, which spreads requests.
func randomBetween(low, high time.Duration) time.Duration {
	return low + rand.N(high-low)
}
