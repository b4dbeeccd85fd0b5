package client

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// APIError is an answer by which the API, or something in front of it, refuses
// a request. It is the one form of all the error bodies of section 9.1.
type APIError struct {
	StatusCode int
	Type       ServerText // such as authorization_error; empty where the body names none
	Message    ServerText // the API's own words; empty where there are none
	RequestID  ServerText // empty where the answer has none

	retryAfter time.Duration // which the server asks for; 0 where it does not
}

func (e *APIError) Error() string {
	text := fmt.Sprintf("HTTP status %d", e.StatusCode)
	if name := http.StatusText(e.StatusCode); name != "" {
		text += " " + name
	}
	if e.Type != (ServerText{}) {
		text += ", " + e.Type.String()
	}
	if e.Message != (ServerText{}) {
		text += ": " + e.Message.String()
	}
	return text
}

// MissingRole says whether the user is known and lacks a role: OPA answers so
// with 401 too (section 3.1).
func (e *APIError) MissingRole() bool {
	switch e.StatusCode {
	case http.StatusForbidden:
		return e.Type.String() != "quota_exceeded" && e.Type.String() != "disabled_team"
	case http.StatusUnauthorized:
		return e.Type.String() == "authorization_error" || strings.Contains(strings.ToLower(e.Message.String()), "missing capability")
	}
	return false
}

// NoResponseError is a request without a whole answer: the connection could not
// be made or was lost, the answer was cut off or came too late.
type NoResponseError struct {
	Sent bool // the server may have got the request

	err  error
	text ServerText // of err: the network's errors may quote what came over it
}

func (e *NoResponseError) Error() string { return "no answer: " + e.text.String() }

func (c *Client) noResponse(sent bool, err error) error {
	return &NoResponseError{Sent: sent, err: err, text: c.secrets.redact(err.Error())}
}

// Unwrap gives the network's own error.
func (e *NoResponseError) Unwrap() error { return e.err }

// ProtocolError is an answer with a status of success that is not what the API
// promises. Nothing is read out of such an answer.
type ProtocolError struct {
	Problem string

	complete bool // the answer could be read, and is not an answer to the question
}

func (e *ProtocolError) Error() string { return "the answer was not understood: " + e.Problem }

// protocolErrorf makes a *ProtocolError. What came from the server is given to it
// as a ServerText.
func protocolErrorf(format string, args ...any) error {
	return &ProtocolError{Problem: fmt.Sprintf(format, args...)}
}

// SignInError says that no token was to be had, for an API key or a workload.
// What it was needed for was not asked at all.
type SignInError struct {
	KeyID      string // "" for a workload
	Connection string // of the workload; "" for a key
	Err        error
}

func (e *SignInError) Error() string {
	with := "an API key"
	if e.Connection != "" {
		with = "a workload's identity"
	}
	return "signing in with " + with + ": " + e.Err.Error()
}

// Unwrap gives the reason.
func (e *SignInError) Unwrap() error { return e.Err }

// Refused says whether the API did not accept the key or the workload.
func (e *SignInError) Refused() bool {
	refused, ok := errors.AsType[*APIError](e.Err)
	return ok && refused.StatusCode >= 400 && refused.StatusCode <= 404
}

// refusal is the answer by which the API refused a request itself, not the
// sign-in before it, or nil.
func refusal(err error) *APIError {
	if _, ok := errors.AsType[*SignInError](err); ok {
		return nil
	}
	refused, _ := errors.AsType[*APIError](err)
	return refused
}

// NotFoundError says that nothing in the team is called so.
type NotFoundError struct {
	What  string // user, group, server or report
	By    string // what it was looked up by, as written in HCL: user_name, hostname …
	Value string
	// Within is what else was asked of it, such as project_name "storefront"; ""
	// for nothing.
	Within  string
	Deleted bool  // it was there
	Err     error // the API's answer; nil where a list was searched
}

func (e *NotFoundError) Error() string {
	if e.Deleted {
		return fmt.Sprintf("the %s with the %s %q was deleted", e.What, e.By, e.Value)
	}
	text := fmt.Sprintf("no %s has the %s %q", e.What, e.By, e.Value)
	if e.Within != "" {
		text += " and the " + e.Within
	}
	return text
}

// Unwrap gives the API's answer, if there is one.
func (e *NotFoundError) Unwrap() error { return e.Err }

// AmbiguousServerError says that several servers are called so.
type AmbiguousServerError struct {
	By         string // as in NotFoundError
	Value      string
	Candidates []ServerSummary
}

func (e *AmbiguousServerError) Error() string {
	return fmt.Sprintf("%d servers have the %s %q", len(e.Candidates), e.By, e.Value)
}

// ReportFailedError says that OPA could not generate a report. OPA gives no reason
// (section 1.2).
type ReportFailedError struct {
	Report  Report        // as data; messages say what is in Summary
	Summary ReportSummary // of Report
	Again   bool          // this one was asked for in the place of another that failed
}

func (e *ReportFailedError) Error() string {
	return fmt.Sprintf("report %s ended with the status %s", e.Summary.ID, e.Summary.Status)
}

// ContextError says that the context ended before a request had an answer.
type ContextError struct {
	Err  error // the context's
	Last error // how the last try before failed, nil if there was none
}

func (e *ContextError) Error() string {
	if e.Last == nil {
		return e.Err.Error()
	}
	return e.Err.Error() + "; the last try failed: " + e.Last.Error()
}

// Unwrap gives both errors.
func (e *ContextError) Unwrap() []error { return []error{e.Err, e.Last} }

// InterruptedError says that the context ended before a report was there.
type InterruptedError struct {
	Report  Report        // as data; its ID is "" where no report was known yet
	Summary ReportSummary // of Report
	Elapsed time.Duration
	Last    error // the last failure of a request, nil if none was being retried
	Err     error // the context's error
}

func (e *InterruptedError) Error() string {
	return fmt.Sprintf("interrupted after %s: %s", e.Elapsed.Round(time.Millisecond), e.Err)
}

// Unwrap gives the context's error and the last request's.
func (e *InterruptedError) Unwrap() []error { return []error{e.Err, e.Last} }

// isStatus says whether the API refused the request with one of these statuses.
func isStatus(err error, statuses ...int) bool {
	refused := refusal(err)
	return refused != nil && slices.Contains(statuses, refused.StatusCode)
}
