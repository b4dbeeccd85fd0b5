package opasim

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"maps"
	"net/http"
	"strconv"
)

// ServeHTTP handles a request that came in over a socket.
func (s *Sim) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	resp := s.handle(r, scheme)
	if resp.dropped {
		// net/http closes the connection and logs nothing.
		panic(http.ErrAbortHandler)
	}
	maps.Copy(w.Header(), resp.header)
	switch {
	case resp.framing == FramingClose:
		// For net/http this means: no length, no chunks, close at the end.
		w.Header().Set("Transfer-Encoding", "identity")
	case resp.framing != FramingChunked && bodyAllowed(resp.status):
		w.Header().Set("Content-Length", strconv.Itoa(len(resp.body))) //nolint:gosec // never together with Transfer-Encoding
	}
	w.WriteHeader(resp.status)
	_, _ = w.Write(resp.body[:resp.sent]) // the client may have disconnected
	if resp.framing == FramingChunked || resp.cut() {
		_ = http.NewResponseController(w).Flush() // otherwise net/http adds the length
	}
	if resp.cut() && resp.framing != FramingClose {
		panic(http.ErrAbortHandler)
	}
}

// RoundTripper returns a transport that passes requests to the simulator in memory,
// whatever their host is. It waits like a server, but returns as soon as the
// request's context ends. A closed connection and the end of a truncated body are
// [io.ErrUnexpectedEOF].
func (s *Sim) RoundTripper() http.RoundTripper { return memoryTransport{s} }

type memoryTransport struct{ sim *Sim }

func (t memoryTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx := r.Context()
	incoming := r.Clone(ctx)
	incoming.Header = http.Header{}
	for name, values := range r.Header {
		for _, value := range values {
			incoming.Header.Add(name, value) // in canonical form, as in a server
		}
	}
	incoming.Host = cmp.Or(r.Host, r.URL.Host)
	if r.Body == nil {
		incoming.Body = http.NoBody
	}
	defer incoming.Body.Close()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	resp := t.sim.handle(incoming, r.URL.Scheme)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if resp.dropped {
		return nil, io.ErrUnexpectedEOF
	}
	return resp.inMemory(r), nil
}

// inMemory returns the response as a client receives it.
func (r *response) inMemory(request *http.Request) *http.Response {
	header := r.header.Clone()
	maps.DeleteFunc(header, func(_ string, values []string) bool { return values == nil })
	length := int64(-1)
	if r.framing == "" || r.framing == FramingLength {
		length = int64(len(r.body))
		header.Set("Content-Length", strconv.Itoa(len(r.body)))
	}
	var body io.Reader = bytes.NewReader(r.body[:r.sent])
	if r.cut() && r.framing != FramingClose {
		body = io.MultiReader(body, brokenReader{})
	}
	return &http.Response{
		Status: strconv.Itoa(r.status) + " " + http.StatusText(r.status), StatusCode: r.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, Body: io.NopCloser(body), ContentLength: length, TransferEncoding: r.transferEncoding(),
		Close: r.framing == FramingClose, Request: request,
	}
}

// transferEncoding returns the framing as net/http shows it to a client.
func (r *response) transferEncoding() []string {
	if r.framing == FramingChunked {
		return []string{"chunked"}
	}
	return nil
}

// brokenReader follows the part of a truncated body that was received.
type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// bodyAllowed reports whether a response with the status may have a body.
func bodyAllowed(status int) bool {
	return status != http.StatusNoContent && status != http.StatusNotModified
}
