package accessreport

import (
	"slices"
	"strings"
)

// Requirements are the requirements in the conditions of a row, as far as the parser
// understands them. A requirement is true only if the cell requires it in known words.
// For anything else, read the cell.
type Requirements struct {
	Gateway   bool // the session goes through a gateway
	Recording bool // the session is recorded; implies Gateway
	Approval  bool // an access request must be approved
	MFA       bool // multi-factor authentication is required

	// Unknown reports whether any part of the cell was not understood. That part sets no
	// requirement, but may be relevant to a reader.
	Unknown bool
}

// ParseConditions returns what a conditions cell requires. Neither the words nor
// the separators of a cell are documented, so the parser is an allow-list:
//
//	cell   = group { ("," | ";" | "|" | "+" | line end) group }
//	group  = clause { "and" clause }
//	clause = [affirmation] term [affirmation] { "(" detail ")" }
//
// Any other clause requires nothing and sets Unknown. Unless it is clearly a
// condition of its own ("Working hours"), it may govern the other clauses ("one
// of: MFA, Approval"), so the cell requires nothing at all. A clause that denies
// discards its group ("MFA and Approval not required"); one that only denies
// discards the group before it ("MFA, not required"). A detail denies its term
// ("MFA (disabled)") or is known to leave it as it is ("MFA (phishing-resistant)").
// Any other detail makes the clause one that is not understood ("MFA (trial)").
// A cell may also be JSON.
func ParseConditions(cell string) Requirements {
	if MeansNone(cell) {
		return Requirements{}
	}
	if len(cell) > maxConditions {
		return Requirements{Unknown: true}
	}
	var p conditionsParser
	if !p.json(cell) {
		p.text(cell, 0)
	}
	return p.result()
}

// maxConditions is the length in bytes beyond which a cell is not parsed: no
// real list of conditions is that long.
const maxConditions = 10_000

// conditionsParser collects the clauses of one cell.
type conditionsParser struct {
	required   []Requirements // by each group
	denied     Requirements   // by any clause
	hasUnknown bool           // something was not understood
	ambiguous  bool           // something that may change the meaning of the rest was not understood
}

func (p *conditionsParser) result() Requirements {
	var r Requirements
	if !p.ambiguous {
		for _, required := range p.required {
			r = r.or(required)
		}
		r = r.without(p.denied)
	}
	r.Gateway = r.Gateway || r.Recording
	r.Unknown = p.hasUnknown || p.ambiguous
	return r
}

func (r Requirements) or(s Requirements) Requirements {
	return Requirements{r.Gateway || s.Gateway, r.Recording || s.Recording, r.Approval || s.Approval, r.MFA || s.MFA, r.Unknown || s.Unknown}
}

// without returns r without what s denies. Without a gateway, no session is recorded.
func (r Requirements) without(s Requirements) Requirements {
	return Requirements{r.Gateway && !s.Gateway, r.Recording && !s.Recording && !s.Gateway, r.Approval && !s.Approval, r.MFA && !s.MFA, r.Unknown}
}

// exceeds reports whether r has a requirement that s does not have.
func (r Requirements) exceeds(s Requirements) bool {
	return r.Gateway && !s.Gateway || r.Recording && !s.Recording || r.Approval && !s.Approval || r.MFA && !s.MFA
}

// hasOnlyTerms reports whether a cell consists only of known terms, or means none. Unlike
// other cells, it has no detail or value beyond its requirements, such as the number of
// approvers or a level of assurance. A cell that is too long to be parsed, and one of only
// separators, do not consist of terms.
func hasOnlyTerms(cell string) bool {
	if MeansNone(cell) {
		return true
	}
	if len(cell) > maxConditions {
		return false
	}
	groups, ok := splitConditions(cell)
	ok = ok && len(groups) > 0
	for _, group := range groups {
		for _, clause := range group {
			words, plain := plainWords(clause)
			_, known := conditionTerms[strings.Join(words, "")]
			ok = ok && plain && known
		}
	}
	return ok
}

// maxNesting bounds the brackets and quotes around a text.
const maxNesting = 4

// text parses the groups of a text.
func (p *conditionsParser) text(text string, depth int) {
	if inner, ok := unwrap(text, "()[]{}\"\"''"); ok && depth < maxNesting {
		p.text(inner, depth+1)
		return
	}
	groups, ok := splitConditions(text)
	if !ok {
		p.ambiguous = true
		return
	}
	for _, group := range groups {
		p.group(group, depth)
	}
}

