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
// of them may be slow.
type batch struct {
	turn chan struct{} // holds a token while one of the reports is looked at

	mu      sync.Mutex
	typical time.Duration // the shortest generation so far
	learned chan struct{} // closed when there is one
}

type batchKey struct{}

// InBatch tells the reports that are run under the context, and under no other,
// of each other. Whoever runs many should, lest they are all looked at all the
// time.
func InBatch(ctx context.Context) context.Context {
	return context.WithValue(ctx, batchKey{}, &batch{turn: make(chan struct{}, 1), learned: make(chan struct{})})
}

// batchOf is the batch of a context; nil where there is none.
func batchOf(ctx context.Context) *batch {
	b, _ := ctx.Value(batchKey{}).(*batch)
	return b
}

// learn notes how long a report of the batch has taken.
func (b *batch) learn(generation time.Duration) {
	if b == nil || generation <= 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.typical == 0 {
		close(b.learned)
	}
	if b.typical == 0 || generation < b.typical {
		b.typical = generation
	}
}

// known is how long the reports of the batch take, 0 where that is not known.
func (b *batch) known() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.typical
}

// until waits until it is time to look at a report of the batch that has been
// waited for since a moment, and was not looked at yet in the light of what was
// learned. The function that it gives must be called after the look.
func (b *batch) until(ctx context.Context, started time.Time) (looked func(), err error) {
	select {
	case <-b.learned:
	default:
		select {
		case <-b.learned:
		case b.turn <- struct{}{}:
			timer := time.NewTimer(pause(time.Since(started)))
			defer timer.Stop()
			select {
			case <-timer.C:
				return func() { <-b.turn }, nil
			case <-b.learned:
				<-b.turn
			case <-ctx.Done():
				<-b.turn
				return func() {}, ctx.Err()
			}
		case <-ctx.Done():
			return func() {}, ctx.Err()
		}
	}
	// A little later than the others were done, for it would be a pity to come
	// just too early.
	likely := b.known()
	return func() {}, sleep(ctx, likely+between(likely/100, likely/25+1)-time.Since(started))
}
