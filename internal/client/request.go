package client

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// request is a request to the API, including its retries.
type request struct {
	method string
	url    string
	body   any    // sent as JSON; nil for none
	accept string // requested media type; "" for JSON

	anonymous bool // sent without a token
	// once marks a request that must not be executed twice. It is retried only if the
	// server certainly did not execute it.
	once       bool
	unrepeated bool      // not retried, whatever its error is
	poll       bool      // asks whether a report is completed
	progress   *progress // records each attempt; nil for none
	// retryable are statuses to retry besides retryableStatuses.
	retryable []int
}

// response is a complete response with a success status.
type response struct {
	header     http.Header
	body       string
	date       time.Time     // by the server's clock
	retryAfter time.Duration // that the server requested; 0 for none
	redact     func(string) ServerText
}

const (
	mediaJSON = "application/json"
	mediaCSV  = "text/csv"
)

// path returns the URL of a path of the team's API. It escapes each segment.
func (c *Client) path(segments ...string) string {
	var b strings.Builder
	b.WriteString(c.root)
	for _, segment := range segments {
		b.WriteString("/" + escape(segment))
	}
	return b.String()
}

// escape encodes every byte with a meaning in a URL (API.md, group-name-encoding).
func escape(segment string) string {
	return strings.ReplaceAll(url.QueryEscape(segment), "+", "%20")
}

// do sends a request with a token. If the token is refused, do requests a new one and
// tries once more: tokens may be revoked before they expire (API.md, token-revoked).
func (c *Client) do(ctx context.Context, r request) (*response, error) {
	if r.anonymous {
		return c.retry(ctx, r, token{})
	}
	for renewed := false; ; renewed = true {
		used, err := c.credentials.get(ctx, r.progress)
		if err != nil {
			return nil, err
		}
		resp, err := c.retry(ctx, r, used)
		refused := asAPIError(err)
		stale := refused != nil && refused.StatusCode == http.StatusUnauthorized && !refused.MissingRole()
		if renewed || !stale || !c.credentials.drop(used) {
			return resp, err
		}
	}
}

// retry sends a request until it succeeds, its error is not transient, or its retries
// are used up. If the context ends before, the error is a *ContextError.
func (c *Client) retry(ctx context.Context, r request, used token) (*response, error) {
	var resp *response
	var last error
	var delays backoff
	order := time.Now()
	if r.poll {
		order = order.Add(pollDelay)
	}
	ended := repeat(ctx, func(n int) waiter {
		var err error
		resp, err = c.try(ctx, r, used, order)
		if err != nil && ctx.Err() != nil {
			return nil // the error of the previous attempt is more useful
		}
		last = err
		r.progress.tried(err)
		if err == nil || n > c.retries(r, err) {
			return nil
		}
		delay := delays.next()
		switch requested := retryAfterOf(err); {
		case isStatus(err, http.StatusTooManyRequests):
			delay = 0 // the limiter delays it
		case requested > 0 && !isStatus(err, r.retryable...):
			delay = requested
			delays.reset()
		}
		c.log.LogAttrs(ctx, slog.LevelDebug, "Retrying request", slog.String("error", err.Error()), slog.Int64("delay_ms", delay.Milliseconds()))
		return after(delay)
	})
	switch {
	case resp != nil:
		return resp, nil
	case ended != nil || ctx.Err() != nil:
		return nil, &ContextError{Err: ctx.Err(), Last: last}
	}
	return nil, last
}

// retries returns the maximum number of retries of a request after an error.
func (c *Client) retries(r request, err error) int {
	switch {
	case r.unrepeated, !r.isTransient(err):
		return 0
	case isStatus(err, r.retryable...):
		return max(c.maxRetries, lagRetries)
	}
	return c.maxRetries
}

// isTransient reports whether the error of a request may be transient.
func (r request) isTransient(err error) bool {
	if silent, ok := errors.AsType[*NoResponseError](err); ok {
		return !permanent(silent) && !(silent.Sent && r.once)
	}
	// After a 429 the rate limit delays the request, too.
	return isStatus(err, http.StatusTooManyRequests) || isStatus(err, r.retryable...) || !r.once && isStatus(err, retryableStatuses...)
}

// lagRetries is the minimum number of retries for a status that shows that the tenant
// is not consistent yet.
const lagRetries = 4

// retryableStatuses are the statuses of transient failures (API.md, retryable-statuses).
var retryableStatuses = []int{
	http.StatusRequestTimeout, 499, // client_closed_connection
	http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout,
}

// permanent reports whether a connection error is permanent: the name does not exist,
// or the certificate of the server is not trusted.
func permanent(err error) bool {
	if unknown, ok := errors.AsType[*net.DNSError](err); ok {
		return unknown.IsNotFound
	}
	_, distrusted := errors.AsType[*tls.CertificateVerificationError](err)
	return distrusted
}

