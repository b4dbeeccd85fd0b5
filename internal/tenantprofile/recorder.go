package tenantprofile

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf16"
)

// maxBody is the number of bytes of a body that a Recorder keeps until its end, to derive
// its shape.
const maxBody = 4 << 20

// Recorder is an http.RoundTripper that observes the responses of another one. It keeps
// shapes of them, the times that the server wrote into them, and the text of the last
// download of each report, which [Recorder.Profile] describes. Nothing else of a response
// is kept. It is safe for concurrent use.
type Recorder struct {
	base http.RoundTripper
	team string // the path of the team, such as /v1/teams/acme/

	mu        sync.Mutex
	exchanges []exchange
	downloads map[string]download // by report id
}

// NewRecorder returns a recorder of the requests of a team.
func NewRecorder(base http.RoundTripper, team string) *Recorder {
	return &Recorder{base: base, team: "/v1/teams/" + team + "/", downloads: map[string]download{}}
}

// exchange is a request with its response.
type exchange struct {
	request    string     // such as GET /users/{name}
	parameters url.Values // of the query
	at         time.Time  // when the response began, by the local clock
	response   Response
	header     http.Header // only of headers that describe limits, links and times
	brokenLink bool        // to the next page

	elements int        // of a list
	nested   bool       // whether the list is nested
	object   wireReport // of a single report
	listed   []wireReport
	id       string // in the path
}

// wireReport has the fields of a report, and of other objects, that are compared with each
// other or with the request, and never in a profile.
type wireReport struct {
	ID        string          `json:"id"`
	Name      string          `json:"name"` // of a user
	Status    string          `json:"status"`
	CreatedAt string          `json:"created_at"`
	UpdatedAt string          `json:"updated_at"`
	DeletedAt string          `json:"deleted_at"`
	Details   json.RawMessage `json:"details"`
	ExpiresAt string          `json:"expires_at"` // of a token
}

// download is the text of a report.
type download struct {
	text       []byte // its first maxBody bytes
	jsonString bool
}

// RoundTrip sends a request and observes its response. The body is passed on as it is.
func (r *Recorder) RoundTrip(request *http.Request) (*http.Response, error) {
	// A compressed body has no shape.
	plain := request.Clone(request.Context())
	plain.Header.Set("Accept-Encoding", "identity")
	response, err := r.base.RoundTrip(plain)
	if err != nil {
		return nil, err
	}
	e := exchange{
		parameters: request.URL.Query(), at: time.Now(), header: keptHeaders(response.Header),
		response: Response{
			Status: statusOf(response.StatusCode), MediaType: mediaType(response.Header), Headers: headerNames(response.Header), Framing: framing(response),
		},
	}
	e.brokenLink = e.hasUnreadableNext(request.URL)
	e.request, e.id = template(request.Method, strings.TrimPrefix(request.URL.EscapedPath(), r.team))
	response.Body = &observedBody{ReadCloser: response.Body, done: func(body []byte) { r.record(e, body) }}
	return response, nil
}

// observedBody keeps the beginning of a body, and calls done at its end.
type observedBody struct {
	io.ReadCloser

	kept bytes.Buffer
	once sync.Once
	done func(body []byte)
}

func (b *observedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.kept.Write(p[:min(n, max(0, maxBody+1-b.kept.Len()))])
	if err != nil {
		b.finish()
	}
	return n, err
}

func (b *observedBody) Close() error {
	b.finish()
	return b.ReadCloser.Close()
}

func (b *observedBody) finish() { b.once.Do(func() { b.done(b.kept.Bytes()) }) }

// record adds an exchange with its body.
func (r *Recorder) record(e exchange, body []byte) {
	e.describe(body)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.exchanges = append(r.exchanges, e)
	if e.request == downloadRequest && e.response.Status == http.StatusOK && e.response.Body != "html" {
		r.downloads[strings.ToLower(e.id)] = newDownload(body, e.response.MediaType)
	}
}

const (
	downloadRequest = "GET /access_reports/{id}/report"
	readRequest     = "GET /access_reports/{id}"
	listRequest     = "GET /access_reports"
	createRequest   = "POST /access_reports"
)

