package client

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strings"
)

// newAPIError returns the error of a response, whose body may have any of the known
// forms or none (API.md, error-body).
func newAPIError(status int, header http.Header, body []byte, redact func(string) ServerText) *APIError {
	e := &APIError{StatusCode: status}
	for _, name := range []string{"X-Request-Id", "X-Okta-Request-Id", "Request-Id", "X-Trace-Id"} {
		if id := header.Get(name); id != "" {
			e.RequestID = redact(id)
			break
		}
	}
	if to, err := url.Parse(header.Get("Location")); status/100 == 3 && err == nil && to.Host != "" {
		e.Message = redact(fmt.Sprintf("a redirect to %s://%s, which the provider does not follow", redact(to.Scheme), redact(to.Host)))
		return e
	}
	text := strings.TrimSpace(strings.TrimPrefix(string(body), "\ufeff"))
	var fields map[string]any
	if json.Unmarshal([]byte(text), &fields) != nil {
		e.Body = bodyForm(header, text)
		if text != "" && !strings.HasPrefix(text, "<") {
			e.Message = redact(text).asMessage()
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
	e.Type, e.Message = redact(kind), redact(message).asMessage()
	return e
}

// bodyForm returns the form of an error body that is not a JSON object. Without a media type,
// text may be of the API.
func bodyForm(header http.Header, text string) BodyForm {
	kind, _, _ := mime.ParseMediaType(header.Get("Content-Type"))
	isXML := (strings.HasPrefix(text, "<?xml") || strings.HasSuffix(kind, "/xml")) && !strings.Contains(strings.ToLower(text[:min(len(text), 1000)]), "<html")
	switch {
	case text == "", json.Valid([]byte(text)):
		return APIBody
	case kind == "text/html", kind == "application/xhtml+xml", strings.HasPrefix(text, "<") && !isXML:
		return WebPage
	case kind == "" && !isXML, kind == mediaJSON, strings.HasSuffix(kind, "+json"):
		return APIBody
	}
	return OtherBody
}

// first returns the first of the named fields that is a non-empty string.
func first(fields map[string]any, names ...string) string {
	for _, name := range names {
		if text, ok := fields[name].(string); ok && text != "" {
			return text
		}
	}
	return ""
}
