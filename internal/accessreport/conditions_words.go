package accessreport

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// conditionTerms are the known terms of a conditions cell, by their words in
// lower case without separators: those of the API's conditionals and of the
// console.
var conditionTerms = func() map[string]Requirements {
	gateway, recording := Requirements{Gateway: true}, Requirements{Gateway: true, Recording: true}
	approval, mfa := Requirements{Approval: true}, Requirements{MFA: true}
	terms := map[string]Requirements{
		"sessionrecording": recording,
		"approval":         approval, "accessrequest": approval,
		"mfa": mfa, "multifactor": mfa, "multifactorauthentication": mfa, "2fa": mfa,
	}
	for _, name := range []string{"gateway", "oktagateway", "viagateway", "viaoktagateway"} {
		terms[name] = gateway
		terms[name+"withsessionrecording"] = recording
		terms[name+"withoutsessionrecording"] = gateway
	}
	return terms
}()

// acrValues are the levels of assurance that the API names for MFA.
var acrValues = []string{"urn:okta:loa:2fa:any", "urn:okta:loa:2fa:phr"}

// termWords are parts of known terms. A text that contains one may be about a known
// term, even within a longer word.
var termWords = []string{"gateway", "recording", "approval", "accessrequest", "mfa", "multifactor", "2fa"}

var (
	leadingAffirmations = []string{"requires", "require", "required"}
	leadingDenials      = []string{"no", "not", "non", "without"}
	affirmativeValues   = []string{"true", "yes", "on", "required", "enabled"}

	// independentConditions are known to be conditions of their own that set none of
	// the four requirements, in lower case without separators.
	independentConditions = []string{
		"workinghours", "businesshours", "checkout", "exclusiveaccess", "exclusivecheckout",
		"maxsessiontime", "maximumsessiontime", "maxcheckouttime", "maximumcheckouttime",
	}
)

// The lists below can only remove requirements: a clause with a word that is in none of
// them is not understood and sets no requirement. The lists matter for details in
// brackets, and for which unknown clauses may occur next to a known one.
var (
	negations = wordSet("no not non never nor neither isn aren doesn don isnt arent doesnt dont cannot n f 0 nicht kein keine keinen nie ohne pas sans jamais sin nunca niet geen sem não senza inte")
	// deniedStates deny the term that they describe.
	deniedStates = wordSet("false off disabled inactive deactivated none null nil optional waived exempt exempted bypassed skipped suspended paused expired deaktiviert freiwillig facultatif opcional auto automatic automatically autoapproved")
	// weakenings make a demand conditional, or one of several.
	weakenings = wordSet("unless except excepting excluding if when while where until only provided " +
		"preferred recommended suggested encouraged advised grace bypass skip exemption waiver falls wenn sofern außer ausser sauf si salvo excepto tenzij behalve")
	// alternations make a demand one of several that suffice.
	alternations = wordSet("or either alternatively alternative alternatives instead otherwise else oder entweder ou oppure")
	// governing words connect a clause to others.
	governing = wordSet("a an the any one two all both each of at on in inside outside within during before after from to for by with per as than but then not choose pick select following " +
		"may might can could should would must maybe sometimes temporarily temporary pending planned future soon later trial fallback and requires require required these those this that")
	// states are words of a name that may say that a requirement does not hold.
	states = wordSet("removed revoked deleted dropped lifted withdrawn cancelled canceled denied rejected ignored unenforced nonenforced enforcement audit auditing monitor monitored monitoring " +
		"dry simulation simulated draft test testing preview beta preapproved pre approved granted default delegated self nobody none")
	remarks = wordSet("is are be currently longer yet required requires require needed necessary enabled enforced active activated mandatory applied applicable on true " +
		"t erforderlich nötig notwendig aktiviert aktiv requis requise requerido obligatorio vereist")
	affirmationWords = wordSet("is required enabled")
)

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for word := range strings.FieldsSeq(words) {
		set[word] = true
	}
	return set
}

// isAffirmation reports whether words are a plain affirmation, such as "is
// required".
func isAffirmation(words []string) bool {
	return len(words) > 0 && words[len(words)-1] != "is" && allIn(words, affirmationWords) || len(words) == 1 && words[0] == "requires"
}

// isDenial reports whether words are only a denial, such as "is not
// required".
func isDenial(words []string) bool {
	return anyIn(words, negations, deniedStates) && allIn(words, negations, deniedStates, remarks)
}

// detailDenies reports whether a detail denies its term. A negation that is about
// something else does not: "MFA (not phishing-resistant)".
func detailDenies(words []string, ofOtherTerm bool) bool {
	switch {
	case anyIn(words, weakenings):
		return true
	case ofOtherTerm:
		return false
	}
	return isDenial(words) || anyIn(words, deniedStates) || anyIn(words, negations) && anyIn(words, remarks)
}

