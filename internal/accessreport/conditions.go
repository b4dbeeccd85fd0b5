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

	// Unknown reports whether any part of the cell was not understood. It demands
	// nothing, but it may say something that a reader must know.
	Unknown bool
}

// MeansNone reports whether a conditions cell says that there is no condition:
// it is empty, blank, or one of the known words for none.
func MeansNone(cell string) bool {
	return strings.TrimSpace(cell) == ""
}

// ParseConditions reads a conditions cell. The text and the joiner of a cell
// are not documented, so it looks for the known words wherever they stand, in
// any case and spelling (session recording, session_recording,
// SessionRecording). A requirement that the cell denies does not count, in
// prose (MFA not required) or as a value ("mfa":null): claiming a safeguard that
// is not there would be the worse mistake.
func ParseConditions(cell string) Requirements {
	var all, last Requirements
	for clause := range strings.FieldsFuncSeq(cell, endsClause) {
		words := words(clause)
		if found := readClause(words); found != (Requirements{}) {
			last = found
			all = all.or(found)
		} else if isDenial(words) {
			all = all.without(last)
		}
	}
	all.Gateway = all.Gateway || all.Recording
	return all
}

func endsClause(c rune) bool { return strings.ContainsRune(",;|+&/()[]{}\"\r\n", c) }

func (r Requirements) or(s Requirements) Requirements {
	return Requirements{r.Gateway || s.Gateway, r.Recording || s.Recording, r.Approval || s.Approval, r.MFA || s.MFA, r.Unknown || s.Unknown}
}

func (r Requirements) without(s Requirements) Requirements {
	return Requirements{r.Gateway && !s.Gateway, r.Recording && !s.Recording, r.Approval && !s.Approval, r.MFA && !s.MFA, r.Unknown}
}

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

func readClause(words []string) (r Requirements) {
	for i, word := range words {
		if deniesWhatFollows[word] {
			break
		}
		if deniedBy(words[i+1:]) {
			continue
		}
		pair := word
		if i+1 < len(words) {
			pair += words[i+1]
		}
		r.Gateway = r.Gateway || strings.Contains(word, "gateway")
		r.Recording = r.Recording || strings.Contains(word, "sessionrecording") || pair == "sessionrecording"
		r.Approval = r.Approval || strings.Contains(word, "approval") || strings.HasPrefix(pair, "accessrequest")
		r.MFA = r.MFA || strings.Contains(word, "mfa") || strings.Contains(word, "multifactor") || strings.Contains(word, "2fa") || pair == "multifactor"
	}
	return r
}

// deniesWhatFollows are the words after which the rest of a clause is not asked
// for: no MFA, Okta Gateway without session recording, doesn't require approval.
var deniesWhatFollows = set("no", "non", "not", "without", "never", "except", "excluding", "skip", "skips", "bypass", "bypasses",
	"exempt", "auto", "automatic", "doesn", "don", "isn", "n", "null", "nil")

// deniesWhatPrecedes are the words that take back what stands before them in a
// clause: MFA not required, session recording: off, approval waived.
var deniesWhatPrecedes = set("not", "never", "false", "off", "disabled", "none", "null", "nil", "optional", "0", "n",
	"exempt", "exempted", "bypass", "bypassed", "waived", "skipped")

func deniedBy(after []string) bool {
	for i, word := range after {
		if deniesWhatPrecedes[word] || word == "no" && i == len(after)-1 {
			return true
		}
	}
	return false
}

// isDenial says whether a clause does nothing but take back the one before: the
// value in {"mfa": false}, the remark in MFA (not required).
func isDenial(words []string) bool {
	denial := false
	for _, word := range words {
		switch {
		case deniesWhatPrecedes[word], word == "no":
			denial = true
		case !remarks[word]:
			return false
		}
	}
	return denial
}

var remarks = set("is", "are", "currently", "required", "requires", "require", "needed", "enabled", "enforced", "active")

func set(words ...string) map[string]bool {
	set := map[string]bool{}
	for _, word := range words {
		set[word] = true
	}
	return set
}
