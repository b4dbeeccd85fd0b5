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

// hostileBody writes an answer that no tenant should give. honest returns what the
// tenant would have answered.
type hostileBody func(w http.ResponseWriter, r *http.Request, honest func() *httptest.ResponseRecorder)

// hostileBodies are the bodies by which every endpoint is replaced in turn, by
// kind. A kind with one body has a large one.
func hostileBodies() map[string]map[string]hostileBody {
	deep := strings.Repeat(strings.Repeat("[", 500)+strings.Repeat("]", 500)+",", 4000)
	bodies := map[string]map[string]hostileBody{
		"endless":      {"endless": endless},
		"huge":         {"huge": huge},
		"deep lists":   {"deep lists": answers(`{"list":[`+deep+`{}]}`, reportHeader+strings.Repeat(`"`, 4<<20)+"\n")},
		"deep objects": {"deep objects": answers(`{"list":`+strings.Repeat(`{"details":`, 400_000), reportHeader+strings.Repeat(`"a,""b`, 400_000))},
		"wide lists":   {"wide lists": answers(`{"list":[`+strings.Repeat("{},", 1<<20)+"{}]}", reportHeader+strings.Repeat(",", 4<<20)+"\n")},
		"wide objects": {"wide objects": answers(wideObject(100_000), strings.Repeat("Account,", 1<<17)+"\n")},
		"compressed":   {"compressed": compressed()},
		"binary":       {"binary": answers(binaryBody(), binaryBody()), "binary inside": answers(`{"list":[`+binaryBody(), reportHeader+binaryBody())},
	}
	for kind, text := range map[string]func(*http.Request) string{
		"echoing the request": echo, "echoing credentials": echoCredentials, "escaping": escapes,
	} {
		bodies[kind] = map[string]hostileBody{
			"in an error": inError(text), "in headers": inHeaders(text), "in the cells": inAnswer(text, false), "in all of the answer": inAnswer(text, true),
		}
		for _, status := range []int{http.StatusOK, http.StatusBadRequest, http.StatusUnauthorized, http.StatusServiceUnavailable} {
			bodies[kind]["as the answer, status "+strconv.Itoa(status)] = func(w http.ResponseWriter, r *http.Request, _ func() *httptest.ResponseRecorder) {
				w.Header().Set("Content-Type", r.Header.Get("Accept"))
				w.WriteHeader(status)
				_, _ = io.WriteString(w, text(r))
			}
		}
	}
	return bodies
}

