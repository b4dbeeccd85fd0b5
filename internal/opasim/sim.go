package opasim

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Sim is a simulated tenant. It is an http.Handler and may be used by any
// number of goroutines.
type Sim struct {
	opts    Options
	world   atomic.Pointer[World]
	limits  limits
	tokens  tokens
	reports reports
	faults  faults
	log     requestLog

	shuffleMu sync.Mutex
	shuffle   *rand.Rand
}

// New makes a tenant, or returns an error that names the option that makes no
// sense.
func New(opts Options) (*Sim, error) {
	opts, err := opts.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("simulator: %w", err)
	}
	s := &Sim{
		opts:    opts,
		limits:  newLimits(opts),
		tokens:  tokens{accepted: map[string]grant{}},
		reports: reports{byID: map[string]*report{}, attempts: map[string]int{}},
		faults:  faults{rand: rand.New(rand.NewPCG(opts.Seed, 1))},
		shuffle: rand.New(rand.NewPCG(opts.Seed, 2)),
	}
	s.world.Store(opts.World)
	for _, token := range opts.StaticTokens {
		s.tokens.accepted[token] = grant{}
	}
	s.faults.set(opts.Faults)
	return s, nil
}

// World returns what the tenant knows now.
func (s *Sim) World() *World { return s.world.Load() }

// SetWorld changes who and what the tenant knows. Reports that exist keep the
// rows of the world in which they were created.
func (s *Sim) SetWorld(w *World) { s.world.Store(w) }

// now is the server's clock.
func (s *Sim) now() time.Time { return time.Now().Add(s.opts.ClockSkew) }

// maxBody is the size in bytes from which on a request's body is cut off; no
// body of this API comes near.
const maxBody = 1 << 20

// handle answers a request and logs it. scheme is that of the URL by which the
// client came, for links.
func (s *Sim) handle(r *http.Request, scheme string) *response {
	entry := s.log.begin(r, s.now())
	resp := s.answer(r, scheme)
	status := resp.status
	if resp.dropped {
		status = 0
	}
	done := s.log.end(entry, status, s.now())
	if s.opts.OnRequest != nil {
		s.opts.OnRequest(done)
	}
	return resp
}

// answer lets the request meet its fault, the limits and the API, in that order,
// and the answer the fault again.
func (s *Sim) answer(r *http.Request, scheme string) *response {
	// The body is read before anything waits: net/http notices that a client
	// went away only once the body is read.
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		return &response{dropped: true}
	}
	ctx := r.Context()
	fault := s.faults.meet(r.Method, r.URL.EscapedPath())
	if !sleep(ctx, fault.Delay) {
		return &response{dropped: true}
	}
	var resp *response
	if fault.After || !fault.replaces() {
		resp = s.serve(r, scheme, body)
	}
	if fault.replaces() {
		resp = fault.answer()
	}
	if !sleep(ctx, fault.DelayAfter) || resp.dropped {
		return &response{dropped: true}
	}
	now := s.now()
	resp.header.Set("Date", now.UTC().Format(http.TimeFormat))
	s.limits.describe(resp.header, now)
	fault.apply(resp)
	return resp
}

// serve is the tenant itself: it takes its time, and a place while it does.
func (s *Sim) serve(r *http.Request, scheme string, body []byte) *response {
	leave, refusal := s.limits.enter(r.Context(), s.now)
	if refusal != nil {
		return refusal
	}
	defer leave()
	if !sleep(r.Context(), s.opts.Latency) {
		return &response{dropped: true}
	}
	if refusal := s.limits.spend(s.now()); refusal != nil {
		return refusal
	}
	return s.dispatch(&call{
		method: r.Method, path: r.URL.EscapedPath(), rawQuery: r.URL.RawQuery,
		header: r.Header, body: body, origin: scheme + "://" + r.Host,
		now: s.now(), world: s.World(),
	})
}

// sleep waits and tells whether the context lasted as long.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
