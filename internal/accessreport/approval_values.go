package accessreport

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// denialWords are words that, without words other than fillerWords, say that access is not
// approved, or not yet.
var denialWords = wordSet("abgelehnt ausstehend awaiting blocked cancel canceled cancelled declined decline declines delete deleted denied denies deny disapproved draft " +
	"escalated expired failed false gesperrt hold inactive incomplete invalid negative nein never nicht no not obsolete offen outstanding pending postponed progress refuse refused " +
	"reject rejected rejects remove removed revoke revoked revokes superseded suspended tbc tbd terminated todo unapproved undecided under ungueltig ungültig " +
	"unsigned verweigert veto vetoed void waiting widerrufen withdraw withdrawn withdrew zurueckgezogen zurückgezogen")

// denialPhrases are other texts that say so, but not as a part of a longer text.
var denialPhrases = map[string]bool{
	"n": true, "off": true, "proposed": true, "requested": true, "submitted": true, "in review": true,
	"to be approved": true, "to be reviewed": true, "to be signed": true, "to do": true,
}

// fillerWords do not change the meaning of denialWords.
var fillerWords = wordSet("access accepted account and approval approved are as at be been being by certified confirmed currently decision for genehmigt granted in is ist it manually noch now on " +
	"request requested result review reviewed signed signoff started state status still submitted the this to user was will wird wurde yet")

// Denials at the beginning of a text, whatever follows, as in "Rejected by ann". Notes may
// begin with others, as in "Revoked the other account".
var (
	denialBeginnings = []string{
		"abgelehnt", "declined", "denied", "nicht genehmigt", "noch nicht genehmigt", "not approved", "not yet approved", "rejected",
	}
	moreDenialBeginnings = []string{
		"ausstehend", "disapproved", "noch nicht", "not accepted", "not authorized", "not granted", "not yet", "pending", "refused", "revoked", "unapproved",
		"ungueltig", "ungültig", "verweigert", "vetoed", "widerrufen", "withdrawn", "zurueckgezogen", "zurückgezogen",
	}
)

// noteWords are the last words of the names of attributes that are notes.
var noteWords = wordSet("comment comments description descriptions explanation justification note notes rationale reason reasons remark remarks")

// approverDenials are denials anywhere in a text that states who approved the access, or when,
// as in "ann (declined)".
var approverDenials = slices.Concat(denialBeginnings, moreDenialBeginnings, []string{
	"awaiting", "canceled", "cancelled", "invalid", "superseded", "unsigned", "withdrew",
})

// decisionTags are words in the names of tags whose values are decisions, as in "reviewed: no".
var decisionTags = wordSet("accepted approval approved authorised authorized confirmed granted recertified reviewed signed signoff")

// switchWords are denials that are common as the values of tags, such as "pci=no".
var switchWords = wordSet("false n no off")

// emptyWords are texts for cells without a value.
var emptyWords = wordSet("empty missing na never nil nobody none null unknown unset")

// temporaryWords say that access ends without saying when.
var temporaryWords = wordSet("befristet interim limited once provisional temp temporarily temporary")

// numericWords are words in the names of attributes whose values can be numbers, or
// objects without a text. Words in the plural are others, because lists can be empty.
var numericWords = wordSet("case center centre change code criticality detail history id incident information issue jira key label line metadata nr number phone pr priority " +
	"ref reference request risk score severity sn snow tag task ticket urgency version year")

// approvedWords and timeWords are words in the names of attributes that state who approved
// the access, or when.
var (
	approvedWords = wordSet("approved signed")
	approvalWords = wordSet("approval approver approvers")
	timeWords     = wordSet("at date on time timestamp")
)

// actWords are acts before an approval takes effect, or who did them, as in "request_date".
var actWords = wordSet("approval approver approvers creation request requester requestor reviewer reviewers signoff")

// onlyDuration matches a text that is only a duration, such as "30 days" or "P30D".
var onlyDuration = regexp.MustCompile(`(?i)^(?:(?:for|max\.?|up to|within) )?(?:` + duration + `|pt?\d+[dhmwy])$`)

// unsetDate matches a date before the year 2000, such as the zero value of a time.
var unsetDate = regexp.MustCompile(`^\s*(?:[01]\d{3}-\d\d-\d\d|0+\s*$)`)

// compactDate matches a date without separators. Elsewhere, it may be a ticket.
var compactDate = regexp.MustCompile(`^\s*(\d{4})(\d\d)(\d\d)\s*$`)

