package opasim

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Request is what is kept of a request. It never holds a secret: of the
// Authorization header only the scheme, of X-OPA-Token only that it was there,
// of the body nothing.
type Request struct {
	Method   string
	Path     string // as sent, percent-encoded
	RawQuery string
	// Status is that of the answer; 0 is none: the connection was closed, the
	// client went away, or the request is still being served.
	Status   int
	Time     time.Time // of its arrival, by the server's clock
	Duration time.Duration
	Header   http.Header // without Authorization and X-OPA-Token
	// Authorization is its scheme, such as "Bearer", or "malformed" if there is
	// none; "" without the header.
	Authorization string
	// WorkloadToken tells whether the request had an X-OPA-Token.
	WorkloadToken bool
}

// requestLog keeps what came in.
type requestLog struct {
	mu          sync.Mutex
	requests    []*Request
	violations  []string
	inFlight    int
	maxInFlight int
	maxPending  int
	logins      int
}

// begin records an arrival.
func (l *requestLog) begin(r *http.Request, now time.Time) *Request {
	entry := &Request{
		Method: r.Method, Path: r.URL.EscapedPath(), RawQuery: r.URL.RawQuery,
		Time: now, Header: r.Header.Clone(),
	}
	if value := r.Header.Get("Authorization"); value != "" {
		scheme, _, ok := strings.Cut(value, " ")
		if !ok {
			scheme = "malformed" // the one word may be the token
		}
		entry.Authorization = scheme
	}
	entry.WorkloadToken = len(r.Header.Values(workloadHeader)) > 0
	entry.Header.Del("Authorization")
	entry.Header.Del(workloadHeader)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.requests = append(l.requests, entry)
	l.inFlight++
	l.maxInFlight = max(l.maxInFlight, l.inFlight)
	return entry
}

// end records the answer and returns the whole entry.
func (l *requestLog) end(entry *Request, status int, now time.Time) Request {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.inFlight--
	entry.Status, entry.Duration = status, now.Sub(entry.Time)
	return *entry
}

func (l *requestLog) violation(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.violations = append(l.violations, text)
}

func (l *requestLog) login() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.logins++
}

func (l *requestLog) pending(reports int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.maxPending = max(l.maxPending, reports)
}

// Requests returns all requests in the order of their arrival.
func (s *Sim) Requests() []Request {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	all := make([]Request, len(s.log.requests))
	for i, entry := range s.log.requests {
		all[i] = *entry
		all[i].Header = entry.Header.Clone()
	}
	return all
}

// Count returns how many requests came in by method ("" and "*" are any) and
// path (a pattern as [Fault.Path] has it). It panics on a malformed pattern.
func (s *Sim) Count(method, pathPattern string) int {
	path, err := compilePattern(pathPattern)
	if err != nil {
		panic("opasim: " + err.Error())
	}
	n := 0
	for _, request := range s.Requests() {
		if methodMatches(method, request.Method) && path.matches(request.Path) {
			n++
		}
	}
	return n
}

// Violations returns what requests did that the API contract does not allow,
// one text each, in the order of their arrival.
func (s *Sim) Violations() []string {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	return append([]string(nil), s.log.violations...)
}

// MaxInFlight returns the highest number of requests in flight at one time,
// held ones too.
func (s *Sim) MaxInFlight() int {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	return s.log.maxInFlight
}

// MaxPending returns the highest number of reports that were being generated at
// one time.
func (s *Sim) MaxPending() int {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	return s.log.maxPending
}

// Logins returns how many tokens were issued, to the service user and to
// workloads.
func (s *Sim) Logins() int {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	return s.log.logins
}

// ResetLog forgets all that the log methods tell: requests, violations, logins
// and the two highest numbers.
func (s *Sim) ResetLog() {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	s.log.requests, s.log.violations = nil, nil
	s.log.maxInFlight, s.log.maxPending, s.log.logins = s.log.inFlight, 0, 0
}

// String is the request as a line of a log.
func (r Request) String() string {
	target := r.Path
	if r.RawQuery != "" {
		target += "?" + r.RawQuery
	}
	answer := strconv.Itoa(r.Status)
	if r.Status == 0 {
		answer = "no answer"
	}
	return fmt.Sprintf("%s %s %s → %s (%s)",
		r.Time.UTC().Format(time.RFC3339), r.Method, target, answer, r.Duration.Round(time.Microsecond))
}
