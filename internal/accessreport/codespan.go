package accessreport

import (
	"fmt"
	"strings"
	"unicode"
)

// codeSpan is a text, not empty, as a code span in a table of GitHub Flavored
// Markdown. Its fence is longer than any run of backticks in the text.
func codeSpan(text string) string {
	text = legible(text)
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

// legible writes a text so that nothing of it is lost on the reader of a table's
// cell, and nothing of it ends that cell.
func legible(text string) string {
	var b strings.Builder
	runes := []rune(text)
	for i, r := range runes {
		var before rune
		if i > 0 {
			before = runes[i-1]
		}
		switch {
		case r == '|' && before == '\\':
			// Renderers do not agree on whether a backslash before \| takes its
			// meaning away, which would end the cell.
			b.WriteRune('¦')
		case r == '|':
			b.WriteString(`\|`)
		case r == '\u1fef':
			// Terraform normalises its texts (NFC), by which this is a backtick.
			b.WriteByte('`')
		case r == ' ' && (before == 0 || before == ' ' || i == len(runes)-1):
			b.WriteRune('␠') // would be trimmed, or seen as one with its neighbour
		case r < ' ':
			b.WriteRune('␀' + r) // the picture of the control character
		case !unicode.IsPrint(r):
			fmt.Fprintf(&b, "<U+%04X>", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
