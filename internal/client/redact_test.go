package client

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"log/slog"
	"mime/quotedprintable"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
)

// encodings are ways in which a proxy may repeat what it was sent. They are written
// independently of the decoders under test.
var encodings = map[string]func(string) string{
	"plain":                 func(s string) string { return s },
	"upper case":            strings.ToUpper,
	"lower case":            strings.ToLower,
	"query":                 url.QueryEscape,
	"path":                  url.PathEscape,
	"percent, lower case":   func(s string) string { return lowerHex(url.QueryEscape(s)) },
	"percent, all":          perByte("%%%02x"),
	"percent, twice":        func(s string) string { return url.QueryEscape(lowerHex(url.QueryEscape(s))) },
	"percent, three times":  func(s string) string { return url.QueryEscape(url.QueryEscape(url.QueryEscape(s))) },
	"percent u":             perUTF16("%%u%04X"),
	"JSON":                  jsonString,
	"JSON, all escaped":     perUTF16(`\u%04x`),
	"JSON, upper case":      perUTF16(`\u%04X`),
	"JSON in JSON":          func(s string) string { return jsonString(jsonString(s)) },
	"JSON, slash escaped":   func(s string) string { return strings.ReplaceAll(jsonString(s), "/", `\/`) },
	"JSON in percent":       func(s string) string { return url.QueryEscape(jsonString(s)) },
	"Go":                    strconv.QuoteToASCII,
	"bytes":                 perByte(`\x%02x`),
	"octal":                 perByte(`\%03o`),
	"braces":                perRune(`\u{%x}`),
	"HTML":                  html.EscapeString,
	"HTML, decimal":         perRune("&#%d;"),
	"HTML, decimal, padded": perRune("&#%07d;"),
	"HTML, hex":             perRune("&#x%X;"),
	"HTML, hex, lower":      perRune("&#x%x;"),
	"HTML, no semicolon":    func(s string) string { return strings.ReplaceAll(html.EscapeString(s), ";", "") },
	"HTML, decimal, open":   perRune("&#%d"),
	"HTML twice":            func(s string) string { return html.EscapeString(html.EscapeString(s)) },
	"HTML of JSON":          func(s string) string { return html.EscapeString(jsonString(s)) },
	"named entities":        namedEntities,
	"base64":                func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
	"base64 for URLs, raw":  func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) },
	"base64, moved by 1":    func(s string) string { return base64.StdEncoding.EncodeToString([]byte("x" + s)) },
	"base64, moved by 2":    func(s string) string { return base64.StdEncoding.EncodeToString([]byte("id" + s + "}")) },
	"base64, as in Basic":   func(s string) string { return base64.StdEncoding.EncodeToString([]byte("user:" + s)) },
	"base64 of JSON":        func(s string) string { return base64.StdEncoding.EncodeToString([]byte(`{"k":` + jsonString(s) + `}`)) },
	"base64 twice": func(s string) string {
		e := base64.StdEncoding
		return e.EncodeToString([]byte(e.EncodeToString([]byte(s))))
	},
	"base64 in a query":      func(s string) string { return url.QueryEscape(base64.StdEncoding.EncodeToString([]byte(s))) },
	"base64 in lines":        func(s string) string { return every(base64.StdEncoding.EncodeToString([]byte(s)), 5, "\r\n") },
	"hex":                    func(s string) string { return hex.EncodeToString([]byte(s)) },
	"hex, upper case":        func(s string) string { return strings.ToUpper(hex.EncodeToString([]byte(s))) },
	"quoted-printable":       quotedPrintableOf,
	"quoted-printable, soft": func(s string) string { return every(s, 4, "=\r\n") },
	"UTF-16LE":               func(s string) string { return utf16Of(s, false) },
	"UTF-16BE":               func(s string) string { return utf16Of(s, true) },
	"UTF-16 of JSON":         func(s string) string { return utf16Of(jsonString(s), false) },
	"full width":             fullWidth,
	"a line break in it":     func(s string) string { return every(s, 5, "\r\n") },
	"blanks in it":           func(s string) string { return every(s, 2, "  ") },
	"JSON line breaks":       func(s string) string { return every(s, 3, `\n\t`) },
	"no-break blanks":        func(s string) string { return every(s, 3, "\u00a0\u2009") },
	"zero width in it":       func(s string) string { return every(s, 1, "\u200b\u2060") },
	"soft hyphens in it":     func(s string) string { return every(s, 3, "\u00ad") },
	"control characters":     func(s string) string { return every(s, 3, "\x1b\x00\x08") },
	"entities of blanks":     func(s string) string { return every(s, 3, "&nbsp;&#8203;&#10;") },
	"tags in it":             func(s string) string { return every(s, 3, "<wbr><b class='x'>") },
	"quotes doubled":         func(s string) string { return strings.ReplaceAll(s, `"`, `""`) },
	"its first half":         func(s string) string { return s[:len(s)/2] },
	"its last half":          func(s string) string { return s[len(s)/2:] },
	"its middle":             func(s string) string { return s[len(s)/3 : len(s)/3+12] },
	"half of its JSON":       func(s string) string { s = jsonString(s); return s[:len(s)/2] },
	"half of its base64":     func(s string) string { s = base64.StdEncoding.EncodeToString([]byte(s)); return s[len(s)/2:] },
}

