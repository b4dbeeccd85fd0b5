package client

import (
	"context"
	"sync"
	"time"
)

// pollScheduler coordinates the polls of reports that are generated at the same time.
// Before the first report completes, it sends one poll at a time and cycles through the
// reports, because any of them may be slow. The duration of a completed report is an
// estimate for the others: each of them is polled once when it should be completed, then
// at longer intervals or after the next estimate.
type pollScheduler struct {
	slot chan struct{} // has a token while one of the reports is polled

	mu        sync.Mutex
	estimates int           // number of estimates
	duration  time.Duration // the current estimate
	next      chan struct{} // closed by the next estimate
}

func newPollScheduler() *pollScheduler {
	return &pollScheduler{slot: make(chan struct{}, 1), next: make(chan struct{})}
}

// significantRatio is the minimum ratio between a new estimate and the current one.
// It keeps the number of estimates small, however different the reports are.
const significantRatio = 1.5

// addEstimate records how long a report of the batch took.
func (b *pollScheduler) addEstimate(generation time.Duration) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if ratio := float64(generation) / float64(max(b.duration, 1)); b.estimates > 0 && ratio < significantRatio && ratio > 1/significantRatio {
		return
	}
	b.estimates++
	b.duration = generation
	close(b.next)
	b.next = make(chan struct{})
}

// estimate returns the number of estimates, the current one, and a channel that is
// closed by the next one.
func (b *pollScheduler) estimate() (estimates int, duration time.Duration, next <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.estimates, b.duration, b.next
}

// maxSlotHold is the maximum time that one poll holds the slot.
const maxSlotHold = time.Second

// waitForPoll blocks until the next poll of a report is due. seen is the number of
// estimates that the caller has already used; it returns the number used now. The
// caller must call release after the poll.
func (b *pollScheduler) waitForPoll(ctx context.Context, started time.Time, seen int) (estimates int, release func(), err error) {
	release = func() {}
	estimates, duration, next := b.estimate()
	if estimates == seen {
		var changed bool
		if estimates == 0 {
			release, changed, err = b.takeSlot(ctx, started, next)
		} else {
			// Twice as long as without a batch, because the next estimate may come first.
			changed, err = sleepUntil(ctx, 2*pollInterval(time.Since(started)), next)
		}
		if !changed || err != nil {
			return seen, release, err
		}
		estimates, duration, _ = b.estimate()
	}
	// A little longer than the estimate, so that the poll is not just too early.
	likely := duration + randomBetween(duration/100, duration/25+1)
	return estimates, release, sleep(ctx, likely-time.Since(started))
}

// takeSlot blocks until the slot is free and a poll interval has passed, or until the
// next estimate. changed reports whether it returned because of an estimate.
func (b *pollScheduler) takeSlot(ctx context.Context, started time.Time, next <-chan struct{}) (release func(), changed bool, err error) {
	release = func() {}
	select {
	case <-next:
		return release, true, nil
	case <-ctx.Done():
		return release, false, ctx.Err()
	case b.slot <- struct{}{}:
	}
	changed, err = sleepUntil(ctx, pollInterval(time.Since(started)), next)
	if changed || err != nil {
		<-b.slot
		return release, changed, err
	}
	release = sync.OnceFunc(func() { <-b.slot })
	time.AfterFunc(maxSlotHold, release)
	return release, false, nil
}
