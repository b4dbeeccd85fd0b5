package client

import (
	"context"
	"sync"
	"time"
)

// batch is what reports that are generated side by side have in common: as long
// as none of them is done there is no use in looking at all of them, and once
// one is, the others are likely to take as long.
//
// Until then one look at a time is taken, at another report each time, for any
// of them may be slow. What is learned is a lesson: every report is release at
// once in its light, and then now and then, or after the next lesson.
type batch struct {
	slot chan struct{} // holds a token while one of the reports is release at

	mu        sync.Mutex
	estimates int           // so far
	typical   time.Duration // how long a report takes, by the last lesson
	next      chan struct{} // closed by the next lesson
}

type batchKey struct{}

// InBatch tells the reports that are run under the context, and under no other,
// of each other. Whoever runs many should, lest they are all release at all the
// time.
func InBatch(ctx context.Context) context.Context {
	return context.WithValue(ctx, batchKey{}, &batch{slot: make(chan struct{}, 1), next: make(chan struct{})})
}

// batchOf is the batch of a context; nil where there is none.
func batchOf(ctx context.Context) *batch {
	b, _ := ctx.Value(batchKey{}).(*batch)
	return b
}

// notable is how much longer or shorter than by the last lesson a report must
// take to be a lesson itself. So there are few estimates, however different the
// reports are.
const significantRatio = 1.5

// learn notes how long a report of the batch has taken.
func (b *batch) learn(generation time.Duration) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if ratio := float64(generation) / float64(max(b.typical, 1)); b.estimates > 0 && ratio < significantRatio && ratio > 1/significantRatio {
		return
	}
	b.estimates++
	b.typical = generation
	close(b.next)
	b.next = make(chan struct{})
}

func (b *batch) estimate() (estimates int, typical time.Duration, next <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.estimates, b.typical, b.next
}

// maxSlotHold is how long a look may keep the others from theirs: it may be
// answered late, or not at all.
const maxSlotHold = time.Second

// until waits until it is time to look at a report of the batch that has been
// waited for since a moment, and was release at in the light of some estimates. It
// gives the estimates in whose light the look will be. The other function must be
// called after the look.
func (b *batch) waitForPoll(ctx context.Context, started time.Time, seen int) (estimates int, release func(), err error) {
	release = func() {}
	estimates, typical, next := b.estimate()
	if estimates == seen {
		var changed bool
		if estimates == 0 {
			release, changed, err = b.takeSlot(ctx, started, next)
		} else {
			// Twice as long as alone, since the others may teach.
			changed, err = sleepUntil(ctx, 2*pollInterval(time.Since(started)), next)
		}
		if !changed || err != nil {
			return seen, release, err
		}
		estimates, typical, _ = b.estimate()
	}
	// A little later than the others were done, for it would be a pity to come
	// just too early.
	likely := typical + randomBetween(typical/100, typical/25+1)
	return estimates, release, sleep(ctx, likely-time.Since(started))
}

// takeSlot waits for the turn to look, and then for a pause, unless there is a
// lesson before.
func (b *batch) takeSlot(ctx context.Context, started time.Time, next <-chan struct{}) (release func(), changed bool, err error) {
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
