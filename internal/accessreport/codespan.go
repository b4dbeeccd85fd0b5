package accessreport

import (
	"fmt"
	"strings"
	"unicode"
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
		case !unicode.IsPrint(r), i == 0 && unicode.Is(unicode.M, r), unseen[r]:
			// A mark at the start would become one with what stands before the text:
			// Terraform normalises (NFC), by which > and U+0338 are no > any more.
			fmt.Fprintf(&b, "<U+%04X>", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// unseen are letters, marks and symbols, by Unicode, that show as nothing.
var unseen = map[rune]bool{
	'\u034f': true, '\u115f': true, '\u1160': true, '\u17b4': true, '\u17b5': true, '\u2800': true, '\u3164': true, '\uffa0': true,
}