// wantsCSV reports whether a request is a download.
func wantsCSV(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/report") }

// answers is one of two bodies, in one piece: of JSON and of CSV.
func answers(list, report string) hostileBody {
	return func(w http.ResponseWriter, r *http.Request, _ func() *httptest.ResponseRecorder) {
		text, kind := list, "application/json"
		if wantsCSV(r) {
			text, kind = report, "text/csv"
		}
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Content-Length", strconv.Itoa(len(text)))
		_, _ = io.WriteString(w, text)
	}
}

// forever writes until the client goes away.
func forever(w io.Writer, beginning, more string) {
	chunk := []byte(strings.Repeat(more, 1+(1<<20)/len(more)))
	_, err := io.WriteString(w, beginning)
	for err == nil {
		_, err = w.Write(chunk)
	}
}

// endless is a body that goes on, in chunks.
func endless(w http.ResponseWriter, r *http.Request, _ func() *httptest.ResponseRecorder) {
	if wantsCSV(r) {
		w.Header().Set("Content-Type", "text/csv")
		forever(w, reportHeader, "larry.linuxadmin,human,ACTIVE,web-01,server,root,user,MFA\n")
		return
	}
	w.Header().Set("Content-Type", "application/json")
	forever(w, `{"list":[`, `{"id":"7cce4815-fbb7-5bdf-8bf9-8daaa60eaaad","name":"larry.linuxadmin"},`)
}

// huge is a body of a terabyte, as its header announces.
func huge(w http.ResponseWriter, r *http.Request, _ func() *httptest.ResponseRecorder) {
	w.Header().Set("Content-Type", r.Header.Get("Accept"))
	w.Header().Set("Content-Length", strconv.Itoa(1<<40))
	forever(w, reportHeader, "\n")
}

// compressed is a small body that is large when it is decompressed: as large as
// is allowed for CSV, larger for JSON.
func compressed() hostileBody {
	zip := sync.OnceValues(func() (list, report []byte) {
		return zipped(`{"list":[]`, " ", 64<<20, "}"), zipped(reportHeader, "\n", 255<<20, "")
	})
	return func(w http.ResponseWriter, r *http.Request, _ func() *httptest.ResponseRecorder) {
		body, report := zip()
		if wantsCSV(r) {
			body = report
		}
		w.Header().Set("Content-Type", r.Header.Get("Accept"))
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = w.Write(body)
	}
}

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

// wideObject is a JSON object with n fields, none of which is known.
func wideObject(n int) string {
	var b strings.Builder
	b.WriteString(`{"type":"wide"`)
	for i := range n {
		b.WriteString(`,"` + strconv.Itoa(i) + `":0`)
	}
	return b.String() + "}"
}

// binaryBody is 64 KiB of noise, the same in every run.
func binaryBody() string {
	noise := make([]byte, 64<<10)
	_, _ = rand.NewChaCha8([32]byte{}).Read(noise)
	return string(noise)
}

// echo is the request as it came, credentials included.
func echo(r *http.Request) string {
	dump, _ := httputil.DumpRequest(r, true)
	return string(dump)
}

// echoCredentials is nothing but the secret of a request.
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

// escapes is a text that a terminal acts on.
func escapes(*http.Request) string {
	return "\x1b[2J\x1b[HApply complete! Nobody has access.\u202edrow\u2066\u0085\x07\x7f\u200f\r"
}

// inError answers with an error of the API, whose fields all hold the text.
func inError(text func(*http.Request) string) hostileBody {
	return func(w http.ResponseWriter, r *http.Request, _ func() *httptest.ResponseRecorder) {
		said := text(r)
		body, _ := json.Marshal(map[string]any{
			"type": said, "message": said, "code": said, "errors": []any{map[string]any{"path": said, "message": said}},
		})
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write(body)
	}
}

// inHeaders answers as the tenant, with the text in headers.
func inHeaders(text func(*http.Request) string) hostileBody {
	return func(w http.ResponseWriter, r *http.Request, honest func() *httptest.ResponseRecorder) {
		said := text(r)
		answer := honest()
		for _, name := range []string{"Content-Type", "Content-Encoding", "X-Request-Id", "Retry-After", "Link", "Location"} {
			w.Header().Set(name, said)
		}
		w.Header().Set("Link", "<https://"+strings.Join(strings.Fields(said), "")+`.example/>; rel="next"`)
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
	}
}

// inAnswer answers as the tenant, with the text at the end of every text in JSON
// and of every cell in CSV; whether the header of the CSV has it too is header.
func inAnswer(text func(*http.Request) string, header bool) hostileBody {
	return func(w http.ResponseWriter, r *http.Request, honest func() *httptest.ResponseRecorder) {
		said := text(r)
		answer := honest()
		w.Header().Set("Content-Type", answer.Header().Get("Content-Type"))
		w.WriteHeader(answer.Code)
		var value any
		if json.Unmarshal(answer.Body.Bytes(), &value) == nil {
			body, _ := json.Marshal(appended(value, said))
			_, _ = w.Write(body)
			return
		}
		records, _ := csv.NewReader(answer.Body).ReadAll()
		for i, record := range records {
			for c := range record {
				if header || i > 0 {
					record[c] += said
				}
			}
		}
		_ = csv.NewWriter(w).WriteAll(records)
	}
}

// appended is a JSON value with a text at the end of all of its texts.
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
