package client

import "time"

// window is the limit of concurrent requests. It starts small and doubles in each round
// of responses, until a request is refused or responses become slower: then it is
// halved, and from then on it grows by one in each round.
type window struct {
	most    int  // the limit that the user set
	current int  // 0 before the first request
	slow    bool // grows by one

	changed   time.Time // requests sent before are of an earlier round
	responses int       // of the round
	full      bool      // whether requests waited in this round
	latencies map[string]*latency
}

// latency is the latency of one kind of requests.
type latency struct {
	best      time.Duration // the lowest average of a round; 0 before the first
	sum       time.Duration // of this round
	responses int           // of this round
}

const (
	initialWindow = 10
	// Responses are slower if the average of a round exceeds the lowest average by this.
	slowRatio = 2
	slowExtra = 10 * time.Millisecond
)

// size returns the current limit.
func (w *window) size() int {
	if w.current == 0 {
		w.current = min(initialWindow, w.most)
	}
	return w.current
}

// refuse halves the window. Other requests that were sent before do so only once.
func (w *window) refuse(a attempt) {
	if a.sent.After(w.changed) {
		w.halve()
	}
}

// accept records a response and, after a round, changes the window. waiting reports
// whether more requests were waiting.
func (w *window) accept(a attempt, waiting bool) {
	if a.sent.Before(w.changed) || a.status/100 == 5 {
		return
	}
	w.responses++
	w.full = w.full || waiting
	if a.kind != "" {
		w.record(a)
	}
	switch {
	case w.responses < w.size():
	case w.isSlower():
		w.halve()
	case w.full && !w.slow:
		w.set(2 * w.current)
	case w.full:
		w.set(w.current + 1)
	default:
		w.set(w.current)
	}
}

func (w *window) record(a attempt) {
	if w.latencies == nil {
		w.latencies = map[string]*latency{}
	}
	l := w.latencies[a.kind]
	if l == nil {
		l = &latency{}
		w.latencies[a.kind] = l
	}
	l.sum += time.Since(a.sent)
	l.responses++
}

// isSlower reports whether the responses of the round are slower than before. Only a kind
// that most of them have shows it. Few requests are not the reason if responses are slow.
func (w *window) isSlower() (slower bool) {
	for _, l := range w.latencies {
		if 2*l.responses <= w.responses {
			continue
		}
		average := l.sum / time.Duration(l.responses)
		if l.best == 0 {
			l.best = average
		}
		slower = w.current > 2 && average > slowRatio*l.best+slowExtra
		l.best = min(l.best, average)
	}
	return slower
}

func (w *window) halve() {
	w.slow = true
	w.set(w.current / 2)
}

// set starts a new round with a window.
func (w *window) set(size int) {
	w.current = max(1, min(size, w.most))
	w.changed, w.responses, w.full = time.Now(), 0, false
	for _, l := range w.latencies {
		l.sum, l.responses = 0, 0
	}
}