// describe sets the shape of the body.
func (e *exchange) describe(body []byte) {
	text := strings.TrimSpace(strings.TrimPrefix(string(body[:min(len(body), 100)]), "\ufeff"))
	isDownload := e.request == downloadRequest && e.response.Status == http.StatusOK
	mayBeJSON := !isDownload || strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[")
	isLarge := mayBeJSON && (len(body) > maxBody || isLarge(body))
	shape, isJSON := any(nil), false
	if mayBeJSON && !isLarge {
		shape, isJSON = shapeOf(body)
	}
	switch {
	case len(body) == 0:
		e.response.Body = "empty"
	case isLarge && !isDownload:
		e.response.Body = "large"
	case strings.HasPrefix(text, "<"):
		e.response.Body = "html"
	case isJSON:
		e.response.Body = shape
		e.readJSON(body)
	case isDownload:
		e.response.Body = "csv"
	default:
		e.response.Body = "text"
	}
}

// readJSON keeps what is compared with other exchanges.
func (e *exchange) readJSON(body []byte) {
	var object struct {
		wireReport

		List    []json.RawMessage `json:"list"`
		Type    string            `json:"type"`
		NotType string            `json:"nottype"`
	}
	if json.Unmarshal(body, &object) != nil {
		return
	}
	e.object = object.wireReport
	if e.response.Status >= 400 {
		e.response.ErrorType = errorWords.mask(object.Type + object.NotType)
	}
	for _, element := range object.List {
		var inner []wireReport
		if json.Unmarshal(element, &inner) == nil {
			e.nested = true
			e.listed = append(e.listed, inner...)
			continue
		}
		var report wireReport
		if json.Unmarshal(element, &report) == nil {
			e.listed = append(e.listed, report)
		}
	}
	e.elements = len(e.listed)
}

// newDownload returns a download. A JSON string contains the text of the report
// (API.md, download-json-string).
func newDownload(body []byte, mediaType string) download {
	var text string
	if strings.Contains(mediaType, "json") && json.Unmarshal(body, &text) == nil {
		return download{[]byte(text), true}
	}
	body = body[:min(len(body), maxBody)]
	if strings.HasSuffix(mediaType, "charset=utf-16") {
		return download{decodeUTF16(body), false}
	}
	return download{bytes.Clone(body), false}
}

// decodeUTF16 returns a text in UTF-8, without its byte order mark.
func decodeUTF16(text []byte) []byte {
	order := binary.ByteOrder(binary.LittleEndian)
	if bytes.HasPrefix(text, []byte{0xfe, 0xff}) {
		order = binary.BigEndian
	}
	units := make([]uint16, len(text)/2)
	for i := range units {
		units[i] = order.Uint16(text[2*i:])
	}
	return bytes.TrimPrefix([]byte(string(utf16.Decode(units))), []byte("\ufeff"))
}

// templates are the paths of requests below that of the team. {…} is one segment.
var templates = []string{
	"service_token", "workloads/{connection}/issue_token", "current_user",
	"users", "users/{name}", "users_by_id/{id}", "groups", "groups/{name}", "groups/{name}/users",
	"all_servers", "resource_groups/{id}/all_servers",
	"access_reports", "access_reports/{id}", "access_reports/{id}/report",
}

// template returns a request without names and ids, and the last of them.
func template(method, path string) (request, id string) {
	segments := strings.Split(path, "/")
	for _, known := range templates {
		parts := strings.Split(known, "/")
		matches := len(parts) == len(segments)
		for i := range parts {
			switch {
			case !matches:
			case strings.HasPrefix(parts[i], "{"):
				id = segments[i]
			default:
				matches = parts[i] == segments[i]
			}
		}
		if matches {
			return method + " /" + known, id
		}
	}
	return "other", ""
}

// parameterNames are the query parameters that may be in a profile. Those of pagination
// are not, because they differ from page to page.
var parameterNames = []string{"contains", "starts_with", "id", "status", "include_service_users", "hostname", "count"}

// withParameters returns the request with the names of its parameters.
func (e *exchange) withParameters() string {
	var names []string
	for _, name := range parameterNames {
		if e.parameters.Has(name) {
			names = append(names, name)
		}
	}
	if names == nil {
		return e.request
	}
	return e.request + "?" + strings.Join(names, "&")
}

// keptHeaders returns the headers that are needed to describe limits, links and times.
func keptHeaders(header http.Header) http.Header {
	kept := http.Header{}
	for _, name := range []string{"Date", "Link", "X-Ratelimit-Limit"} {
		if values := header.Values(name); values != nil {
			kept[name] = slices.Clone(values)
		}
	}
	return kept
}

// statusOf returns a status that the simulator can replay: 999 in place of one below 200,
// which no server should send as the final one.
func statusOf(status int) int {
	if status < http.StatusOK {
		return 999
	}
	return status
}

// headerName matches the name of a header (RFC 9110, section 5.6.2).
var headerName = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")

// headerNames returns the masked names of headers, sorted. Those of the framing are not in
// it, and neither are names that no server can replay.
func headerNames(header http.Header) []string {
	names := []string{}
	for name := range header {
		if name != "Content-Length" && name != "Transfer-Encoding" && headerName.MatchString(name) {
			names = append(names, headerWords.mask(name))
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func framing(response *http.Response) string {
	switch {
	case response.ContentLength >= 0:
		return "length"
	case slices.Contains(response.TransferEncoding, "chunked"), response.ProtoMajor > 1: // both show where the body ends
		return "chunked"
	}
	return "close"
}

// mediaType returns the masked media type with its charset.
func mediaType(header http.Header) string {
	name, parameters, err := mime.ParseMediaType(header.Get("Content-Type"))
	switch {
	case header.Get("Content-Type") == "":
		return ""
	case err != nil:
		return "invalid"
	case parameters["charset"] != "":
		return errorWords.mask(name) + "; charset=" + charset(parameters["charset"])
	}
	return errorWords.mask(name)
}

// charset returns the name of a known character encoding, or "other".
func charset(name string) string {
	for _, known := range []string{"utf-8", "us-ascii", "iso-8859-1", "windows-1252", "utf-16"} {
		if strings.EqualFold(name, known) {
			return known
		}
	}
	return "other"
}

// number returns a header as a number, 0 if it is not one.
func (e *exchange) number(name string) int64 {
	n, err := strconv.ParseInt(e.header.Get(name), 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}
