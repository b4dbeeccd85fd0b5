package accessreport

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/privileged-access/terraform-provider-opa/internal/safetext"
)

// codeSpan is a text, not empty, as a code span in a table of GitHub Flavored
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

// inCell keeps a text from ending the cell of a table that it stands in.
var inCell = strings.NewReplacer(
	// Renderers do not agree on whether a backslash before \| takes its meaning
	// away, which would end the cell.
	`\|`, `\¦`,
	`|`, `\|`,
	// Terraform normalises its texts (NFC), by which this is a backtick.
	"\u1fef", "`",
)

// visible writes a text so that nothing of it is lost on the reader.
func visible(text string) string {
	var b strings.Builder
	runes := []rune(text)
	for i, r := range runes {
		switch {
		case r == ' ' && (i == 0 || runes[i-1] == ' ' || i == len(runes)-1):
			b.WriteRune('␠') // would be trimmed, or seen as one with its neighbour
		case r < ' ':
			b.WriteRune('␀' + r) // the picture of the control character
		case safetext.Hidden(r), areMarks(runes[max(0, i-3) : i+1]):
			fmt.Fprintf(&b, "<U+%04X>", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// areMarks says whether runes, the last ones of a text so far, are marks and
// nothing else. One mark at the start of a text would become one with what stands
// before it: Terraform normalises (NFC), by which > and U+0338 are no > any more.
// A pile of marks would cover what stands around the text.
func areMarks(runes []rune) bool {
	for _, r := range runes {
		if !unicode.Is(unicode.M, r) {
			return false
		}
	}
	return true
}
