package client

import (
	"html"
	"iter"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/privileged-access/terraform-provider-opa/internal/safetext"
)

// decoders are applied to a text in any order and combination, and every result is
// searched. Decoding too much does no harm: the decoded forms of a secret that looks like
// an escape are known, too.
var decoders = []func(string) string{decodeEscapes, decodeQuotedPrintable, withoutTags, decodeBase64, decodeHex}

const (
	maxDecodings = 4 // nested: a proxy may quote the response of another proxy
	// Maximum size of all views together, relative to the text. It limits the time that a
	// hostile text takes.
	maxViews = 64
)

// anyView reports whether a condition holds for any decoded form of a text.
func anyView(text string, holds func(view string) bool) bool {
	budget := maxViews * (len(text) + 64)
	seen := map[string]bool{}
	views := append(decodings(text), decodings(strings.ReplaceAll(text, "+", " "))...)
	for range maxDecodings + 1 {
		var next []string
		for _, view := range views {
			if holds(view) {
				return true
			}
			if budget -= len(view); budget < 0 {
				return false
			}
			// There may be a space or a line break within an escape.
			view = strip(view)
			if len(view) < minSecret || seen[view] {
				continue
			}
			seen[view] = true
			for _, decode := range decoders {
				if decoded := decode(view); decoded != view {
					next = append(next, decoded)
				}
			}
		}
		views = next
	}
	return false
}

// decodings returns a text and the results of repeatedly decoding its escapes.
func decodings(text string) []string {
	forms := []string{text}
	for range maxDecodings {
		decoded := decodeEscapes(text)
		if decoded == text {
			break
		}
		text = decoded
		forms = append(forms, text)
	}
	return forms
}

// folded returns the forms of a text that are compared with a secret: unchanged, stripped
// and squashed, all in lower case.
func folded(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		seen := ""
		for _, form := range []string{strings.ToLower(text), strings.ToLower(strip(text)), squash(strip(text))} {
			if form != seen && !yield(form) {
				return
			}
			seen = form
		}
	}
}

// strip removes characters that may be inserted into a secret: spaces, line breaks, NULs
// (of UTF-16) and invisible characters. It replaces full-width and other compatibility
// characters by the ordinary ones.
func strip(text string) string {
	if !isASCII(text) {
		text = norm.NFKC.String(strings.ToValidUTF8(text, ""))
	}
	return strings.Map(func(r rune) rune {
		if r <= ' ' || unicode.IsSpace(r) || safetext.Hidden(r) {
			return -1
		}
		return r
	}, text)
}

// squash removes from a stripped text the characters that encode spaces, quotes, escapes
// or line breaks, and converts it to lower case.
func squash(text string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '+', '=', '\\', '"', '\'', '`':
			return -1
		}
		return unicode.ToLower(r)
	}, text)
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// runsOf returns all runs of runLength bytes in a text.
func runsOf(text string) iter.Seq[uint64] {
	return func(yield func(uint64) bool) {
		var run uint64
		for i := range len(text) {
			run = run<<8 | uint64(text[i]) // 8 bytes, so the first falls out
			if i >= runLength-1 && !yield(run) {
				return
			}
		}
	}
}

// escaped matches the escapes of JSON, JavaScript, Go and URLs.
var escaped = regexp.MustCompile(`%[uU][[:xdigit:]]{4}|%[[:xdigit:]]{2}|` +
	`\\u\{[[:xdigit:]]{1,6}\}|\\u[[:xdigit:]]{4}|\\U[[:xdigit:]]{8}|\\x[[:xdigit:]]{2}|\\[0-3][0-7]{2}|\\.`)

