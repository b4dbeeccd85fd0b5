package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// APIError is an answer by which the API, or something in front of it, refuses
// a request. It is the one form of all the error bodies of section 9.1.
type APIError struct {
	StatusCode int
	Type       string // such as authorization_error; "" where the body names none
	Message    string // the API's own words, cut and cleaned; "" where there are none
	RequestID  string // "" where the answer has none

	retryAfter time.Duration // which the server asks for; 0 where it does not
}

func (e *APIError) Error() string {
	text := fmt.Sprintf("HTTP status %d", e.StatusCode)
	if name := http.StatusText(e.StatusCode); name != "" {
		text += " " + name
	}
	if e.Type != "" {
		text += ", " + e.Type
	}
	if e.Message != "" {
		text += ": " + e.Message
	}
	return text
}

// MissingRole says whether the user is known and lacks a role: OPA answers so
// with 401 too (section 3.1).
func (e *APIError) MissingRole() bool {
	switch e.StatusCode {
	case http.StatusForbidden:
		return e.Type != "quota_exceeded" && e.Type != "disabled_team"
	case http.StatusUnauthorized:
		return e.Type == "authorization_error" || strings.Contains(strings.ToLower(e.Message), "missing capability")
	}
	return false
}

// NoAnswerError is a request without a whole answer: the connection could not
// be made or was lost, the answer was cut off or came too late.
type NoAnswerError struct {
	Sent bool // the server may have got the request
	Err  error

	text string // Err's, cleaned: the network's errors may quote what came over it
}

func (e *NoAnswerError) Error() string { return "no answer: " + e.text }

func (c *Client) noAnswer(sent bool, err error) error {
	return &NoAnswerError{Sent: sent, Err: err, text: c.secrets.clean(err.Error())}
}

// Unwrap gives the network's own error.
func (e *NoAnswerError) Unwrap() error { return e.Err }

// ProtocolError is an answer with a status of success that is not what the API
// promises. Nothing is read out of such an answer.
type ProtocolError struct {
	Problem string

	whole bool // the answer could be read, and is not an answer to the question
}

func (e *ProtocolError) Error() string { return "the answer was not understood: " + e.Problem }

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
	Candidates []Server
}

func (e *AmbiguousServerError) Error() string {
	return fmt.Sprintf("%d servers have the %s %q", len(e.Candidates), e.By, e.Value)
}

// ReportFailedError says that OPA could not generate a report. OPA gives no reason
// (section 1.2).
type ReportFailedError struct {
	Report Report
	Again  bool // this one was asked for in the place of another that failed
}

func (e *ReportFailedError) Error() string {
	return fmt.Sprintf("report %s ended with the status %s", e.Report.ID, e.Report.Status)
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
	Report  Report // its ID is "" where no report was known yet
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

// newAPIError reads an error body of any of the known shapes, or of none.
func newAPIError(status int, header http.Header, body []byte, clean func(string) string) *APIError {
	e := &APIError{StatusCode: status}
	for _, name := range []string{"X-Request-Id", "X-Okta-Request-Id", "Request-Id", "X-Trace-Id"} {
		if id := header.Get(name); id != "" {
			e.RequestID = clean(id)
			break
		}
	}
	if to, err := url.Parse(header.Get("Location")); status/100 == 3 && err == nil && to.Host != "" {
		e.Message = clean(fmt.Sprintf("a redirect to %s://%s, which is not followed", to.Scheme, to.Host))
		return e
	}
	var fields map[string]any
	if json.Unmarshal(body, &fields) != nil {
		if text := strings.TrimSpace(string(body)); text != "" && !strings.HasPrefix(text, "<") {
			e.Message = clean(text)
		}
		return e
	}
	kind := first(fields, "type", "nottype")
	message := first(fields, "message")
	if short := first(fields, "error"); short != "" {
		// In one shape "error" is the message, in OAuth's it is the type.
		if message == "" {
			message = short
		} else if kind == "" {
			kind = short
		}
	}
	for _, name := range []string{"errors", "error_cause"} {
		causes, _ := fields[name].([]any)
		for _, cause := range causes {
			if cause, ok := cause.(map[string]any); ok {
				part := strings.TrimPrefix(first(cause, "path", "location")+": "+first(cause, "message", "error"), ": ")
				message = strings.TrimPrefix(strings.TrimSuffix(message, ".")+"; "+part, "; ")
			}
		}
	}
	e.Type, e.Message = clean(kind), clean(message)
	return e
}

// first is the first of the named fields that holds a text.
func first(fields map[string]any, names ...string) string {
	for _, name := range names {
		if text, ok := fields[name].(string); ok && text != "" {
			return text
		}
	}
	return ""
}
