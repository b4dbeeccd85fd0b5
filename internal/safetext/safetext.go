// Package safetext escapes untrusted text for display: control characters and invisible
// characters become visible escapes.
package safetext

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Hidden reports whether a character must not be displayed unescaped: it is a control
// character (C0, C1, DEL), changes the order of the text around it (bidirectional
// controls), breaks the line, is invisible, or looks like a space.
func Hidden(r rune) bool {
	return !unicode.IsPrint(r) ||
		// Unicode classifies these as symbols, letters or marks.
		r == '\u2800' || unicode.In(r, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}

// Escape returns text in one line, with Go escapes in place of hidden characters and of
// bytes that are not UTF-8. It is idempotent.
func Escape(text string) string { return escape(text, "") }

// EscapeLines is like Escape, but keeps line breaks.
func EscapeLines(text string) string { return escape(text, "\n") }

// Quote returns the escaped text in double quotes.
func Quote(text string) string { return Escape(strconv.Quote(text)) }

func escape(text, keep string) string {
	hidden := func(r rune) bool { return Hidden(r) && !strings.ContainsRune(keep, r) }
	if utf8.ValidString(text) && !strings.ContainsFunc(text, hidden) {
		return text
	}
	var b strings.Builder
	for text != "" {
		r, size := utf8.DecodeRuneInString(text)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, text[0])
		case !hidden(r):
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < utf8.RuneSelf:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
		text = text[size:]
	}
	return b.String()
}

// Text is a text that package fmt prints with Escape, or with Quote for %q.
type Text string

// String returns the escaped text.
func (t Text) String() string { return Escape(string(t)) }

// Format implements fmt.Formatter.
func (t Text) Format(f fmt.State, verb rune) {
	text := t.String()
	if verb == 'q' {
		text = Quote(string(t))
	}
	_, _ = io.WriteString(f, text)
}