// valueProblem returns why the value of an attribute that does not limit the approval is
// probably a denial, a limit or an end, as the rest of a sentence, or "".
func (a *Approval) valueProblem(at time.Time) string {
	if by := a.ApprovedBy; by != "" && (isEmpty(by) || deniesApproval(by) || hasAny(by, approverDenials)) {
		return fmt.Sprintf("approved_by is %s, which does not approve the access. If the access is not approved, remove the approval. Otherwise, set only who approved it", quoteCell(by))
	}
	if deniesApproval(a.Reason) || beginsWithAny(a.Reason, denialBeginnings) {
		return fmt.Sprintf("reason is %s, which does not approve the access. If the access is not approved, remove the approval. Otherwise, begin reason with other words", quoteCell(a.Reason))
	}
	if end := endProblem(approvalApprovedBy, a.ApprovedBy); end != "" {
		return end
	}
	for _, name := range slices.Sorted(slices.Values(a.OtherNames)) {
		if problem := a.otherProblem(name, at); problem != "" {
			return problem
		}
	}
	for _, w := range a.Within {
		if isTagValue(&w) && !anyIn(wordsOf(w.Name), decisionTags) && allIn(wordsOf(strings.ToLower(w.Text)), switchWords) {
			continue
		}
		if problem := a.textProblem(w.Path, w.Name, w.Text, at); problem != "" {
			return problem
		}
	}
	return ""
}

// otherProblem returns why the value of another attribute is probably a mistake, or "".
func (a *Approval) otherProblem(name string, at time.Time) string {
	text, isText := a.Other[name]
	_, isColumn := a.limits[name]
	switch {
	case isColumn: // it is compared
		return dateProblem(name, name, text, at)
	case isText:
		return a.textProblem(name, name, text, at)
	case !a.hasTexts(name) && !canBeNumber(name):
		return fmt.Sprintf("has the attribute %s, which must be a string. Any other value may be a denial or a limit that would be ignored", quoteName(name))
	}
	return ""
}

const denialAdvice = "If the access is not approved, remove the approval. Otherwise, explain it in reason"

// textProblem returns why a text in another attribute is probably a mistake, or "".
func (a *Approval) textProblem(path, name, text string, at time.Time) string {
	end := cmp.Or(endProblem(path, text), dateProblem(path, name, text, at))
	switch {
	case end != "":
		return end
	case statesApproval(name) && (isEmpty(text) || isUnsetTime(text)):
		return fmt.Sprintf("has the attribute %s with the value %s, which does not approve the access. Set it. If the access is not approved, remove the approval", quoteName(path), quoteCell(text))
	case deniesApproval(text), !isNote(name) && beginsWithAny(text, moreDenialBeginnings):
		return fmt.Sprintf("has the attribute %s with the value %s, which would be ignored. %s", quoteName(path), quoteCell(text), denialAdvice)
	case (statesApproval(name) || isOfApprover(name)) && hasAny(text, approverDenials):
		return fmt.Sprintf("has the attribute %s with the value %s, which does not approve the access. %s", quoteName(path), quoteCell(text), denialAdvice)
	case beginsWithAny(text, denialBeginnings):
		return fmt.Sprintf("has the attribute %s with the value %s, which would be ignored. %s, and do not begin with the denial", quoteName(path), quoteCell(text), denialAdvice)
	case !a.expires && isTemporary(text):
		return fmt.Sprintf("has the attribute %s with the value %s, which would be ignored: the approval does not expire. Set expires_at", quoteName(path), quoteCell(text))
	}
	return ""
}

// hasTexts reports whether the value of another attribute contains a text.
func (a *Approval) hasTexts(name string) bool {
	return slices.ContainsFunc(a.Within, func(w TextWithin) bool {
		rest, ok := strings.CutPrefix(w.Path, name)
		return ok && (strings.HasPrefix(rest, ".") || strings.HasPrefix(rest, "["))
	})
}

// isTagValue reports whether a text is the value of a tag by name, not in a list.
func isTagValue(w *TextWithin) bool {
	attribute := w.Path[:max(strings.IndexAny(w.Path, ".["), 0)]
	return isTags(attribute) && w.Name != attribute
}

// canBeNumber reports whether the value of another attribute can be something other than a
// text. Who approved and when are always texts.
func canBeNumber(name string) bool {
	words := nameWords(name)
	if statesApproval(name) || statesTime(words) {
		return false
	}
	return slices.ContainsFunc(words, func(word string) bool { return numericWords[word] || strings.HasSuffix(word, "s") })
}

// statesApproval reports whether the name of an attribute states who approved the access,
// or when. It must not be empty.
func statesApproval(name string) bool {
	words := nameWords(name)
	n := len(words)
	if n == 1 && isApprover(words) {
		return true
	}
	if n > 0 && (words[n-1] == "signature" || anyIn(words[:n-1], approvalWords) && statesTime(words)) {
		return true
	}
	return anyIn(words, approvedWords) || slices.Contains(words, "signoff") && anyIn(words, signoffDetails)
}

// statesTime reports whether the last word of a name is a time.
func statesTime(words []string) bool {
	return len(words) > 0 && timeWords[words[len(words)-1]]
}

