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

// Sim is a simulated tenant. It is an http.Handler and safe for concurrent use.
type Sim struct {
	opts    Options
	world   atomic.Pointer[World]
	limits  limits
	tokens  tokens
	reports reports
	faults  faults
	log     requestLog
	replay  *replay // nil without a profile

	shuffleMu sync.Mutex
	shuffle   *rand.Rand
}

// New returns a simulated tenant, or an error that names the invalid option.
func New(opts Options) (*Sim, error) {
	opts = opts.withDefaults()
	if err := opts.check(); err != nil {
		return nil, fmt.Errorf("simulator: %w", err)
	}
	s := &Sim{
		opts:    opts,
		limits:  newLimits(opts),
		replay:  newReplay(opts.Profile),
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
	for _, past := range opts.Past {
		s.addPast(past)
	}
	return s, nil
}

// World returns the current world of the tenant.
func (s *Sim) World() *World { return s.world.Load() }

// SetWorld replaces the world of the tenant. Existing reports keep the rows of the
// world in which they were created.
func (s *Sim) SetWorld(w *World) { s.world.Store(w) }

// now returns the time by the server's clock.
func (s *Sim) now() time.Time { return time.Now().Add(s.opts.ClockSkew) }

// maxBody is the number of bytes of a request's body that are read. The bodies of
// this API are much smaller.
const maxBody = 1 << 20

// handle handles and logs a request. scheme is the scheme of the URL that the client
// used; links have it, too.
func (s *Sim) handle(r *http.Request, scheme string) *response {
	entry := s.log.begin(r, s.now())
	resp := s.serveWithFaults(r, scheme)
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

// serveWithFaults applies the fault that matches the request before and after serve.
func (s *Sim) serveWithFaults(r *http.Request, scheme string) *response {
	// Read the body before waiting: only afterwards net/http notices that a client
	// has disconnected.
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		return &response{dropped: true}
	}
	ctx := r.Context()
	fault := s.faults.match(r.Method, r.URL.EscapedPath())
	if !sleep(ctx, fault.Delay) {
		return &response{dropped: true}
	}
	var resp *response
	if fault.After || !fault.replaces() {
		resp = s.serve(r, scheme, body)
	}
	if fault.replaces() {
		resp = fault.response()
	}
	if !sleep(ctx, fault.DelayAfter) || resp.dropped {
		return &response{dropped: true}
	}
	now := s.now()
	resp.header.Set("Date", now.UTC().Format(http.TimeFormat))
	s.limits.setHeaders(resp.header, now)
	s.replay.shape(r, resp, now)
	fault.apply(resp)
	return resp
}

// serve handles a request within the limits of the tenant.
func (s *Sim) serve(r *http.Request, scheme string, body []byte) *response {
	release, failure := s.limits.acquire(r.Context(), s.now)
	if failure != nil {
		return failure
	}
	defer release()
	if !sleep(r.Context(), s.opts.Latency) {
		return &response{dropped: true}
	}
	if failure := s.limits.take(s.now()); failure != nil {
		return failure
	}
	if failure := s.replay.fail(r, s.now()); failure != nil {
		return failure
	}
	return s.dispatch(&call{
		method: r.Method, path: r.URL.EscapedPath(), rawQuery: r.URL.RawQuery,
		header: r.Header, body: body, origin: scheme + "://" + r.Host,
		now: s.now(), world: s.World(),
	})
}

// sleep waits and reports whether the context was still valid at the end.
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
