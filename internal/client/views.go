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

// A text is searched as it is and as it reads after each of these, one after the
// other and in any order. Decoding too much does no harm: a secret that looks like
// an escape is known in its decoded forms, too.
var decoders = []func(string) string{decodeEscapes, decodeQuotedPrintable, withoutTags, decodeBase64, decodeHex}

const (
	maxDecodings = 4 // on top of each other: a proxy quotes what a proxy has quoted
	// All views together are at most this many times the text, so that a text made
	// for it cannot take long.
	maxViews = 64
)

// anyView reports whether a condition holds for a text in any of the forms that
// it may be decoded to.
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
			// A blank or a line break may stand within an escape.
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

// decodings returns a text, and what its escapes are decoded to, again and again.
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

// folded are the forms in which a text is compared with a secret: as it is, without
// what strip takes out, and without what squash takes out; all in lower case.
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

// strip takes out what may stand between the characters of a secret: blanks, line
// breaks, NULs (of UTF-16) and what is not seen. Full-width and other compatible
// characters become the ordinary ones.
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

// squash takes out of a stripped text, besides, what is another's sign for a
// blank, a quote, an escape or a break in the line, and the case of letters.
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

// runsOf are all runs of runLength bytes in a text.
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

// escaped matches what JSON, JavaScript, Go and URLs write for a character.
var escaped = regexp.MustCompile(`%[uU][[:xdigit:]]{4}|%[[:xdigit:]]{2}|` +
	`\\u\{[[:xdigit:]]{1,6}\}|\\u[[:xdigit:]]{4}|\\U[[:xdigit:]]{8}|\\x[[:xdigit:]]{2}|\\[0-3][0-7]{2}|\\.`)

// decodeEscapes decodes the escapes of JSON and its like, percent encoding and
// HTML's entities, once each.
func decodeEscapes(text string) string {
	if strings.ContainsAny(text, `%\`) {
		text = escaped.ReplaceAllStringFunc(text, decodeEscape)
		text = joinSurrogates(text)
	}
	return html.UnescapeString(text)
}

func decodeEscape(sign string) string {
	digits := strings.Trim(sign[2:], "{}")
	switch {
	case sign[0] == '%' && len(sign) == 3:
		return octet(sign[1:], 16)
	case sign[0] == '%', len(sign) > 2 && (sign[1]|0x20 == 'u'):
		return character(number(digits, 16))
	case len(sign) > 2 && sign[1]|0x20 == 'x':
		return octet(digits, 16)
	case len(sign) == 4 && '0' <= sign[1] && sign[1] <= '7':
		return octet(sign[1:], 8)
	case strings.ContainsAny(sign[1:], "abfnrtv0"):
		return " " // a control character
	}
	return sign[1:]
}

func number(digits string, base int) uint64 {
	n, _ := strconv.ParseUint(digits, base, 32) // the pattern has found digits
	return n
}

// octet is the byte that digits stand for; it may be a part of a character.
func octet(digits string, base int) string {
	return string([]byte{byte(number(digits, base))}) //nolint:gosec // of a pattern with at most 8 bits
}

// surrogates begins the private characters that stand for halves of a surrogate
// pair, which Go's strings cannot hold, until joinSurrogates joins them.
const surrogates = 0x10F000 - 0xD800

func character(n uint64) string {
	if 0xD800 <= n && n < 0xE000 {
		n += surrogates
	}
	return string(rune(n)) //nolint:gosec // of at most 32 bits; what is no character becomes U+FFFD
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
	return quotedPrintable.ReplaceAllStringFunc(text, func(sign string) string {
		return octet(sign[1:], 16)
	})
}

var tag = regexp.MustCompile(`<[^<>]*>`)

func withoutTags(text string) string { return tag.ReplaceAllString(text, "") }

var base64Runs = regexp.MustCompile(`[A-Za-z0-9+/_-]{11,}`)

// decodeBase64 decodes what may be base64 in either alphabet. Where it begins
// nobody knows: the run before it is not in blanks any more, or its start was cut
// off. So each of the four ways to read it is tried.
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

// decodeHex decodes what may be hexadecimal, from either digit on.
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