// isEmpty reports whether a text stands for no value.
func isEmpty(text string) bool {
	words := wordsOf(strings.ToLower(text))
	return allIn(words, emptyWords) || strings.Join(words, " ") == "n a"
}

// deniesApproval reports whether a text only says that something is not approved, or not yet. A
// date can follow.
func deniesApproval(text string) bool {
	words := wordsOf(strings.ToLower(withoutDates(removeInvisible(text))))
	switch phrase := strings.Join(words, " "); {
	case denialPhrases[phrase]:
		return true
	case phrase == "never": // as in "next_review: never"
		return false
	}
	return anyIn(words, denialWords) && allIn(words, denialWords, fillerWords)
}

// isOfApprover reports whether an attribute with this name describes an approver, as in
// "approver_name".
func isOfApprover(name string) bool {
	return !isNote(name) && isApprover(nameWords(name))
}

// isApprover reports whether any of the words is an approver.
func isApprover(words []string) bool {
	return slices.Contains(words, "approver") || slices.Contains(words, "approvers")
}

// isNote reports whether an attribute with this name has a text in prose.
func isNote(name string) bool {
	words := nameWords(name)
	return len(words) > 0 && noteWords[words[len(words)-1]]
}

// beginsWithAny reports whether a text begins with one of some phrases.
func beginsWithAny(text string, phrases []string) bool {
	words := spacedWords(text)
	return slices.ContainsFunc(phrases, func(phrase string) bool { return strings.HasPrefix(words, " "+phrase+" ") })
}

// hasAny reports whether a text has one of some phrases.
func hasAny(text string, phrases []string) bool {
	words := spacedWords(text)
	return slices.ContainsFunc(phrases, func(phrase string) bool { return strings.Contains(words, " "+phrase+" ") })
}

// spacedWords returns the words of a text with spaces around each.
func spacedWords(text string) string {
	return " " + strings.Join(wordsOf(strings.ToLower(removeInvisible(text))), " ") + " "
}

// isUnsetTime reports whether a text is the zero value of a time, or has a date that is too early.
func isUnsetTime(text string) bool {
	ends, _ := datesIn(text)
	return unsetDate.MatchString(text) || slices.ContainsFunc(ends, func(end time.Time) bool { return end.Year() < 2000 })
}

// isTemporary reports whether a text only says that access is temporary, or how long.
func isTemporary(text string) bool {
	words := wordsOf(strings.ToLower(removeInvisible(text)))
	return anyIn(words, temporaryWords) && allIn(words, temporaryWords, fillerWords) || onlyDuration.MatchString(strings.TrimFunc(text, isBlank))
}

// removeInvisible returns a text without blank characters that are not whitespace.
func removeInvisible(text string) string {
	return strings.Map(func(r rune) rune {
		if isBlank(r) && !strings.ContainsRune(" \t\r\n\u00a0", r) {
			return -1
		}
		return r
	}, text)
}

// dateProblem returns why the text of another attribute is probably the end or the start
// of an approval: it has a date in the future. A text that is only a date is one as well,
// unless the name says that something was done then, as in "requested_at". Dates of reviews
// are kept. The day and the month of a date such as 12/09/2026 must not decide about it.
func dateProblem(path, name, text string, at time.Time) string {
	words := wordsOf(name)
	if slices.Contains(words, "review") || slices.Contains(words, "reviews") {
		return ""
	}
	done := slices.ContainsFunc(words, isDone) || statesTime(words) && anyIn(words, actWords)
	shown := text
	if statesTime(words) {
		text = compactDate.ReplaceAllString(text, "$1-$2-$3")
	}
	ends, only := datesIn(text)
	future := 0 // number of dates
	for _, end := range ends {
		if done && startsAfter(text, end, at) || !done && end.After(at) {
			future++
		}
	}
	switch {
	case future == 0 && (!only || done):
		return ""
	case done && only && future < len(ends):
		return fmt.Sprintf("has the attribute %s with the date %s, whose day and month are not clear. Write it as YYYY-MM-DD, such as %s",
			quoteName(path), quoteCell(shown), slices.MinFunc(ends, time.Time.Compare).AddDate(0, 0, -1).Format(time.DateOnly))
	}
	return ignoredDate(path, shown)
}

// endProblem returns why the text of another attribute is probably the end of an approval,
// whether it has passed or not: a date after a word such as "until".
func endProblem(path, text string) string {
	if !hasEnd(text) {
		return ""
	}
	return ignoredDate(path, text)
}

// ignoredDate returns the problem of a text with a date.
func ignoredDate(path, text string) string {
	return fmt.Sprintf("has the attribute %s with the date %s, which would be ignored. If it is the end of the approval, set expires_at. Otherwise, move it to reason. An approval cannot begin later", quoteName(path), quoteCell(text))
}
