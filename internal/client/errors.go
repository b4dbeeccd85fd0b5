package client

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// APIError is an error response of the API, or of a proxy in front of it. It
// represents all forms of error bodies (API.md, error-body).
type APIError struct {
	StatusCode int
	Type       ServerText // such as authorization_error; empty if the body has none
	Message    ServerText // of the API; empty if there is none
	RequestID  ServerText // empty if the response has none
	Body       BodyForm

	retryAfter time.Duration // that the server requested; 0 for none
}

// BodyForm is the form of the body of an error response, which shows whether a proxy may have
// sent it instead of the API.
type BodyForm string

// The forms.
const (
	APIBody   BodyForm = "" // JSON, or empty
	WebPage   BodyForm = "a web page"
	OtherBody BodyForm = "not JSON" // another media type
)

func (e *APIError) Error() string {
	text := fmt.Sprintf("HTTP status %d", e.StatusCode)
	if name := http.StatusText(e.StatusCode); name != "" {
		text += " " + name
	}
	if e.Body != APIBody {
		text += ", " + string(e.Body)
	}
	if e.Type != (ServerText{}) {
		text += ", " + e.Type.String()
	}
	if e.Message != (ServerText{}) {
		text += ": " + e.Message.String()
	}
	return text
}

// MissingRole reports whether the user is authenticated but has no required role, for which
// OPA uses the status 401 too (API.md, missing-role-401).
func (e *APIError) MissingRole() bool {
	switch e.StatusCode {
	case http.StatusForbidden:
		return e.Type.String() != "quota_exceeded" && e.Type.String() != "disabled_team"
	case http.StatusUnauthorized:
		return e.Type.String() == "authorization_error" || strings.Contains(strings.ToLower(e.Message.String()), "missing capability")
	}
	return false
}

// NoResponseError is a request without a complete response: the connection failed or
// was lost, or the response was truncated or timed out.
type NoResponseError struct {
	Sent       bool // the server may have received the request
	Incomplete bool // the response began, but did not end

	err  error
	text ServerText // of err, redacted: network errors may quote data
}

func (e *NoResponseError) Error() string {
	if e.Incomplete {
		return "the response ended before it was complete: " + e.text.String()
	}
	return "no response: " + e.text.String()
}

func (c *Client) noResponse(sent bool, err error) error {
	return &NoResponseError{Sent: sent, err: err, text: c.secrets.redact(err.Error())}
}

func (c *Client) incompleteResponse(err error) error {
	return &NoResponseError{Sent: true, Incomplete: true, err: err, text: c.secrets.redact(err.Error())}
}

// Unwrap returns the network's error.
func (e *NoResponseError) Unwrap() error { return e.err }

// ProtocolError is a response with a success status that the API does not specify.
// No data of such a response is used.
type ProtocolError struct {
	Problem string

	complete bool // the response is well-formed, but does not match the request
}

func (e *ProtocolError) Error() string { return "unexpected response: " + e.Problem }

// protocolErrorf returns a *ProtocolError. Text from the server must be passed as a
// ServerText.
func protocolErrorf(format string, args ...any) error {
	return &ProtocolError{Problem: fmt.Sprintf(format, args...)}
}

// SignInError is a failure to get a token for an API key or a workload. The request
// that needed the token was not sent.
type SignInError struct {
	KeyID      string // "" for a workload
	Connection string // of the workload; "" for a key
	Err        error
}

func (e *SignInError) Error() string {
	with := "an API key"
	if e.Connection != "" {
		with = "a workload identity"
	}
	return "authenticating with " + with + ": " + e.Err.Error()
}

// Unwrap returns the reason.
func (e *SignInError) Unwrap() error { return e.Err }

// Refused reports whether the API rejected the key or the workload.
func (e *SignInError) Refused() bool {
	refused, ok := errors.AsType[*APIError](e.Err)
	return ok && refused.StatusCode >= 400 && refused.StatusCode <= 404
}

// refusal returns the error response to a request itself, not to the sign-in before
// it, or nil.
func asAPIError(err error) *APIError {
	if _, ok := errors.AsType[*SignInError](err); ok {
		return nil
	}
	refused, _ := errors.AsType[*APIError](err)
	return refused
}

// NotFoundError is a lookup that found no object in the team.
type NotFoundError struct {
	Object Object
	Key    Key
	Value  string // of the key
	// Within describes further conditions, such as project name "storefront"; "" for
	// none.
	Within  string
	Deleted bool  // the object exists, but was deleted
	Err     error // the API's error response; nil if a list was searched

	ByEmail []ServerText // names of users whose email address is Value
	Similar []ServerText // similar names, at most three
}

