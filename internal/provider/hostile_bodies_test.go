package provider_test

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"strconv"
	"strings"
	"sync"
)

// hostileBody writes a hostile response. honest returns the response of the tenant.
type hostileBody func(w http.ResponseWriter, r *http.Request, honest func() *httptest.ResponseRecorder)

// hostileBodies returns the bodies that replace the response of each endpoint in turn,
// by kind and name. A kind with only one body has a large one.
func hostileBodies() map[string]map[string]hostileBody {
	deep := strings.Repeat(strings.Repeat("[", 500)+strings.Repeat("]", 500)+",", 4000)
	bodies := map[string]map[string]hostileBody{
		"endless":      {"endless": endless},
		"huge":         {"huge": huge},
		"deep lists":   {"deep lists": fixedBody(`{"list":[`+deep+`{}]}`, reportHeader+strings.Repeat(`"`, 4<<20)+"\n")},
		"deep objects": {"deep objects": fixedBody(`{"list":`+strings.Repeat(`{"details":`, 400_000), reportHeader+strings.Repeat(`"a,""b`, 400_000))},
		"wide lists":   {"wide lists": fixedBody(`{"list":[`+strings.Repeat("{},", 1<<20)+"{}]}", reportHeader+strings.Repeat(",", 4<<20)+"\n")},
		"wide objects": {"wide objects": fixedBody(wideObject(100_000), strings.Repeat("Account,", 1<<17)+"\n")},
		"compressed":   {"compressed": compressed()},
		"binary":       {"binary": fixedBody(binaryBody(), binaryBody()), "binary inside": fixedBody(`{"list":[`+binaryBody(), reportHeader+binaryBody())},
	}
	for kind, text := range map[string]func(*http.Request) string{
		"echoing the request": echo, "echoing credentials": echoCredentials, "escaping": escapes,
	} {
		bodies[kind] = map[string]hostileBody{
			"in an error": inError(text), "in headers": inHeaders(text), "in the cells": inResponse(text, false), "in the whole response": inResponse(text, true),
		}
		for _, status := range []int{http.StatusOK, http.StatusBadRequest, http.StatusUnauthorized, http.StatusServiceUnavailable} {
			bodies[kind]["as the response, status "+strconv.Itoa(status)] = func(w http.ResponseWriter, r *http.Request, _ func() *httptest.ResponseRecorder) {
				w.Header().Set("Content-Type", r.Header.Get("Accept"))
				w.WriteHeader(status)
				_, _ = io.WriteString(w, text(r))
			}
		}
	}
	return bodies
}

// fixedBody returns one of two complete bodies: a list in JSON or a report in CSV.
func fixedBody(list, report string) hostileBody {
	return func(w http.ResponseWriter, r *http.Request, _ func() *httptest.ResponseRecorder) {
		text, kind := list, "application/json"
		if isDownload(r.URL.Path) {
			text, kind = report, "text/csv"
		}
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Content-Length", strconv.Itoa(len(text)))
		_, _ = io.WriteString(w, text)
	}
}

// forever writes until the client closes the connection.
func forever(w io.Writer, beginning, more string) {
	chunk := []byte(strings.Repeat(more, 1+(1<<20)/len(more)))
	_, err := io.WriteString(w, beginning)
	for err == nil {
		_, err = w.Write(chunk)
	}
}

// endless writes a body that does not end, in chunks.
func endless(w http.ResponseWriter, r *http.Request, _ func() *httptest.ResponseRecorder) {
	if isDownload(r.URL.Path) {
		w.Header().Set("Content-Type", "text/csv")
		forever(w, reportHeader, "larry.linuxadmin,human,ACTIVE,web-01,server,root,user,MFA\n")
		return
	}
	w.Header().Set("Content-Type", "application/json")
	forever(w, `{"list":[`, `{"id":"7cce4815-fbb7-5bdf-8bf9-8daaa60eaaad","name":"larry.linuxadmin"},`)
}

// huge writes a body with a content length of one terabyte.
func huge(w http.ResponseWriter, r *http.Request, _ func() *httptest.ResponseRecorder) {
	w.Header().Set("Content-Type", r.Header.Get("Accept"))
	w.Header().Set("Content-Length", strconv.FormatInt(1<<40, 10))
	forever(w, reportHeader, "\n")
}

