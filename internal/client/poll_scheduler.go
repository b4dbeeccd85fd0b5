package client

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// pollScheduler decides when the reports of a client are polled. All reports share one
// budget: together they are polled as often as the youngest of them would be alone, and
// the one that has been due for the longest time is next.
//
// Completed reports show how long reports take. A report that has taken as long as
// another one did is probably completed, so its poll does not wait for the budget.
type pollScheduler struct {
	mu        sync.Mutex
	waiting   []*pendingReport
	durations []time.Duration // of completed reports, no two of them similar
	polled    time.Time       // the last poll of any report
	pause     float64         // until the next poll by the budget, in intervals
	timer     *time.Timer     // for the next poll; nil before the first
}

// pendingReport is a report that is not completed.
type pendingReport struct {
	started time.Time
	polled  time.Time     // the last poll, at first started
	margin  float64       // added to the durations of other reports
	turn    chan struct{} // receives a value when the report is to be polled
}

func newPendingReport() *pendingReport {
	now := time.Now()
	// A little longer than other reports took, so that the poll is not just too early.
	return &pendingReport{started: now, polled: now, margin: 0.005 + 0.015*rand.Float64(), turn: make(chan struct{}, 1)}
}

// wait blocks until a report is to be polled.
func (s *pollScheduler) wait(ctx context.Context, p *pendingReport) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	s.mu.Lock()
	s.waiting = append(s.waiting, p)
	s.dispatch()
	s.mu.Unlock()
	select {
	case <-p.turn:
		return nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := slices.Index(s.waiting, p); i >= 0 {
		s.waiting = slices.Delete(s.waiting, i, i+1)
		s.dispatch()
	}
	return ctx.Err()
}

// similarRatio is the maximum ratio of two durations that count as the same.
const similarRatio = 1.5

// completed records how long a report took. Of similar durations it keeps the shortest.
func (s *pollScheduler) completed(took time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.durations, func(d time.Duration) bool {
		return float64(took) < similarRatio*float64(d) && float64(d) < similarRatio*float64(took)
	})
	if i >= 0 {
		s.durations[i] = min(s.durations[i], took)
	} else {
		s.durations = append(s.durations, took)
	}
	s.dispatch()
}

// dispatch lets all polls start that are due, and sets the timer for the next one.
func (s *pollScheduler) dispatch() {
	if s.timer != nil {
		s.timer.Stop()
	}
	for len(s.waiting) > 0 {
		i, at := s.next()
		if delay := time.Until(at); delay > 0 {
			s.timer = time.AfterFunc(delay, func() {
				s.mu.Lock()
				defer s.mu.Unlock()
				s.dispatch()
			})
			return
		}
		s.poll(i)
	}
}

// poll lets the poll of a report start. A poll that did not wait for the budget is taken
// from it later, up to a limit.
func (s *pollScheduler) poll(i int) {
	p, now := s.waiting[i], time.Now()
	debt := s.pause - now.Sub(s.polled).Seconds()/pollInterval(s.youngest()).Seconds()
	s.polled, s.pause = now, min(max(debt, 0), maxDebt)+1+maxJitter*(2*rand.Float64()-1)
	p.polled = now
	s.waiting = slices.Delete(s.waiting, i, i+1)
	p.turn <- struct{}{}
}

// youngest returns the age of the youngest report at the time of the last poll.
func (s *pollScheduler) youngest() time.Duration {
	p := slices.MaxFunc(s.waiting, func(a, b *pendingReport) int { return a.started.Compare(b.started) })
	return s.polled.Sub(p.started)
}

// next returns the index of the report that is polled next, and when.
func (s *pollScheduler) next() (index int, at time.Time) {
	age := s.youngest()
	pause := scale(pollInterval(age), s.pause)
	if len(s.waiting) > manyReports {
		pause = max(pause, scale(age, manyReportsShare))
	}
	free := s.polled.Add(pause)
	var since time.Time // when the report is due
	for i, p := range s.waiting {
		// The shortest interval of a report that is alone; the budget has the jitter.
		due := p.polled.Add(scale(pollInterval(p.polled.Sub(p.started)), 1-maxJitter))
		start := latest(due, free)
		if likely, ok := s.likelyDone(p); ok && likely.Before(start) {
			due, start = likely, likely
		}
		if i == 0 || start.Before(at) || start.Equal(at) && due.Before(since) {
			index, at, since = i, start, due
		}
	}
	return index, at
}

// likelyDone returns when a report is probably completed, judged by the durations of
// others. The first time is when it has taken a little longer than one of them. The next
// ones are when the excess has doubled or the age has grown by a third.
func (s *pollScheduler) likelyDone(p *pendingReport) (at time.Time, ok bool) {
	age := p.polled.Sub(p.started)
	for _, d := range s.durations {
		next := max(scale(d, 1+p.margin), minLikelyDone)
		if age >= next {
			next = max(min(d+max(2*(age-d), d/12), age*4/3), age+minLikelyInterval)
		}
		if t := p.started.Add(next); !ok || t.Before(at) {
			at, ok = t, true
		}
	}
	return at, ok
}

// Limits for polls that do not wait for the budget: reports that are completed almost at
// once show little about others.
const (
	minLikelyDone     = 100 * time.Millisecond
	minLikelyInterval = 250 * time.Millisecond
)

// maxDebt is how many polls that did not wait for the budget are taken from it later. It
// is small, so that a slow report does not wait long after the polls of many others.
const maxDebt = 5

// maxJitter is how much an interval may be shorter or longer at random, as a part of it,
// so that not all clients poll at the same time.
const maxJitter = 0.15

// Many reports are polled less often, because the first one that is completed shows when
// to poll the others: the interval is at least this part of their age.
const (
	manyReports      = 10
	manyReportsShare = 0.07
)

const (
	firstPollInterval = 410 * time.Millisecond // minus the jitter, if the report is alone
	maxPollInterval   = 20 * time.Second
)

// pollInterval returns the interval after a poll of a report of an age. On average, the
// end of a report is noticed after half of it: within 250 ms, or 1.5 % of the report's
// duration if that is longer, with fewer than 100 polls in the first minute.
func pollInterval(age time.Duration) time.Duration {
	switch {
	case age <= 0:
		return firstPollInterval
	case age < 2500*time.Millisecond:
		return 300 * time.Millisecond
	case age < 46*time.Second:
		return min(max(scale(age, 0.028), 490*time.Millisecond), 620*time.Millisecond)
	}
	return min(scale(age, 0.028), maxPollInterval)
}

func scale(d time.Duration, factor float64) time.Duration {
	return time.Duration(float64(d) * factor)
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
