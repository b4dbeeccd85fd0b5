package client

import (
	"context"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/htmlindex"
)

// readBody reads and decompresses a complete body, or returns an error.
func (c *Client) readBody(ctx context.Context, resp *http.Response) (string, error) {
	limit, limitText := maxJSON, "32 MiB"
	isCSV := resp.Request.Header.Get("Accept") == mediaCSV
	switch {
	case resp.StatusCode/100 != 2:
		limit, limitText = maxObject, "1 MiB"
	case isCSV:
		limit, limitText = maxCSV, "256 MiB"
	}
	tooLarge := func() error { return protocolErrorf("the body is larger than %s", limitText) }
	if resp.ContentLength > int64(limit) {
		return "", tooLarge() // compressed or not
	}
	source, err := decompress(resp)
	if err != nil {
		return "", err
	}
	body, err := readAll(ctx, source, limit+1, c.largeBody)
	switch {
	case err != nil:
		return "", err
	case len(body) > limit:
		return "", tooLarge()
	case isCSV && endsWithConnection(resp):
		// JSON shows where it ends, CSV does not: missing rows would go unnoticed.
		return "", protocolErrorf("the end of the body cannot be verified, because it has no Content-Length and is not chunked")
	}
	return body, nil
}

// codingName returns a content encoding for messages: the name of a registered encoding
// in quotes, or "unknown" for other text from the server.
func codingName(coding string) string {
	names := strings.Split(coding, ", ")
	for _, name := range names {
		if !slices.Contains([]string{"br", "compress", "dcb", "dcz", "deflate", "gzip", "identity", "x-gzip", "zstd"}, name) {
			return "unknown"
		}
	}
	return `"` + strings.Join(names, ", ") + `"`
}

// endsWithConnection reports whether only the end of the connection ends the body.
// A lost connection then looks like a complete body (API.md, download-length).
func endsWithConnection(resp *http.Response) bool {
	return resp.ProtoMajor == 1 && resp.ContentLength < 0 && len(resp.TransferEncoding) == 0
}

// decodeJSON decodes the body, one JSON object, into a value.
func (r *response) decodeJSON(into any) error {
	if len(r.body) > maxObject {
		return protocolErrorf("a JSON object is larger than 1 MiB")
	}
	if !utf8.ValidString(r.body) {
		return protocolErrorf("JSON that is not UTF-8")
	}
	if err := json.Unmarshal([]byte(r.body), into); err != nil {
		return protocolErrorf("%s in an unknown format (%s)", r.describe(), r.redact(err.Error()))
	}
	return nil
}

// describe describes the body without quoting it.
func (r *response) describe() string {
	start := strings.TrimSpace(r.body[:min(len(r.body), 64)])
	switch {
	case start == "":
		return "an empty body"
	case strings.HasPrefix(start, "<"):
		return "an HTML or XML page"
	case strings.HasPrefix(start, "{"), strings.HasPrefix(start, "["):
		return "JSON"
	}
	return "content of type " + r.redact(r.header.Get("Content-Type")).String()
}

// text returns the body of a CSV response as UTF-8. It rejects text that cannot be
// converted to UTF-8 without loss: two names might become one.
func (r *response) text(ctx context.Context) (string, error) {
	kind, parameters, _ := mime.ParseMediaType(r.header.Get("Content-Type"))
	text := r.body
	switch charset := strings.ToLower(parameters["charset"]); charset {
	case "", "utf-8", "utf8", "us-ascii":
	default:
		encoding, err := htmlindex.Get(charset)
		if err != nil {
			return "", protocolErrorf("the charset %q is unknown", r.redact(charset))
		}
		switch text, err = toUTF8(ctx, text, encoding); {
		case ctx.Err() != nil:
			return "", ctx.Err()
		case errors.Is(err, errTooLong):
			return "", protocolErrorf("the text is larger than 256 MiB in UTF-8")
		case err != nil || strings.ContainsRune(text, utf8.RuneError):
			return "", protocolErrorf("the text is not valid %s, contrary to its Content-Type", r.redact(charset))
		}
	}
	switch valid, err := isUTF8(ctx, text); {
	case err != nil:
		return "", err
	case !valid:
		return "", protocolErrorf("the text is not UTF-8, and no other charset is declared")
	}
	// A deployment may return the CSV as a JSON string (API.md, download-json-string).
	if kind == mediaJSON && strings.HasPrefix(strings.TrimSpace(text), `"`) {
		quoted := text
		if len(quoted) > maxJSON {
			return "", protocolErrorf("a JSON string is larger than 32 MiB")
		}
		if err := json.Unmarshal([]byte(quoted), &text); err != nil || strings.ContainsRune(text, utf8.RuneError) {
			return "", protocolErrorf("a JSON string is truncated or malformed")
		}
	}
	switch trimmed := strings.TrimSpace(text); {
	case trimmed == "":
		return "", protocolErrorf("the body is empty, although the status of the report indicates rows")
	case kind == "text/html", strings.HasPrefix(trimmed, "<"), strings.HasPrefix(trimmed, "{"), strings.HasPrefix(trimmed, "["):
		return "", protocolErrorf("%s instead of CSV", r.describe())
	}
	return text, nil
}