// leakable are secrets with characters that encoders change.
var leakable = []string{
	`canary&key<with>"much"/that+is\escaped=%in%many'ways`,
	"simulator-only-key-secret",
	"Correct Horse Battery+Staple of the Key",
	"abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJ",
	`sl/ash%41es\u0041nd&amp;entities+too`,
}

func TestSecretsInEveryForm(t *testing.T) {
	for _, secret := range leakable {
		var s secrets
		s.add("another-secret-of-the-session")
		s.add(secret)
		for name, encode := range encodings {
			for place, text := range map[string]string{
				"alone":     encode(secret),
				"in JSON":   `{"message":"we got key_secret=` + encode(secret) + `, sorry"}`,
				"in a text": "before " + encode(secret) + "\n after",
				"far away":  strings.Repeat("words ", 100) + encode(secret) + strings.Repeat(" words", 5000),
			} {
				if got := s.redact(text).String(); got != removed {
					t.Errorf("%s, %s of %q: got %s, want %s", name, place, secret, got, removed)
				}
			}
		}
	}
}

// Wherever a text is truncated, the result has no eight consecutive characters of the
// secret.
func TestTruncatedSecrets(t *testing.T) {
	const secret = "abcdefghijklmnopqrstuvwx+y/z?=secretest-part&of it"
	var s secrets
	s.add(secret)
	for name, encode := range map[string]func(string) string{"plain": encodings["plain"], "query": url.QueryEscape, "JSON": jsonString} {
		form := encode(secret)
		for from := range len(form) {
			for to := from + 1; to <= len(form); to++ {
				got := s.redact("before " + form[from:to] + " after").String()
				if got == removed {
					continue
				}
				for i := range len(secret) - runLength + 1 {
					if run := secret[i : i+runLength]; strings.Contains(got, run) || strings.Contains(got, encode(run)) {
						t.Fatalf("%s[%d:%d]: got %s with %s, want none of the secret", name, from, to, got, run)
					}
				}
			}
		}
	}
	for padding := maxExcerpt - 20; padding < maxExcerpt+20; padding++ {
		if got := s.redact(strings.Repeat("-", padding) + secret).String(); strings.Contains(got, secret[:runLength]) {
			t.Errorf("after %d characters: got %s, want none of the secret", padding, got)
		}
	}
	for padding := maxWindow - 20; padding < maxWindow; padding++ {
		if got := s.redactUpTo(strings.Repeat("-", padding)+secret, 2*maxWindow).String(); strings.Contains(got, secret[:runLength]) {
			t.Errorf("after %d bytes: got %s, want none of the secret", padding, got[max(0, len(got)-100):])
		}
	}
}

func TestOtherTextIsShown(t *testing.T) {
	var s secrets
	for _, secret := range leakable {
		s.add(secret)
	}
	s.add("seven77")
	s.add("five5") // too short to distinguish from words
	for text, want := range map[string]string{
		"":                                 "",
		"  no such user\n":                 "no such user",
		"abcdefg is no secret":             "abcdefg is no secret",
		"five5 stands here":                "five5 stands here",
		"seven777 does not":                removed,
		"100% of {\"a\\b\":\"c\"} &amp; d": "100% of {\"a\\b\":\"c\"} &amp; d",
		"a\x1b[2Jb\u202ec\nStatus: 200":    `a\x1b[2Jb\u202ec\nStatus: 200`,
		"Authorization: Bearer abc.def-ghi/jkl=, eyJhbGciOi.eyJzdWIi.c2ln": "Authorization: [redacted], [redacted]",
		"Authorization: Bearer%20abc.def-ghi/jkl":                          removed,
		`{"a":"Bearer\u0020abc.def-ghi/jkl"}`:                              removed,
		strings.Repeat("é", 1000):                                          strings.Repeat("é", maxExcerpt) + "…",
		strings.Repeat(" ", maxWindow+1) + "x":                             "…",
	} {
		if got := s.redact(text).String(); got != want {
			t.Errorf("%.60q: got %s, want %s", text, got, want)
		}
	}
}

func TestServerTextIsPrintedRedacted(t *testing.T) {
	var s secrets
	s.add("a-secret-of-mine")
	for raw, want := range map[string]string{
		"a\x1b\"b":            `a\x1b"b | a\x1b"b | "a\x1b\"b" | "a\\x1b\"b"`,
		"is a-secret-of-mine": removed + " | " + removed + " | " + removed + " | " + strconv.Quote(removed),
	} {
		text := s.redact(raw)
		encoded, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%s | %+v | %q | %s", text, text, text, encoded); got != want {
			t.Errorf("%q: got %s, want %s", raw, got, want)
		}
		if got := fmt.Sprintf("%#v %#v", text, struct{ x ServerText }{text}); strings.Contains(got, "of-mine") || strings.Contains(got, "\x1b") {
			t.Errorf("%q: got %s, want redacted text", raw, got)
		}
	}
}

