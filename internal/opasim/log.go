package opasim

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Request is the record of a request. It never contains a secret: it has the
// scheme of the Authorization header and the presence of X-OPA-Token, but not
// their values, and not the body.
type Request struct {
	Method   string
	Path     string // as sent, percent-encoded
	RawQuery string
	// Status is the status of the response. 0 means that there is none: the
	// connection was closed, the client disconnected, or the request is still in
	// progress.
	Status   int
	Time     time.Time // of arrival, by the server's clock
	Duration time.Duration
	Header   http.Header // without Authorization and X-OPA-Token
	// Authorization is the scheme of the header, such as "Bearer". It is
	// "malformed" if the header has no scheme, and "" without the header.
	Authorization string
	// WorkloadToken reports whether the request had an X-OPA-Token header.
	WorkloadToken bool
}

// requestLog records requests.
type requestLog struct {
	mu          sync.Mutex
	requests    []*Request
	violations  []string
	inFlight    int
	maxInFlight int
	maxPending  int
	logins      int
}

// begin records the arrival of a request.
func (l *requestLog) begin(r *http.Request, now time.Time) *Request {
	entry := &Request{
		Method: r.Method, Path: r.URL.EscapedPath(), RawQuery: r.URL.RawQuery,
		Time: now, Header: r.Header.Clone(),
	}
	if value := r.Header.Get("Authorization"); value != "" {
		scheme, _, ok := strings.Cut(value, " ")
		if !ok {
			scheme = "malformed" // the only word may be the token
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

// end records the response and returns the complete record.
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

// Count returns the number of requests with a method ("" and "*" match any) and a
// path (a pattern as in [Fault.Path]). It panics on a malformed pattern.
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

// Violations returns a description of each request that the API does not document,
// in the order of their arrival.
func (s *Sim) Violations() []string {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	return append([]string(nil), s.log.violations...)
}

// MaxInFlight returns the highest number of concurrent requests, including those
// that were delayed.
func (s *Sim) MaxInFlight() int {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	return s.log.maxInFlight
}

// MaxPending returns the highest number of reports that were in progress at the
// same time.
func (s *Sim) MaxPending() int {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	return s.log.maxPending
}

// Logins returns the number of tokens that were issued to the service user and to
// workloads.
func (s *Sim) Logins() int {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	return s.log.logins
}

// ResetLog clears the log: requests, violations, logins and the two maximums.
func (s *Sim) ResetLog() {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	s.log.requests, s.log.violations = nil, nil
	s.log.maxInFlight, s.log.maxPending, s.log.logins = s.log.inFlight, 0, 0
}

// String returns the request as a log line.
func (r Request) String() string {
	target := r.Path
	if r.RawQuery != "" {
		target += "?" + r.RawQuery
	}
	status := strconv.Itoa(r.Status)
	if r.Status == 0 {
		status = "no response"
	}
	return fmt.Sprintf("%s %s %s → %s (%s)",
		r.Time.UTC().Format(time.RFC3339), r.Method, target, status, r.Duration.Round(time.Microsecond))
}
