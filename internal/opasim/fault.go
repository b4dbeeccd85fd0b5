package opasim

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Fault is a rule that makes some requests fail. The first rule that matches a
// request and is due applies to it.
//
// Without After, a rule with a Status, a Redirect or Close applies before the
// tenant handles the request: the tenant never sees it. With After, the tenant
// handles the request first, and only its response is lost or replaced: a create
// does create the report.
//
// A field with the zero value changes nothing.
type Fault struct {
	// Method is an HTTP method. "" and "*" match any.
	Method string
	// Path is a path below /v1/teams/<team>, such as "/access_reports", as it is
	// sent (percent-encoded). {…} matches one segment, and * any characters. A
	// path that begins with * or /v1/ is compared with the complete path.
	Path string
	// Nth is the first matching request, from 1, that the rule applies to.
	Nth int
	// Times is the number of requests that it applies to. 0 means all.
	Times int
	// Probability is the probability that it applies to a request that is due.
	// 0 means always.
	Probability float64

	// Delay is the time to wait before the tenant handles the request, DelayAfter
	// the time to wait afterwards.
	Delay, DelayAfter time.Duration
	// After lets the tenant handle the request before its response is replaced or
	// lost.
	After bool
	// Status replaces the response. Without a Body, the body is an error as the
	// API writes it.
	Status int
	// Header is added to the response and replaces headers of the same name.
	Header http.Header
	// Body replaces the body. nil keeps it; an empty slice empties it.
	Body []byte
	// Redirect is the Location of a redirect, with the status 307 if Status is 0.
	Redirect string
	// Close closes the connection without a response. Go's HTTP client repeats a
	// GET by itself if that happens on a reused connection.
	Close bool
	// Cut ends the response after CutAfter bytes of its body. A negative CutAfter
	// counts from the end of the body. Framing determines whether a client can
	// notice.
	Cut      bool
	CutAfter int
	// Framing is how the response shows where its body ends.
	Framing Framing
}

// Framing is how a response shows where its body ends.
type Framing string

// The framings.
const (
	FramingLength  Framing = "length"  // Content-Length; the default
	FramingChunked Framing = "chunked" // Transfer-Encoding: chunked
	FramingClose   Framing = "close"   // the end of the connection, as in HTTP/1.0: a client cannot notice a cut
)

// check returns an error if the rule is invalid.
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
		return errors.New("close sends no response, so it cannot be combined with status, body, redirect or cut")
	case f.Framing != "" && f.Framing != FramingLength && f.Framing != FramingChunked && f.Framing != FramingClose:
		return fmt.Errorf("framing %q: want %s, %s or %s", f.Framing, FramingLength, FramingChunked, FramingClose)
	}
	return nil
}

// replaces reports whether the rule replaces the tenant's response.
func (f Fault) replaces() bool { return f.Status != 0 || f.Redirect != "" || f.Close }

// response returns the response that replaces the tenant's.
func (f Fault) response() *response {
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
	return errorResponse(f.Status, cmp.Or(errorTypes[f.Status], "unknown_error"), "simulated fault")
}

// apply changes a response, which is the rule's own or the tenant's.
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