func (e *NotFoundError) Error() string {
	if e.Deleted {
		return fmt.Sprintf("the %s with the %s %q was deleted", e.Object, e.Key, e.Value)
	}
	text := fmt.Sprintf("no %s has the %s %q", e.Object, e.Key, e.Value)
	if e.Within != "" {
		text += " and the " + e.Within
	}
	return text
}

// Unwrap returns the API's error response, if there is one.
func (e *NotFoundError) Unwrap() error { return e.Err }

// AmbiguousServerError is a lookup that found several servers.
type AmbiguousServerError struct {
	Key        Key
	Value      string // of the key
	Candidates []ServerSummary
}

func (e *AmbiguousServerError) Error() string {
	return fmt.Sprintf("%d servers have the %s %q", len(e.Candidates), e.Key, e.Value)
}

// AmbiguousUserError is a lookup that found several users.
type AmbiguousUserError struct {
	Email string
	Names []ServerText // of the users
}

func (e *AmbiguousUserError) Error() string {
	return fmt.Sprintf("%d users have the email address %q", len(e.Names), e.Email)
}

// NoEmailsError is a lookup by email address in a team in which OPA returns no address.
type NoEmailsError struct {
	Users int // how many
}

func (e *NoEmailsError) Error() string {
	return fmt.Sprintf("none of the %d users that OPA returned has an email address", e.Users)
}

// NoReportError is a subject without a completed report that existed at a time.
type NoReportError struct {
	Subject Subject
	AsOf    time.Time
	Oldest  time.Time // when the oldest completed report was created; zero if there is none
}

func (e *NoReportError) Error() string {
	return fmt.Sprintf("no completed access report on this %s was created at or before %s", e.Subject.Kind, rfc3339(e.AsOf))
}

// FutureTimeError is a time in the future for which an existing report was requested.
type FutureTimeError struct{ Time, Now time.Time } // Now is the server's time

func (e *FutureTimeError) Error() string {
	return fmt.Sprintf("%s is in the future: the time of OPA is %s", rfc3339(e.Time), rfc3339(e.Now))
}

// rfc3339 returns a time in UTC for a message, with its fraction of a second: the time of
// a report must not look as if it were before another time.
func rfc3339(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// ReportFailedError is a report that OPA failed to generate. OPA does not return a
// reason (API.md, report-error-reason).
type ReportFailedError struct {
	Report  Report        // as data; messages use Summary
	Summary ReportSummary // of Report
	Again   bool          // whether this report replaced another one that failed
}

func (e *ReportFailedError) Error() string {
	return fmt.Sprintf("report %s ended with the status %s", e.Summary.ID, e.Summary.Status)
}

// ContextError is a request whose context ended before there was a response.
type ContextError struct {
	Err  error // the context's
	Last error // the error of the last attempt, nil if there was none
}

func (e *ContextError) Error() string {
	if e.Last == nil {
		return e.Err.Error()
	}
	return e.Err.Error() + "; the last attempt failed: " + e.Last.Error()
}

// Unwrap returns both errors.
func (e *ContextError) Unwrap() []error { return []error{e.Err, e.Last} }

// InterruptedError is a run whose context ended before the report was completed.
type InterruptedError struct {
	Report  Report        // as data; its ID is "" if no report was known yet
	Summary ReportSummary // of Report
	Elapsed time.Duration
	Last    error // the last failure of a request, nil if none was being retried
	Err     error // the context's error
}

func (e *InterruptedError) Error() string {
	return fmt.Sprintf("interrupted after %s: %s", e.Elapsed.Round(time.Millisecond), e.Err)
}

// Unwrap returns the context's error and that of the last request.
func (e *InterruptedError) Unwrap() []error { return []error{e.Err, e.Last} }

// IsRefusedSubject reports whether OPA refused to create a report on a subject, or does
// not know it. A web page with the same status is not a response of OPA.
func IsRefusedSubject(err error) bool {
	if refused := asAPIError(err); refused != nil && refused.Body != APIBody {
		return false
	}
	_, missing := errors.AsType[*NotFoundError](err)
	return missing || isStatus(err, http.StatusBadRequest, http.StatusNotFound)
}

// IsFatal reports whether an error affects every member of a batch: signing in failed,
// the token was refused, or a role is missing. Other errors with the status 401 are
// about one object.
func IsFatal(err error) bool {
	if _, ok := errors.AsType[*FutureTimeError](err); ok {
		return true
	}
	if _, ok := errors.AsType[*SignInError](err); ok {
		return true
	}
	refused, ok := errors.AsType[*APIError](err)
	return ok && refused.StatusCode == http.StatusUnauthorized &&
		(refused.MissingRole() || refused.Type.String() == "" || refused.Type.String() == "authentication_error")
}

// isStatus reports whether an error response to the request has one of the statuses.
func isStatus(err error, statuses ...int) bool {
	refused := asAPIError(err)
	return refused != nil && slices.Contains(statuses, refused.StatusCode)
}