func TestLogsAreRedacted(t *testing.T) {
	var log strings.Builder
	var s secrets
	s.add("a-secret & more")
	logger := slog.New(redactingHandler{slog.NewJSONHandler(&log, nil), &s})
	leak := `a-secret \u0026 more`
	logger.With("with", leak).WithGroup("g").LogAttrs(t.Context(), slog.LevelInfo, "message",
		slog.String("string", leak), slog.Any("error", fmt.Errorf("failed: %s", leak)), slog.Any("any", []string{leak}), slog.String("terminal", "\u202e\u009b"),
		slog.Group("inner", slog.String("text", leak)), slog.Duration("d", time.Second), slog.Int("n", 7))
	got := log.String()
	if strings.Contains(got, "a-secret") || strings.ContainsAny(got, "\u202e\u009b") || strings.Count(got, removed) != 5 || !strings.Contains(got, `"n":7`) {
		t.Errorf("got %s, want a redacted log", got)
	}
}

// The work for decoding a text is limited.
func TestViewsAreBounded(t *testing.T) {
	for name, part := range map[string]string{
		"percent": "%25", "entities": "&amp;", "backslashes": `\`, "JSON": `\u005c`, "base64": "QUFB", "hex": "4141", "tags": "<>", "open tags": "<", "blanks": " ",
		"marks": "a\u0300\u0301", "ligatures": "\ufdfa", "quoted": "=3D",
	} {
		text := strings.Repeat(part, maxWindow/len(part))
		views, bytes := 0, 0
		anyView(text, func(view string) bool {
			views++
			bytes += len(view)
			return false
		})
		if limit := (maxViews + 20) * maxWindow; views == 0 || bytes > limit {
			t.Errorf("%s: got %d views of %d bytes, want at most %d", name, views, bytes, limit)
		}
	}
}

func BenchmarkRedact(b *testing.B) {
	var s secrets
	for i := range 100 {
		s.add(fmt.Sprintf("secret number %d of a long session", i))
	}
	for name, text := range map[string]string{
		"message": `{"type":"not_found","message":"The user does not exist or you are not authorized."}`,
		"prose":   strings.Repeat("It was the best of times, it was the worst of times. ", 1000), "percent": strings.Repeat("%25", 10000),
		"base64": strings.Repeat("QUFB", 10000), "hex": strings.Repeat("4141", 10000), "ligatures": strings.Repeat("\ufdfa", 10000),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s.redact(text)
			}
		})
	}
}

func FuzzRedact(f *testing.F) {
	f.Add("%25%32%36&#x26;\\u0026=3D<b>QUFBQUFBQUFB", 3)
	f.Fuzz(func(t *testing.T, text string, at int) {
		const secret = "simulator/only+key&secret"
		var s secrets
		s.add(secret)
		at = min(max(at, 0), len(text))
		if got := s.redact(text[:at] + secret + text[at:]).String(); strings.Contains(got, secret) {
			t.Errorf("got %q, want no secret", got)
		}
	})
}

func jsonString(s string) string {
	encoded, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string can always be written
	}
	return string(encoded[1 : len(encoded)-1])
}

func perByte(format string) func(string) string {
	return func(s string) string {
		var b strings.Builder
		for i := range len(s) {
			fmt.Fprintf(&b, format, s[i])
		}
		return b.String()
	}
}

func perRune(format string) func(string) string {
	return func(s string) string {
		var b strings.Builder
		for _, r := range s {
			fmt.Fprintf(&b, format, r)
		}
		return b.String()
	}
}

func perUTF16(format string) func(string) string {
	return func(s string) string {
		var b strings.Builder
		for _, unit := range utf16.Encode([]rune(s)) {
			fmt.Fprintf(&b, format, unit)
		}
		return b.String()
	}
}

func utf16Of(s string, bigEndian bool) string {
	var b strings.Builder
	for _, unit := range utf16.Encode([]rune(s)) {
		if bigEndian {
			b.Write(binary.BigEndian.AppendUint16(nil, unit))
		} else {
			b.Write(binary.LittleEndian.AppendUint16(nil, unit))
		}
	}
	return b.String()
}

func lowerHex(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' {
			b.WriteString(strings.ToLower(s[i : i+3]))
			i += 2
		} else {
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

func namedEntities(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&apos;", "/", "&sol;", "+", "&plus;", "=", "&equals;", "%", "&percnt;", `\`, "&bsol;").Replace(s)
}

func quotedPrintableOf(s string) string {
	var b strings.Builder
	w := quotedprintable.NewWriter(&b)
	_, _ = w.Write([]byte(strings.Repeat("-", 60) + s))
	_ = w.Close()
	return b.String()
}

func fullWidth(s string) string {
	return strings.Map(func(r rune) rune {
		if '!' <= r && r <= '~' {
			return r + 0xFEE0
		}
		return r
	}, s)
}

func every(s string, n int, insert string) string {
	var b strings.Builder
	for i := 0; i < len(s); i += n {
		if i > 0 {
			b.WriteString(insert)
		}
		b.WriteString(s[i:min(i+n, len(s))])
	}
	return b.String()
}
