package opasim

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// replay makes a tenant answer as a profile describes. A nil replay changes nothing.
type replay struct {
	profile *Profile
	rows    *replayedRows

	mu   sync.Mutex
	sent map[string]int // number of failures by request, and by report
}

func newReplay(p *Profile) *replay {
	if p == nil {
		return nil
	}
	return &replay{profile: p, rows: newReplayedRows(p), sent: map[string]int{}}
}

// next returns the next failure for a key. If the tenant never succeeded, the last one
// repeats. Otherwise it returns nil after the last one.
func (r *replay) next(key string, failures []*profileResponse, all bool) *profileResponse {
	if len(failures) == 0 {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	n := r.sent[key]
	r.sent[key]++
	switch {
	case n < len(failures):
		return failures[n]
	case all:
		return failures[len(failures)-1]
	}
	return nil
}

// fail returns the response to a request that fails: each failure of a request that also
// succeeded occurs once, before the others.
func (r *replay) fail(request *http.Request, now time.Time) *response {
	if r == nil {
		return nil
	}
	key, base := requestKey(request.Method, request.URL.EscapedPath(), request.URL.RawQuery)
	if base == "" {
		return nil
	}
	failures, all := r.profile.failuresOf(key, base)
	if base == downloadKey && r.profile.requests[downloadKey] != nil {
		return nil // see early and late
	}
	return r.next(key, failures, all).response(now)
}

// early returns the response to a download of a report that is not complete, or nil for
// the default.
func (r *replay) early(now time.Time) *response {
	if r == nil {
		return nil
	}
	return r.profile.early().response(now)
}

// early returns the response to a download of a report that is not complete
// (API.md, download-early), nil if it was not observed or is a CSV.
func (p *Profile) early() *profileResponse {
	request := p.requests[downloadKey]
	status, kind, ok := strings.Cut(p.observed("download-early"), ", ")
	if request == nil || !ok {
		return nil
	}
	for i := range request.Responses {
		if e := &request.Responses[i]; strconv.Itoa(e.Status) == status && string(e.kind) == kind && e.failed(downloadKey) {
			return e
		}
	}
	return nil
}

// earlyCSV reports whether the tenant returned a CSV before a report was complete.
func (p *Profile) earlyCSV() bool { return strings.HasSuffix(p.observed("download-early"), ", csv") }

// late returns the response to a download of a complete report that fails, or nil if it
// succeeds (API.md, download-lag).
func (r *replay) late(reportID string, now time.Time) *response {
	if r == nil || r.profile.requests[downloadKey] == nil {
		return nil
	}
	failures, all := r.profile.lateFailures()
	return r.next(reportID, failures, all).response(now)
}

// lateFailures returns the failed downloads of complete reports, and whether all downloads
// failed. A profile has equal responses once. The response to an early download is that to a
// late one, too, if it is the only failure of downloads that always failed. The same applies
// if no other failure explains why a complete report could not be downloaded at first.
func (p *Profile) lateFailures() (failures []*profileResponse, all bool) {
	failures, all = p.requests[downloadKey].failures(downloadKey)
	early := p.early()
	if early == nil {
		return failures, all
	}
	others := filter(failures, func(f *profileResponse) bool { return f != early })
	lags := func(f *profileResponse) bool {
		return slices.Contains([]int{http.StatusNotFound, http.StatusConflict, http.StatusTooEarly}, f.Status)
	}
	if all && len(others) == 0 || !p.held("download-lag") && !slices.ContainsFunc(others, lags) {
		return failures, all
	}
	return others, all
}

// response returns the response, with placeholders. It returns nil for nil.
func (r *profileResponse) response(now time.Time) *response {
	if r == nil {
		return nil
	}
	resp := respond(r.Status, unmask(r.MediaType, 0), nil)
	if bodyAllowed(r.Status) {
		resp.body = r.bodyOf()
	}
	resp.sent = len(resp.body)
	r.format(resp, now)
	resp.replayed = r
	return resp
}

// shape changes the format of a response to that of the tenant: the fields of its JSON, its
// headers, its media type and its framing.
func (r *replay) shape(request *http.Request, resp *response, now time.Time) {
	if r == nil || resp.dropped {
		return
	}
	key, base := requestKey(request.Method, request.URL.EscapedPath(), request.URL.RawQuery)
	kind, value := kindOfBody(resp, base == downloadKey)
	if list, ok := value.(map[string]any); ok && r.profile.isEmptyList(key) {
		list["list"] = []any{}
	}
	like := resp.replayed
	if like == nil {
		like = closest(r.profile.candidates(key, base, resp.status), resp, kind, value)
	}
	if like == nil {
		if e := r.profile.errorShape(); e != nil && kind == jsonBody && resp.status >= http.StatusBadRequest {
			resp.body = encodeJSON(e.shape.conform([]any{value}, "")[0])
			resp.sent = len(resp.body)
		}
		return
	}
	if like != resp.replayed && kind == jsonBody && like.kind == jsonBody {
		value = like.shape.conformBody(value)
		if resp.status != http.StatusUnauthorized { // the type distinguishes two reasons (API.md, missing-role-401)
			like.setError(value)
		}
		resp.body = encodeJSON(value)
		resp.sent = len(resp.body)
	}
	like.format(resp, now)
}

// closest returns the response of a profile that a response differs least from, or nil.
func closest(candidates []*profileResponse, resp *response, kind bodyKind, value any) (best *profileResponse) {
	least := 0
	for _, c := range candidates {
		if c.kind != kind {
			continue
		}
		distance := 0
		if kind == jsonBody {
			distance = 2 * c.shape.distanceOfBody(value)
		}
		if slices.Contains(c.Headers, "Link") != (resp.header["Link"] != nil) {
			distance++
		}
		if best == nil || distance < least {
			best, least = c, distance
		}
	}
	return best
}

// format sets the headers, the media type and the framing of a response.
func (r *profileResponse) format(resp *response, now time.Time) {
	want := map[string]bool{"Link": true, "Content-Length": true, "Location": resp.header["Location"] != nil}
	for i, masked := range r.Headers {
		name := http.CanonicalHeaderKey(unmask(masked, i))
		want[name] = true
		if resp.header[name] == nil {
			resp.header.Set(name, placeholderHeader(name, now))
		}
	}
	for name := range resp.header {
		if !want[name] {
			resp.header[name] = nil // net/http then does not add it either
		}
	}
	for _, name := range []string{"Date", "Content-Type"} {
		if !want[name] {
			resp.header[name] = nil
		}
	}
	if want["Content-Type"] {
		resp.header.Set("Content-Type", mediaTypeOf(r.MediaType))
	}
	if bodyAllowed(resp.status) {
		resp.framing = r.Framing
		if r.Framing == FramingClose {
			return
		}
	}
	if resp.header["Connection"] != nil {
		resp.header.Set("Connection", "keep-alive")
	}
}

// mediaTypeOf returns a Content-Type for the media type in a profile.
func mediaTypeOf(masked string) string {
	if masked == "invalid" {
		return "text/"
	}
	return unmask(masked, 0)
}

// placeholderHeader returns the value of a header that only a replayed tenant sends.
func placeholderHeader(name string, now time.Time) string {
	switch name {
	case "Date", "Expires", "Last-Modified":
		return now.UTC().Format(http.TimeFormat)
	case "Link":
		return `<https://simulated.invalid>; rel="self"`
	case "Location":
		return "/simulated"
	case "Retry-After":
		return "1"
	case "X-Ratelimit-Retry-At":
		return strconv.FormatInt(ceilSecond(now.Add(time.Second)).Unix(), 10)
	case "Connection":
		return "keep-alive"
	case "Content-Encoding":
		return "identity"
	case "Set-Cookie":
		return "simulated=1"
	case "Vary":
		return "Accept"
	}
	return "simulated"
}
