package safetext_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode"

	"github.com/privileged-access/terraform-provider-opa/internal/safetext"
)

func TestEscape(t *testing.T) {
	for text, want := range map[string]string{
		"":                              "",
		"web-01 é 日本 DOMAIN\\user":      "web-01 é 日本 DOMAIN\\user",
		"\x1b[2J\x1b]0;x\x07":           `\x1b[2J\x1b]0;x\x07`,
		"a\r\nStatus: 200\tb\x7f":       `a\r\nStatus: 200\tb\x7f`,
		"\u009b31m\u0085":               `\u009b31m\u0085`,
		"\u202egnp.exe\u2066\u2069":     `\u202egnp.exe\u2066\u2069`,
		"a\u200bb\u200d\ufeff\u00ad":    `a\u200bb\u200d\ufeff\u00ad`,
		"\u2028\u2029\u00a0\u3000":      `\u2028\u2029\u00a0\u3000`,
		"\u2800\ufe0f\u3164\U000e0041x": `\u2800\ufe0f\u3164\U000e0041x`,
		"\xff\xc3":                      `\xff\xc3`,
		"\ufffd":                        "\ufffd",
	} {
		got := safetext.Escape(text)
		if got != want {
			t.Errorf("Escape(%q): got %s, want %s", text, got, want)
		}
		if again := safetext.Escape(got); again != got {
			t.Errorf("Escape(%q): got %s at first, then %s", text, got, again)
		}
	}
	if got, want := safetext.EscapeLines("a\nb\r\x1bc"), "a\nb\\r\\x1bc"; got != want {
		t.Errorf("EscapeLines: got %q, want %q", got, want)
	}
}

func TestText(t *testing.T) {
	text := safetext.Text("a\"\x1b\u2800")
	for format, want := range map[string]string{
		"%s": `a"\x1b\u2800`, "%v": `a"\x1b\u2800`, "%+v": `a"\x1b\u2800`, "%#v": `a"\x1b\u2800`, "%q": `"a\"\x1b\u2800"`, "%x": `a"\x1b\u2800`,
	} {
		if got := fmt.Sprintf(format, text); got != want {
			t.Errorf("%s: got %s, want %s", format, got, want)
		}
	}
}

// Escape leaves no hidden character of Unicode.
func TestNothingHiddenIsLeft(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		got := safetext.Escape("a" + string(r) + "b")
		if strings.ContainsFunc(got, func(r rune) bool {
			return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp) || unicode.Is(unicode.Bidi_Control, r)
		}) {
			t.Fatalf("%U: got %q", r, got)
		}
	}
}

func FuzzEscape(f *testing.F) {
	f.Add("a\x1b\n\u202e\xff")
	f.Fuzz(func(t *testing.T, text string) {
		if got := safetext.Escape(text); strings.ContainsFunc(got, safetext.Hidden) {
			t.Errorf("Escape(%q): got %q", text, got)
		}
	})
}
