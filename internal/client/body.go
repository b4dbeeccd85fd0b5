package client

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/htmlindex"
)

// Bodies are bounded, generously: a larger one is a mistake, and must not take
// the machine's memory.
const (
	maxJSON = 32 << 20
	maxCSV  = 256 << 20
)

// readBody reads a body to its end, or fails: half a body is none.
func readBody(answer *http.Response) ([]byte, error) {
	limit, limitText := int64(maxJSON), "32 MiB"
	isCSV := answer.Request.Header.Get("Accept") == mediaCSV
	if isCSV {
		limit, limitText = maxCSV, "256 MiB"
	}
	var source io.Reader = answer.Body
	switch encoding := strings.ToLower(answer.Header.Get("Content-Encoding")); encoding {
	case "", "identity":
	case "gzip":
		unzipped, err := gzip.NewReader(answer.Body)
		if err != nil {
			return nil, err
		}
		source = unzipped
	default:
		return nil, protocolErrorf("its content encoding is %s", codingName(encoding))
	}
	body, err := io.ReadAll(io.LimitReader(source, limit+1))
	switch {
	case err != nil:
		return nil, err
	case int64(len(body)) > limit:
		return nil, protocolErrorf("its body is larger than %s", limitText)
	case isCSV && endless(answer):
		// JSON shows where it ends, CSV does not: the rows that are missing would not be missed.
		return nil, protocolErrorf("its end cannot be told, for it has neither a length nor chunks")
	}
	return body, nil
}

// codingName is a content coding as messages name it: one that is registered.
// Anything else that a server sends there is not repeated.
func codingName(coding string) string {
	switch coding {
	case "br", "compress", "deflate", "dcb", "dcz", "x-gzip", "zstd":
		return `"` + coding + `"`
	}
	return "unknown"
}

// endless says whether the body ends with the connection, so that a lost
// connection and a whole body look the same.
func endless(answer *http.Response) bool {
	return answer.ProtoMajor == 1 && answer.ContentLength < 0 && len(answer.TransferEncoding) == 0
}

// decodeJSON reads the body of an answer into a value.
func (r *response) decodeJSON(into any) error {
	if !utf8.Valid(r.body) {
		return protocolErrorf("JSON that is not UTF-8")
	}
	if err := json.Unmarshal(r.body, into); err != nil {
		return protocolErrorf("%s that is not of the known form (%s)", r.looks(), r.redact(err.Error()))
	}
	return nil
}

// looks describes a body without quoting it.
func (r *response) looks() string {
	start := strings.TrimSpace(string(r.body[:min(len(r.body), 64)]))
	switch {
	case start == "":
		return "an empty body"
	case strings.HasPrefix(start, "<"):
		return "a page of HTML or XML"
	case strings.HasPrefix(start, "{"), strings.HasPrefix(start, "["):
		return "JSON"
	}
	return "a text of the type " + r.redact(r.header.Get("Content-Type")).String()
}

// text is the body of an answer that should be CSV, as UTF-8. A text that cannot
// be turned into UTF-8 without loss is refused: two names might become one.
func (r *response) text() (string, error) {
	kind, parameters, _ := mime.ParseMediaType(r.header.Get("Content-Type"))
	text := string(r.body)
	switch charset := strings.ToLower(parameters["charset"]); charset {
	case "", "utf-8", "utf8", "us-ascii":
	default:
		encoding, err := htmlindex.Get(charset)
		if err != nil {
			return "", protocolErrorf("its charset %q is unknown", r.redact(charset))
		}
		if text, err = encoding.NewDecoder().String(text); err != nil || strings.ContainsRune(text, utf8.RuneError) {
			return "", protocolErrorf("its text is not all %s, as it says", r.redact(charset))
		}
	}
	if !utf8.ValidString(text) {
		return "", protocolErrorf("its text is not UTF-8, and it names no other charset")
	}
	// Section 1.4: some deployment may hand the CSV out as a JSON string.
	if kind == mediaJSON && strings.HasPrefix(strings.TrimSpace(text), `"`) {
		quoted := text
		if err := json.Unmarshal([]byte(quoted), &text); err != nil || strings.ContainsRune(text, utf8.RuneError) {
			return "", protocolErrorf("a JSON string that is cut or broken")
		}
	}
	switch trimmed := strings.TrimSpace(text); {
	case trimmed == "":
		return "", protocolErrorf("an empty body, although the report's status says that it has rows")
	case kind == "text/html", strings.HasPrefix(trimmed, "<"), strings.HasPrefix(trimmed, "{"), strings.HasPrefix(trimmed, "["):
		return "", protocolErrorf("%s instead of CSV", r.looks())
	}
	return text, nil
}
