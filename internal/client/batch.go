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
// of them may be slow. What is learned is a lesson: every report is looked at
// once in its light, and then now and then, or after the next lesson.
type batch struct {
	turn chan struct{} // holds a token while one of the reports is looked at

	mu      sync.Mutex
	lessons int           // so far
	typical time.Duration // how long a report takes, by the last lesson
	next    chan struct{} // closed by the next lesson
}

type batchKey struct{}

// InBatch tells the reports that are run under the context, and under no other,
// of each other. Whoever runs many should, lest they are all looked at all the
// time.
func InBatch(ctx context.Context) context.Context {
	return context.WithValue(ctx, batchKey{}, &batch{turn: make(chan struct{}, 1), next: make(chan struct{})})
}

// batchOf is the batch of a context; nil where there is none.
func batchOf(ctx context.Context) *batch {
	b, _ := ctx.Value(batchKey{}).(*batch)
	return b
}

// notable is how much longer or shorter than by the last lesson a report must
// take to be a lesson itself. So there are few lessons, however different the
// reports are.
const notable = 1.5

// learn notes how long a report of the batch has taken.
func (b *batch) learn(generation time.Duration) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if ratio := float64(generation) / float64(max(b.typical, 1)); b.lessons > 0 && ratio < notable && ratio > 1/notable {
		return
	}
	b.lessons++
	b.typical = generation
	close(b.next)
	b.next = make(chan struct{})
}

func (b *batch) lesson() (lessons int, typical time.Duration, next <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.lessons, b.typical, b.next
}

// longestTurn is how long a look may keep the others from theirs: it may be
// answered late, or not at all.
const longestTurn = time.Second

// until waits until it is time to look at a report of the batch that has been
// waited for since a moment, and was looked at in the light of some lessons. It
// gives the lessons in whose light the look will be. The other function must be
// called after the look.
func (b *batch) until(ctx context.Context, started time.Time, applied int) (lessons int, looked func(), err error) {
	looked = func() {}
	lessons, typical, next := b.lesson()
	if lessons == applied {
		var taught bool
		if lessons == 0 {
			looked, taught, err = b.takeTurn(ctx, started, next)
		} else {
			// Twice as long as alone, since the others may teach.
			taught, err = sleepUntil(ctx, 2*pause(time.Since(started)), next)
		}
		if !taught || err != nil {
			return applied, looked, err
		}
		lessons, typical, _ = b.lesson()
	}
	// A little later than the others were done, for it would be a pity to come
	// just too early.
	likely := typical + between(typical/100, typical/25+1)
	return lessons, looked, sleep(ctx, likely-time.Since(started))
}

// takeTurn waits for the turn to look, and then for a pause, unless there is a
// lesson before.
func (b *batch) takeTurn(ctx context.Context, started time.Time, next <-chan struct{}) (looked func(), taught bool, err error) {
	looked = func() {}
	select {
	case <-next:
		return looked, true, nil
	case <-ctx.Done():
		return looked, false, ctx.Err()
	case b.turn <- struct{}{}:
	}
	taught, err = sleepUntil(ctx, pause(time.Since(started)), next)
	if taught || err != nil {
		<-b.turn
		return looked, taught, err
	}
	looked = sync.OnceFunc(func() { <-b.turn })
	time.AfterFunc(longestTurn, looked)
	return looked, false, nil
}
