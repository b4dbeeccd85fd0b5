package opasim

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// response is an answer that is not yet sent, so that a fault can still change
// it and both transports can send it.
type response struct {
	status  int
	header  http.Header
	body    []byte
	framing Framing
	sent    int  // how much of the body goes out
	dropped bool // the connection ends without an answer
}

func respond(status int, mediaType string, body []byte) *response {
	header := http.Header{}
	if mediaType != "" {
		header.Set("Content-Type", mediaType)
	}
	return &response{status: status, header: header, body: body, sent: len(body)}
}

func respondJSON(status int, value any) *response {
	body, err := json.Marshal(value)
	if err != nil {
		panic("opasim: " + err.Error())
	}
	return respond(status, "application/json", body)
}

// Types of errors (§9.1).
const (
	badRequest          = "bad_request"
	authenticationError = "authentication_error"
	authorizationError  = "authorization_error"
	notFound            = "not_found"
	conflict            = "conflict"
	tooManyRequests     = "too_many_requests"
)

// errorTypes is the type that goes with a status where only that is known.
var errorTypes = map[int]string{
	http.StatusBadRequest:          badRequest,
	http.StatusUnauthorized:        authenticationError,
	http.StatusForbidden:           "forbidden",
	http.StatusNotFound:            notFound,
	http.StatusConflict:            conflict,
	http.StatusTooManyRequests:     tooManyRequests,
	http.StatusInternalServerError: "unknown_error",
	http.StatusServiceUnavailable:  "service_offline",
	http.StatusGatewayTimeout:      "gateway_timeout",
}

// fail answers with the API's own error body (§9.1).
func fail(status int, kind, format string, args ...any) *response {
	return respondJSON(status, map[string]any{
		"code": status, "type": kind, "message": fmt.Sprintf(format, args...),
	})
}

// cut tells whether the body ends before its end.
func (r *response) cut() bool { return r.sent < len(r.body) }