// decodeEscapes decodes escapes such as those of JSON, percent encoding and HTML entities,
// once each.
func decodeEscapes(text string) string {
	if strings.ContainsAny(text, `%\`) {
		text = escaped.ReplaceAllStringFunc(text, decodeEscape)
		text = joinSurrogates(text)
	}
	return html.UnescapeString(text)
}

// decodeEscape decodes one match of escaped.
func decodeEscape(escape string) string {
	digits := strings.Trim(escape[2:], "{}")
	switch {
	case escape[0] == '%' && len(escape) == 3:
		return octet(escape[1:], 16)
	case escape[0] == '%', len(escape) > 2 && (escape[1]|0x20 == 'u'):
		return character(number(digits, 16))
	case len(escape) > 2 && escape[1]|0x20 == 'x':
		return octet(digits, 16)
	case len(escape) == 4 && '0' <= escape[1] && escape[1] <= '7':
		return octet(escape[1:], 8)
	case strings.ContainsAny(escape[1:], "abfnrtv0"):
		return " " // a control character
	}
	return escape[1:]
}

func number(digits string, base int) uint64 {
	n, _ := strconv.ParseUint(digits, base, 32) // the pattern matches only digits
	return n
}

// octet returns the byte with these digits, which may be a part of a character.
func octet(digits string, base int) string {
	return string([]byte{byte(number(digits, base))}) //nolint:gosec // the patterns match at most 8 bits
}

// surrogates is the offset of the private characters that represent surrogate halves,
// which Go strings cannot contain, until joinSurrogates joins them.
const surrogates = 0x10F000 - 0xD800

func character(n uint64) string {
	if 0xD800 <= n && n < 0xE000 {
		n += surrogates
	}
	return string(rune(n)) //nolint:gosec // at most 32 bits; an invalid value becomes U+FFFD
}

func joinSurrogates(text string) string {
	half := func(r rune) rune {
		if r -= surrogates; 0xD800 <= r && r < 0xE000 {
			return r
		}
		return 0
	}
	if !strings.ContainsFunc(text, func(r rune) bool { return half(r) != 0 }) {
		return text
	}
	runes := []rune(text)
	var b strings.Builder
	for i := 0; i < len(runes); i++ {
		if i+1 < len(runes) && half(runes[i]) != 0 {
			if joined := utf16.DecodeRune(half(runes[i]), half(runes[i+1])); joined != utf8.RuneError {
				b.WriteRune(joined)
				i++
				continue
			}
		}
		b.WriteRune(runes[i])
	}
	return b.String()
}

var quotedPrintable = regexp.MustCompile(`=[0-9A-F]{2}`)

func decodeQuotedPrintable(text string) string {
	return quotedPrintable.ReplaceAllStringFunc(text, func(escape string) string {
		return octet(escape[1:], 16)
	})
}

var tag = regexp.MustCompile(`<[^<>]*>`)

func withoutTags(text string) string { return tag.ReplaceAllString(text, "") }

var base64Runs = regexp.MustCompile(`[A-Za-z0-9+/_-]{11,}`)

// decodeBase64 decodes text that may be base64 in either alphabet. The start of an
// encoding is not known, because spaces were removed or the start was truncated, so it
// decodes from each of the four possible offsets.
func decodeBase64(text string) string {
	var b strings.Builder
	for _, run := range base64Runs.FindAllString(text, -1) {
		for skipped := range 4 {
			var bits, n uint
			for _, c := range []byte(run[skipped:]) {
				bits, n = bits<<6|sextet(c), n+6
				if n >= 8 {
					n -= 8
					b.WriteByte(byte(bits >> n)) //nolint:gosec // the lowest 8 bits
				}
			}
			b.WriteByte(' ')
		}
	}
	return b.String()
}

func sextet(c byte) uint {
	switch {
	case 'A' <= c && c <= 'Z':
		return uint(c - 'A')
	case 'a' <= c && c <= 'z':
		return uint(c-'a') + 26
	case '0' <= c && c <= '9':
		return uint(c-'0') + 52
	case c == '+', c == '-':
		return 62
	}
	return 63
}

var hexRuns = regexp.MustCompile(`[0-9A-Fa-f]{16,}`)

// decodeHex decodes text that may be hexadecimal, from both possible offsets.
func decodeHex(text string) string {
	var b strings.Builder
	for _, run := range hexRuns.FindAllString(text, -1) {
		for start := range 2 {
			for i := start; i+2 <= len(run); i += 2 {
				b.WriteString(octet(run[i:i+2], 16))
			}
			b.WriteByte(' ')
		}
	}
	return b.String()
}
