package opasim

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// response is a response that was not sent yet, so that a fault can change it and
// both transports can send it.
type response struct {
	status  int
	header  http.Header
	body    []byte
	framing Framing
	sent    int  // number of bytes of the body to send
	dropped bool // close the connection without a response

	replayed *profileResponse // the response of a profile that it is, or nil
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

// Types of errors (API.md, error-types).
const (
	badRequest          = "bad_request"
	authenticationError = "authentication_error"
	authorizationError  = "authorization_error"
	notFound            = "not_found"
	conflict            = "conflict"
	tooManyRequests     = "too_many_requests"
)

// errorTypes maps statuses to the type of an error of which nothing else is known.
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

// errorResponse returns an error as the API writes it (API.md, error-body).
func errorResponse(status int, kind, format string, args ...any) *response {
	return respondJSON(status, map[string]any{
		"code": status, "type": kind, "message": fmt.Sprintf(format, args...),
	})
}

// cut reports whether the body is sent incompletely.
func (r *response) cut() bool { return r.sent < len(r.body) }