// try sends a request once, within the limits on concurrency, rate and time. order is
// its place in the queue.
func (c *Client) try(ctx context.Context, r request, used token, order time.Time) (*response, error) {
	if err := c.limiter.acquire(ctx, order); err != nil {
		return nil, err
	}
	a := attempt{kind: c.kind(r), sent: time.Now()}
	defer func() { c.limiter.release(a) }()
	tooSlow := fmt.Errorf("timeout after %s", c.timeout)
	ctx, cancel := context.WithTimeoutCause(ctx, c.timeout, tooSlow)
	defer cancel()
	status, header, body, err := c.exchange(ctx, r, used)
	if err != nil {
		if context.Cause(ctx) == tooSlow { //nolint:errorlint // the same value
			err = c.noResponse(true, tooSlow)
		}
		c.logRequest(ctx, r, a.sent, slog.String("error", err.Error()))
		return nil, err
	}
	c.logRequest(ctx, r, a.sent, slog.Int("http.response.status_code", status), slog.Int("http.response.body.size", len(body)))
	date := serverNow(header)
	retryAfter, ok := parseRetryAfter(header, date)
	if status == http.StatusTooManyRequests && !ok {
		retryAfter = defaultRetryAfter()
	}
	a.status, a.header, a.retryAfter = status, header, retryAfter
	switch {
	case status == http.StatusOK, r.method == http.MethodPost && (status == http.StatusCreated || status == http.StatusAccepted):
		return &response{header: header, body: body, date: date, retryAfter: retryAfter, redact: c.secrets.redact}, nil
	case status/100 == 2:
		// Such as 206, which is a part, and 203, which a proxy changed.
		return nil, protocolErrorf("the status is %d %s, and only 200 is a complete response", status, http.StatusText(status))
	}
	refused := newAPIError(status, header, []byte(body), c.secrets.redact)
	refused.retryAfter = retryAfter
	return nil, refused
}

// kind returns the method and the collection of a request, such as "POST access_reports".
// It is "" for a download, whose latency depends on its size.
func (c *Client) kind(r request) string {
	if r.accept == mediaCSV {
		return ""
	}
	path := strings.TrimPrefix(r.url, c.root+"/")
	if end := strings.IndexAny(path, "/?"); end >= 0 {
		path = path[:end]
	}
	return r.method + " " + path
}

// newHTTPRequest returns the HTTP request with its headers.
func (c *Client) newHTTPRequest(ctx context.Context, r request, used token) (*http.Request, error) {
	var body io.Reader
	if r.body != nil {
		encoded, err := json.Marshal(r.body)
		if err != nil {
			return nil, fmt.Errorf("writing a request: %w", err)
		}
		body = bytes.NewReader(encoded)
	}
	httpRequest, err := http.NewRequestWithContext(ctx, r.method, r.url, body)
	if err != nil {
		// It quotes the URL, which may come from a Link header.
		return nil, fmt.Errorf("writing a request: %s", c.secrets.redact(err.Error()))
	}
	httpRequest.Header.Set("Accept", cmp.Or(r.accept, mediaJSON))
	httpRequest.Header.Set("Accept-Encoding", "gzip")
	httpRequest.Header.Set("User-Agent", c.userAgent)
	if body != nil {
		httpRequest.Header.Set("Content-Type", mediaJSON)
	}
	switch {
	case r.anonymous:
	case c.workload != nil:
		httpRequest.Header.Set("X-OPA-Token", used.value)
		if c.workload.Role != "" {
			httpRequest.Header.Set("X-OPA-Workload-Role", c.workload.Role)
		}
	default:
		httpRequest.Header.Set("Authorization", "Bearer "+used.value)
	}
	return httpRequest, nil
}

// exchange sends the request and reads the complete response.
func (c *Client) exchange(ctx context.Context, r request, used token) (status int, header http.Header, body string, err error) {
	httpRequest, err := c.newHTTPRequest(ctx, r, used)
	if err != nil {
		return 0, nil, "", err
	}
	// The transport, not an http.Client: it follows no redirect, which might leak the
	// credential (API.md, redirects).
	resp, err := c.transport.RoundTrip(httpRequest)
	if err != nil {
		return 0, nil, "", c.noResponse(!failedToConnect(err), err)
	}
	defer resp.Body.Close()
	body, err = c.readBody(ctx, resp)
	switch _, understood := errors.AsType[*ProtocolError](err); {
	case err != nil && resp.StatusCode/100 != 2:
		// The status is sufficient without the body.
		body, err = "", nil
	case err != nil && !understood:
		err = c.incompleteResponse(err)
	}
	return resp.StatusCode, resp.Header, body, err
}

// failedToConnect reports whether no byte of the request can have been sent.
func failedToConnect(err error) bool {
	failed, ok := errors.AsType[*net.OpError](err)
	return ok && (failed.Op == "dial" || failed.Op == "proxyconnect") || permanent(err)
}

// logRequest logs a request with its result.
func (c *Client) logRequest(ctx context.Context, r request, started time.Time, result ...slog.Attr) {
	path, _, _ := strings.Cut(strings.TrimPrefix(r.url, c.origin.String()), "?")
	c.log.LogAttrs(ctx, slog.LevelDebug, "API request", append([]slog.Attr{
		slog.String("http.request.method", r.method),
		slog.String("url.path", path),
		slog.Int64("duration_ms", time.Since(started).Milliseconds()),
	}, result...)...)
}
