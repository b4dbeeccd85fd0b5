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
	remarks = wordSet("is are be currently longer yet required requires require needed necessary enabled enforced active activated mandatory applied applicable on true " +
		"t erforderlich nötig notwendig aktiviert aktiv requis requise requerido obligatorio vereist")
	affirmationWords = wordSet("is required enabled")
	// detailAffirmations are the words of details that affirm their term.
	detailAffirmations = wordSet("required enabled enforced active activated mandatory always")
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
// them as they are: an affirmation, an ID, or a detail that the term is known to have. It has
// no names: a name cannot be told from a word for a state.
func isKnownDetail(detail string, terms Requirements) bool {
	if detail = strings.TrimSpace(detail); detail == "" || isID(detail) || slices.Contains(acrValues, strings.ToLower(detail)) {
		return true
	}
	for part := range strings.SplitSeq(detail, ",") {
		words, plain := plainWords(part)
		if !plain || !allIn(words, detailAffirmations) && !detailPattern(terms).MatchString(strings.Join(words, " ")) {
			return false
		}
	}
	return true
}

// detailPattern matches the words of the details that terms are known to have.
func detailPattern(terms Requirements) *regexp.Regexp {
	switch {
	case terms.MFA:
		return mfaDetail
	case terms.Approval:
		return approvalDetail
	case terms.Recording:
		return noDetail
	}
	return gatewayDetail
}

var (
	mfaDetail, approvalDetail = func() (mfa, approval *regexp.Regexp) {
		const (
			duration = `[1-9][0-9]* ?(?:s|sec|seconds?|m|min|minutes?|h|hours?|d|days?|weeks?)`
			factor   = `(?:okta verify|okta fast ?pass|web ?authn|fido ?2|passkeys?|security keys?|yubi ?key|totp|any factor)`
			approver = `(?:the )?(?:managers?|(?:resource |project )?owners?|approvers?|admins?|administrators?|security|security team|peers?|supervisors?)`
		)
		// The kind of the factor, or how often it is asked for.
		mfa = regexp.MustCompile(`^(?:(?:not )?(?:phishing resistant|hardware protected|device bound)|` + factor + `(?: or ` + factor + `)*|` +
			`(?:required )?every ` + duration + `|(?:per|every|each) (?:session|request|login|connection))$`)
		// By whom, by how many, and for how long.
		approval = regexp.MustCompile(`^(?:not by self|expires after ` + duration + `|[1-9][0-9]*(?: of [1-9][0-9]*)?(?: approvers?| approvals?)?|` +
			`by ` + approver + `(?: (?:and|or) ` + approver + `)*)$`)
		return mfa, approval
	}()
	gatewayDetail = regexp.MustCompile(`^(?:no|without) (?:session )?recording$`)
	noDetail      = regexp.MustCompile(`^$`)

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
