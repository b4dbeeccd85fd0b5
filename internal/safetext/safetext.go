// Package safetext makes text from outside safe to show: what a terminal would
// act on, or a reader would not see, becomes a visible escape.
package safetext

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Hidden reports whether a character must not be shown as it is: a terminal acts
// on it (C0, C1, DEL), it changes the order of what stands around it
// (bidirectional controls), it breaks the line, or it shows as nothing or as a
// blank although it is none.
func Hidden(r rune) bool {
	return !unicode.IsPrint(r) ||
		// Unicode takes these for symbols, letters or marks.
		r == '\u2800' || unicode.In(r, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}

// Escape returns text in one line, with an escape of Go's in the place of each
// hidden character and of each byte that is not UTF-8. Escaping twice changes
// nothing.
func Escape(text string) string { return escape(text, "") }

// EscapeLines is Escape for a text of several lines, which keeps them.
func EscapeLines(text string) string { return escape(text, "\n") }

// Quote returns text as Escape does, in double quotes.
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

// Text is a text that package fmt prints by Escape, or by Quote for %q.
type Text string

// String returns the text as Escape does.
func (t Text) String() string { return Escape(string(t)) }

// Format implements fmt.Formatter.
func (t Text) Format(f fmt.State, verb rune) {
	text := t.String()
	if verb == 'q' {
		text = Quote(string(t))
	}
	_, _ = io.WriteString(f, text)
}
