package accessreport

import (
	"strings"
	"unicode"
)

// Requirements is what the conditions of a row ask of the user, as far as they
// are understood. A requirement is true only where the cell says so; what is
// not understood stays readable in the cell (API contract, section 2.2).
type Requirements struct {
	Gateway   bool // the session goes through a gateway
	Recording bool // the session is recorded; implies Gateway
	Approval  bool // an access request must be approved
	MFA       bool // a further factor is asked for
}

// ParseConditions reads a conditions cell. The text and the joiner of a cell
// are not documented, so it looks for the known words wherever they stand, in
// any case and spelling (session recording, session_recording,
// SessionRecording). A requirement that the cell negates does not count:
// claiming a safeguard that is not there would be the worse mistake.
func ParseConditions(cell string) Requirements {
	var r Requirements
	for clause := range strings.FieldsFuncSeq(cell, endsClause) {
		r.readClause(words(clause))
	}
	r.Gateway = r.Gateway || r.Recording
	return r
}

func endsClause(c rune) bool { return strings.ContainsRune(",;|+&\r\n", c) }

// words are a clause's words in lower case, with a border wherever a
// letter or digit ends or a capital follows a small letter.
func words(clause string) []string {
	var b strings.Builder
	var last rune
	for _, c := range clause {
		switch {
		case !unicode.IsLetter(c) && !unicode.IsDigit(c):
			b.WriteByte(' ')
		case unicode.IsUpper(c) && unicode.IsLower(last):
			b.WriteByte(' ')
			b.WriteRune(unicode.ToLower(c))
		default:
			b.WriteRune(unicode.ToLower(c))
		}
		last = c
	}
	return strings.Fields(b.String())
}

func (r *Requirements) readClause(words []string) {
	negated := false
	for i, word := range words {
		next := ""
		if i+1 < len(words) {
			next = words[i+1]
		}
		switch word {
		case "no", "non", "not", "without":
			negated = true
			continue
		}
		if negated || deniedBy(words[i+1:]) {
			continue
		}
		pair := word + next
		r.Gateway = r.Gateway || strings.Contains(word, "gateway")
		r.Recording = r.Recording || strings.Contains(word, "sessionrecording") || pair == "sessionrecording"
		r.Approval = r.Approval || strings.Contains(word, "approval") || strings.HasPrefix(pair, "accessrequest")
		r.MFA = r.MFA || strings.Contains(word, "mfa") || strings.Contains(word, "multifactor") || pair == "multifactor"
	}
}

// deniedBy says whether the words after a keyword take it back, as in
// "MFA not required" and "session recording: off". Only the next two words
// count: what stands further on speaks of something else.
func deniedBy(after []string) bool {
	for i, word := range after[:min(2, len(after))] {
		switch word {
		case "not", "false", "off", "disabled", "none", "never", "optional":
			return true
		case "no":
			return i == len(after)-1
		}
	}
	return false
}
