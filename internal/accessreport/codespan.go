package accessreport

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/privileged-access/terraform-provider-opa/internal/safetext"
)

// codeSpan returns a non-empty text as a code span in a table of GitHub Flavored
// Markdown. Its fence is longer than any run of backticks in the text.
func codeSpan(text string) string {
	text = inCell.Replace(visible(text))
	longest, run := 0, 0
	for _, r := range text {
		if r != '`' {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	fence, space := strings.Repeat("`", longest+1), ""
	if strings.HasPrefix(text, "`") || strings.HasSuffix(text, "`") {
		space = " " // one at each end is not part of the text
	}
	return fence + space + text + space + fence
}

// inCell escapes a text so that it does not end its table cell.
var inCell = strings.NewReplacer(
	// Renderers differ in whether a backslash before \| escapes the backslash, which
	// would end the cell.
	`\|`, `\¦`,
	`|`, `\|`,
	// Terraform normalizes strings (NFC), which makes this a backtick.
	"\u1fef", "`",
)

// visible returns a text with visible symbols in place of invisible characters.
func visible(text string) string {
	var b strings.Builder
	runes := []rune(text)
	for i, r := range runes {
		switch {
		case r == ' ' && (i == 0 || runes[i-1] == ' ' || i == len(runes)-1):
			b.WriteRune('␠') // would be trimmed or merged with the space before it
		case r < ' ':
			b.WriteRune('␀' + r) // the symbol of the control character
		case safetext.Hidden(r), areMarks(runes[max(0, i-3) : i+1]):
			fmt.Fprintf(&b, "<U+%04X>", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// areMarks reports whether runes, which are the last ones of a text so far, are all
// combining marks. A mark at the start of a text would combine with the character
// before the text: Terraform normalizes strings (NFC), which turns > and U+0338 into
// another character. Many marks in a row would cover the surrounding text.
func areMarks(runes []rune) bool {
	for _, r := range runes {
		if !unicode.Is(unicode.M, r) {
			return false
		}
	}
	return true
}
