package opasim

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
)

// Fault is a rule by which some requests fail. A request meets the first rule,
// in their order, that matches it and is due.
//
// Without After the fault stands before the tenant, which then never hears of a
// request that gets a Status, a Redirect or a Close. With After the tenant does
// its work first, and only its answer is lost or replaced: the report of a
// create exists.
//
// What is left zero is as without the rule.
type Fault struct {
	// Method is an HTTP method; "" and "*" are any.
	Method string
	// Path is a path below /v1/teams/<team>, such as "/access_reports", as it is
	// sent (percent-encoded), with {…} for any one segment and * for any run of
	// characters. One that begins with * or /v1/ is compared with the whole path.
	Path string
	// Nth is the first matching request, from 1, that the rule acts on.
	Nth int
	// Times is on how many requests it acts; 0 is all.
	Times int
	// Probability is the chance to act on a request that is due; 0 is always.
	Probability float64

	// Delay is waited before the tenant's work, DelayAfter after it.
	Delay, DelayAfter time.Duration
	// After lets the tenant do its work before the answer is replaced or lost.
	After bool
	// Status replaces the answer. Without a Body it carries the API's own error.
	Status int
	// Header is added to the answer, over what it has.
	Header http.Header
	// Body replaces the body; nil keeps it, an empty slice empties it.
	Body []byte
	// Redirect answers with this Location, and with 307 if Status is 0.
	Redirect string
	// Close ends the connection without an answer. Go's own client repeats a GET
	// by itself if that happens on a connection that it had used before.
	Close bool
	// Cut ends the answer after CutAfter bytes of its body; a negative CutAfter
	// counts from the body's end. Whether the client can notice is up to Framing.
	Cut      bool
	CutAfter int
	// Framing is how the end of the body is told.
	Framing Framing
}

// Framing is how an answer tells where its body ends.
type Framing string

// What a Framing can be.
const (
	FramingLength  Framing = "length"  // Content-Length; the default
	FramingChunked Framing = "chunked" // Transfer-Encoding: chunked
	FramingClose   Framing = "close"   // the end of the connection, as in HTTP/1.0: a cut cannot be told
)

// check names what no rule can mean.
func (f Fault) check() error {
	if _, err := compilePattern(f.Path); err != nil {
		return err
	}
	switch {
	case f.Nth < 0 || f.Times < 0 || f.Delay < 0 || f.DelayAfter < 0:
		return errors.New("nth, times and delays must not be negative")
	case f.Probability < 0 || f.Probability > 1:
		return fmt.Errorf("probability %v: want 0 to 1", f.Probability)
	case f.Status != 0 && (f.Status < 200 || f.Status > 599):
		return fmt.Errorf("status %d: want 200 to 599", f.Status)
	case f.Close && (f.Status != 0 || f.Body != nil || f.Redirect != "" || f.Cut):
		return errors.New("close leaves no answer that the rest could change")
	case f.Framing != "" && f.Framing != FramingLength && f.Framing != FramingChunked && f.Framing != FramingClose:
		return fmt.Errorf("framing %q: want %s, %s or %s", f.Framing, FramingLength, FramingChunked, FramingClose)
	}
	return nil
}

// replaces tells whether the answer is the rule's own.
func (f Fault) replaces() bool { return f.Status != 0 || f.Redirect != "" || f.Close }

// answer is the rule's own answer.
func (f Fault) answer() *response {
	if f.Close {
		return &response{dropped: true}
	}
	if f.Redirect != "" {
		resp := respond(cmp.Or(f.Status, http.StatusTemporaryRedirect), "", nil)
		resp.header.Set("Location", f.Redirect)
		return resp
	}
	if !bodyAllowed(f.Status) {
		return respond(f.Status, "", nil)
	}
	return fail(f.Status, cmp.Or(errorTypes[f.Status], "unknown_error"), "simulated fault")
}

// apply changes an answer, the rule's own or the tenant's.
func (f Fault) apply(resp *response) {
	if resp.dropped {
		return
	}
	if f.Body != nil {
		resp.body, resp.sent = f.Body, len(f.Body)
	}
	for name, values := range f.Header {
		resp.header[http.CanonicalHeaderKey(name)] = values
	}
	if f.Framing != "" {
		resp.framing = f.Framing
	}
	if f.Cut {
		keep := f.CutAfter
		if keep < 0 {
			keep += len(resp.body)
		}
		resp.sent = min(max(keep, 0), len(resp.body))
	}
}

// faults holds the rules that are in force.
type faults struct {
	mu    sync.Mutex
	rand  *rand.Rand
	rules []*faultRule
}

type faultRule struct {
	Fault
	path         pathPattern
	met, actions int
}

// SetFaults replaces all rules. It panics on a rule that makes no sense, as New
// would return an error.
func (s *Sim) SetFaults(rules ...Fault) {
	for i, f := range rules {
		if err := f.check(); err != nil {
			panic(fmt.Sprintf("opasim: fault %d: %v", i+1, err))
		}
	}
	s.faults.set(rules)
}

func (f *faults) set(rules []Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rules = nil
	for _, rule := range rules {
		path, _ := compilePattern(rule.Path) // checked before
		f.rules = append(f.rules, &faultRule{Fault: rule, path: path})
	}
}

// meet returns the rule that acts on the request; the zero Fault changes
// nothing.
func (f *faults) meet(method, path string) Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, rule := range f.rules {
		if !methodMatches(rule.Method, method) || !rule.path.matches(path) {
			continue
		}
		rule.met++
		due := rule.met >= rule.Nth && (rule.Times == 0 || rule.actions < rule.Times)
		if due && (rule.Probability == 0 || f.rand.Float64() < rule.Probability) {
			rule.actions++
			return rule.Fault
		}
	}
	return Fault{}
}