// isKnownDetail reports whether a detail that does not deny its terms is known to leave
// them as they are. A detail of an approval or a gateway may also be a name, such as that of
// the type of the access request, unless it has a word for a state or a relation.
func isKnownDetail(detail string, words []string, terms Requirements, namesOtherTerm bool) bool {
	text := strings.Join(words, " ")
	switch {
	case len(words) == 0, allIn(words, remarks) && !anyIn(words, negations),
		slices.Contains(acrValues, strings.ToLower(strings.TrimSpace(detail))), isID(detail):
		return true
	case terms.MFA:
		return mfaDetail.MatchString(text)
	case terms.Recording:
		return false
	case terms.Approval && approvalDetail.MatchString(text):
		return true
	}
	return !anyIn(words, governing, alternations, weakenings, states) && (namesOtherTerm || !anyIn(words, negations, deniedStates))
}

const durationPattern = `[1-9][0-9]* ?(?:s|sec|seconds?|m|min|minutes?|h|hours?|d|days?|weeks?)`

var (
	// mfaDetail matches details of MFA: the kind of the factor, or how often it is asked for.
	mfaDetail = regexp.MustCompile(`^(?:(?:not )?(?:phishing resistant|hardware protected|device bound)|any factor|` +
		`okta verify|web ?authn|fido ?2|passkeys?|security key|totp|` +
		`every ` + durationPattern + `)$`)
	// approvalDetail matches details of an approval: by whom, by how many, and for how long.
	approvalDetail = func() *regexp.Regexp {
		const approver = `(?:the )?(?:managers?|(?:resource |project )?owners?|approvers?|admins?|administrators?|security|security team|peers?|supervisors?)`
		return regexp.MustCompile(`^(?:not by self|expires after ` + durationPattern + `|` +
			`[1-9][0-9]*(?: of [1-9][0-9]*)?(?: approvers?| approvals?)?|by ` + approver + `(?: (?:and|or) ` + approver + `)*)$`)
	}()
	uuid = regexp.MustCompile(`^[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)
	// oktaID is the form of the IDs of Okta.
	oktaID = regexp.MustCompile(`^[0-9A-Za-z]{20}$`)
)

// isKnownPhrase reports whether words are a known detail of MFA or of an approval, without names.
func isKnownPhrase(words []string) bool {
	text := strings.Join(words, " ")
	return mfaDetail.MatchString(text) || approvalDetail.MatchString(text)
}

// isID reports whether a text is an ID, which has no words.
func isID(text string) bool {
	text = strings.TrimSpace(text)
	return uuid.MatchString(text) || oktaID.MatchString(text) && strings.ContainsAny(text, "0123456789")
}

// detailIsAlternative reports whether a detail names something else that suffices, such
// as "MFA (or a key)". An alternative within the detail does not count: "Approval (by the
// manager or the owner)".
func detailIsAlternative(words []string, namesOtherTerm bool) bool {
	return len(words) > 0 && (alternations[words[0]] || namesOtherTerm && anyIn(words, alternations))
}

// isOwnCondition reports whether a clause that is not understood is certainly
// independent of the others: it is a known condition of another kind, or looks like the
// name of one and has no word that refers to others.
func isOwnCondition(text string) bool {
	words, plain := plainWords(text)
	joined := strings.Join(words, "")
	switch {
	case !plain || slices.ContainsFunc(termWords, func(term string) bool { return strings.Contains(joined, term) }):
		return false
	case slices.Contains(independentConditions, joined):
		return true
	}
	return text[0] >= 'A' && text[0] <= 'Z' && !anyIn(words, negations, deniedStates, weakenings, alternations, governing)
}

// namedTerms returns the requirements of the terms among words.
func namedTerms(words []string) (named Requirements) {
	for i := range words {
		for end := i + 1; end <= min(len(words), i+5); end++ {
			named = named.or(conditionTerms[strings.Join(words[i:end], "")])
		}
	}
	return named
}

// plainWords returns the words of a text, and whether it consists only of words:
// ASCII letters and digits, separated by spaces, or by single underscores or
// hyphens.
func plainWords(text string) (words []string, plain bool) {
	text = strings.TrimSpace(text)
	return wordsOf(text), plainText.MatchString(text)
}

var plainText = regexp.MustCompile(`^[A-Za-z0-9]+(?:(?:[ \t]+|[_-])[A-Za-z0-9]+)*$`)

// wordsOf returns the words of a text in lower case. A word also ends before
// a capital letter that begins a new one, as in requiresMFA and MFARequired.
func wordsOf(text string) []string {
	var b strings.Builder
	runes := []rune(text)
	for i, r := range runes {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			b.WriteByte(' ')
			continue
		case i > 0 && unicode.IsUpper(r) && (unicode.IsLower(runes[i-1]) ||
			unicode.IsUpper(runes[i-1]) && i+1 < len(runes) && unicode.IsLower(runes[i+1])):
			b.WriteByte(' ')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return strings.Fields(b.String())
}

// anyIn reports whether any of the words is in any of the sets.
func anyIn(words []string, sets ...map[string]bool) bool {
	return slices.ContainsFunc(words, func(word string) bool { return inAny(word, sets) })
}

// allIn reports whether each of the words is in one of the sets.
func allIn(words []string, sets ...map[string]bool) bool {
	return !slices.ContainsFunc(words, func(word string) bool { return !inAny(word, sets) })
}

func inAny(word string, sets []map[string]bool) bool {
	return slices.ContainsFunc(sets, func(set map[string]bool) bool { return set[word] })
}