// compressed returns a small body that is large when decompressed: as large as the
// limit for CSV, and larger than the limit for JSON.
func compressed() hostileBody {
	zip := sync.OnceValues(func() (list, report []byte) {
		return zipped(`{"list":[]`, " ", 64<<20, "}"), zipped(reportHeader, "\n", 255<<20, "")
	})
	return func(w http.ResponseWriter, r *http.Request, _ func() *httptest.ResponseRecorder) {
		body, report := zip()
		if isDownload(r.URL.Path) {
			body = report
		}
		w.Header().Set("Content-Type", r.Header.Get("Accept"))
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = w.Write(body)
	}
}

// zipped returns a compressed text, with a filling of a size in bytes.
func zipped(beginning, filling string, size int, end string) []byte {
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	_, _ = io.WriteString(z, beginning)
	chunk := bytes.Repeat([]byte(filling), 1<<20)
	for range size >> 20 {
		_, _ = z.Write(chunk)
	}
	_, _ = io.WriteString(z, end)
	_ = z.Close()
	return b.Bytes()
}

// wideObject returns a JSON object with n unknown fields.
func wideObject(n int) string {
	var b strings.Builder
	b.WriteString(`{"type":"wide"`)
	for i := range n {
		b.WriteString(`,"` + strconv.Itoa(i) + `":0`)
	}
	return b.String() + "}"
}

// binaryBody returns 64 KiB of random bytes, the same in every run.
func binaryBody() string {
	noise := make([]byte, 64<<10)
	_, _ = rand.NewChaCha8([32]byte{}).Read(noise)
	return string(noise)
}

// echo returns the request, including its credentials.
func echo(r *http.Request) string {
	dump, _ := httputil.DumpRequest(r, true)
	return string(dump)
}

// echoCredentials returns only the secret of a request.
func echoCredentials(r *http.Request) string {
	if _, token, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok {
		return token
	}
	var key struct {
		Secret string `json:"key_secret"`
	}
	_ = json.NewDecoder(r.Body).Decode(&key)
	return key.Secret
}

// escapes returns a text with control characters.
func escapes(*http.Request) string {
	return "\x1b[2J\x1b[HApply complete! Nobody has access.\u202edrow\u2066\u0085\x07\x7f\u200f\r"
}

// inError responds with an API error that has the text in all fields.
func inError(text func(*http.Request) string) hostileBody {
	return func(w http.ResponseWriter, r *http.Request, _ func() *httptest.ResponseRecorder) {
		injected := text(r)
		body, _ := json.Marshal(map[string]any{
			"type": injected, "message": injected, "code": injected, "errors": []any{map[string]any{"path": injected, "message": injected}},
		})
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write(body)
	}
}

// inHeaders responds like the tenant, with the text in headers.
func inHeaders(text func(*http.Request) string) hostileBody {
	return func(w http.ResponseWriter, r *http.Request, honest func() *httptest.ResponseRecorder) {
		injected := text(r)
		resp := honest()
		for _, name := range []string{"Content-Type", "Content-Encoding", "X-Request-Id", "Retry-After", "Link", "Location"} {
			w.Header().Set(name, injected)
		}
		w.Header().Set("Link", "<https://"+strings.Join(strings.Fields(injected), "")+`.example/>; rel="next"`)
		w.WriteHeader(resp.Code)
		_, _ = w.Write(resp.Body.Bytes())
	}
}

// inResponse responds like the tenant, with the text appended to every string in JSON
// and to every cell in CSV. If header is true, it is also appended to the header.
func inResponse(text func(*http.Request) string, header bool) hostileBody {
	return func(w http.ResponseWriter, r *http.Request, honest func() *httptest.ResponseRecorder) {
		injected := text(r)
		resp := honest()
		w.Header().Set("Content-Type", resp.Header().Get("Content-Type"))
		w.WriteHeader(resp.Code)
		var value any
		if json.Unmarshal(resp.Body.Bytes(), &value) == nil {
			body, _ := json.Marshal(appended(value, injected))
			_, _ = w.Write(body)
			return
		}
		records, _ := csv.NewReader(resp.Body).ReadAll()
		for i, record := range records {
			for c := range record {
				if header || i > 0 {
					record[c] += injected
				}
			}
		}
		_ = csv.NewWriter(w).WriteAll(records)
	}
}

// appended returns a JSON value with a text appended to all strings.
func appended(value any, text string) any {
	switch value := value.(type) {
	case string:
		return value + text
	case []any:
		for i := range value {
			value[i] = appended(value[i], text)
		}
	case map[string]any:
		for name := range value {
			value[name] = appended(value[name], text)
		}
	}
	return value
}