// group parses clauses that are joined by "and". One denial denies them all: in
// "MFA and Approval not required", neither is required.
func (p *conditionsParser) group(clauses []string, depth int) {
	var required Requirements
	denied := false
	for i, text := range clauses {
		if inner, ok := unwrap(text, "[]{}\"\"''"); ok && depth < maxNesting {
			p.text(inner, depth+1)
			continue
		}
		c := readClause(text)
		switch {
		case c.kind == clauseNegatesPrevious && len(clauses) == 1 && len(p.required) > 0:
			p.required = p.required[:len(p.required)-1]
			return
		case c.kind == clauseNegates, c.kind == clauseNegatesPrevious && i > 0:
			denied = true
		case c.kind == clauseIndependent:
			p.hasUnknown = true
		case c.kind != clauseRequires:
			p.ambiguous = true
		}
		p.hasUnknown = p.hasUnknown || c.detailNamesOtherTerm
		p.ambiguous = p.ambiguous || c.isAlternative
		required = required.or(c.terms)
	}
	if denied {
		// Denying a recorded session does not deny the gateway of other clauses.
		required.Gateway = required.Gateway && !required.Recording
		p.denied = p.denied.or(required)
		required = Requirements{}
	}
	p.required = append(p.required, required)
}

// clauseKind is the effect of a clause on the requirements of a cell.
type clauseKind int

const (
	clauseUnclear         clauseKind = iota
	clauseRequires                   // requires its terms
	clauseNegates                    // negates its terms
	clauseNegatesPrevious            // negates the clause or group before it
	clauseIndependent                // unknown, but does not affect other clauses
)

type conditionClause struct {
	kind                 clauseKind
	terms                Requirements
	detailNamesOtherTerm bool // a detail is about another term
	isAlternative        bool // a detail makes the clause one of several that suffice
}

// readClause reads one clause: text without separators.
func readClause(text string) conditionClause {
	core, details, ok := cutDetails(text)
	if !ok {
		return conditionClause{}
	}
	if core == "" {
		if len(details) == 1 && isDenial(wordsOf(details[0])) {
			return conditionClause{kind: clauseNegatesPrevious}
		}
		return conditionClause{}
	}
	c := readTerm(core)
	switch {
	case c.kind == clauseUnclear && isDenial(wordsOf(core)):
		c.kind = clauseNegatesPrevious
	case c.kind == clauseUnclear && isOwnCondition(text):
		c.kind = clauseIndependent
	}
	c.readDetails(details)
	return c
}

// readDetails applies the details of a clause.
func (c *conditionClause) readDetails(details []string) {
	hasUnknown, affectsOthers := false, false
	for _, detail := range details {
		words := wordsOf(detail)
		other := namedTerms(words).exceeds(c.terms)
		c.detailNamesOtherTerm = c.detailNamesOtherTerm || other
		c.isAlternative = c.isAlternative || detailIsAlternative(words, other)
		switch {
		case c.kind != clauseRequires:
		case detailDenies(words, other):
			c.kind = clauseNegates
		case !isKnownDetail(detail, c.terms):
			hasUnknown = true
			affectsOthers = affectsOthers || !isOwnCondition(strings.TrimSpace(detail))
		}
	}
	switch {
	case c.kind != clauseRequires || !hasUnknown:
	case affectsOthers:
		c.kind, c.terms = clauseUnclear, Requirements{}
	default:
		c.kind, c.terms = clauseIndependent, Requirements{}
	}
}

// readTerm reads a clause without details: a term, alone or with a known
// affirmation or denial, or a term with a value ("MFA: true", "mfa=no").
func readTerm(text string) conditionClause {
	if slices.Contains(acrValues, strings.ToLower(text)) {
		return conditionClause{kind: clauseRequires, terms: Requirements{MFA: true}}
	}
	at := strings.IndexAny(text, ":=")
	if at < 0 {
		return readPlainTerm(text)
	}
	name, value := unquote(text[:at]), unquote(text[at+1:])
	if text[at] == ':' && slices.Contains(leadingAffirmations, strings.ToLower(name)) {
		return readPlainTerm(value) // "Requires: MFA"
	}
	c := readPlainTerm(name)
	if c.kind == clauseRequires {
		c.kind = kindOfValue(value)
	}
	return c
}

// kindOfValue returns the effect of a value on the term before it.
func kindOfValue(value string) clauseKind {
	words, plain := plainWords(value)
	switch {
	case len(words) == 1 && plain && slices.Contains(affirmativeValues, words[0]):
		return clauseRequires
	case MeansNone(value), plain && isDenial(words):
		return clauseNegates
	}
	return clauseUnclear
}

// readPlainTerm reads a term with the affirmations or the denial around it.
func readPlainTerm(text string) conditionClause {
	words, plain := plainWords(text)
	if !plain {
		return conditionClause{}
	}
	kind := clauseRequires
	if len(words) > 1 && slices.Contains(leadingDenials, words[0]) {
		kind, words = clauseNegates, words[1:]
	}
	if len(words) > 1 && slices.Contains(leadingAffirmations, words[0]) {
		words = words[1:]
	}
	for n := 1; n < len(words); n++ {
		switch tail := words[n:]; {
		case isAffirmation(tail):
			words = words[:n]
		case isDenial(tail):
			kind, words = clauseNegates, words[:n]
		}
	}
	terms, ok := conditionTerms[strings.Join(words, "")]
	if !ok {
		return conditionClause{}
	}
	return conditionClause{kind: kind, terms: terms}
}
