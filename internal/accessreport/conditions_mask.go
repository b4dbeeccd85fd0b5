package accessreport

import (
	"regexp"
	"slices"
	"strings"
)

// ConditionsMask replaces the parts of a conditions cell that the parser does not know.
// They can contain names.
type ConditionsMask struct {
	// Mask returns the replacement of a part.
	Mask func(part string) string
	// KeepRemarks keeps the details in brackets that have only words of the grammar, such
	// as (disabled) and (phishing-resistant).
	KeepRemarks bool
}

// Apply returns a cell whose unknown parts are masked. What remains are terms with the
// affirmations and denials around them, conditions that are known to be independent,
// separators and brackets.
func (m ConditionsMask) Apply(cell string) string {
	if MeansNone(cell) {
		return cell
	}
	if len(cell) > maxConditions {
		return m.Mask(cell)
	}
	s := conditionsMask{ConditionsMask: m, rest: cell}
	s.text(cell, 0)
	s.separators(s.rest)
	return s.masked.String()
}

// conditionsMask is the state of Apply. It visits the same parts as conditionsParser.
type conditionsMask struct {
	ConditionsMask

	rest   string // of the cell
	masked strings.Builder
}

// text visits the clauses of a text.
func (s *conditionsMask) text(text string, depth int) {
	if inner, ok := unwrap(text, "()[]{}\"\"''"); ok && depth < maxNesting {
		s.text(inner, depth+1)
		return
	}
	groups, ok := splitConditions(text)
	if !ok {
		s.add(text, false)
		return
	}
	for _, clause := range slices.Concat(groups...) {
		if inner, ok := unwrap(clause, "[]{}\"\"''"); ok && depth < maxNesting {
			s.text(inner, depth+1)
			continue
		}
		s.clause(clause)
	}
}

// clause adds a clause with its details.
func (s *conditionsMask) clause(clause string) {
	core, details, ok := cutDetails(clause)
	if !ok {
		s.add(clause, false)
		return
	}
	s.core(core)
	for _, detail := range slices.Backward(details) {
		words, plain := plainWords(detail)
		known := len(words) > 0 && allIn(words, negations, deniedStates, weakenings, alternations, remarks) || plain && isKnownPhrase(words)
		s.add(detail, s.KeepRemarks && known)
	}
}

// core adds a clause without details. Of an unknown value, only its term is known.
func (s *conditionsMask) core(core string) {
	words, plain := plainWords(core)
	switch at := strings.IndexAny(core, ":="); {
	case readTerm(core).kind != clauseUnclear, isDenial(wordsOf(core)), plain && slices.Contains(independentConditions, strings.Join(words, "")):
		s.add(core, true)
	case at > 0 && readPlainTerm(unquote(core[:at])).kind != clauseUnclear:
		s.add(core[:at+1], true)
		s.add(core[at+1:], false)
	default:
		s.add(core, false)
	}
}

// add adds the next part, and what separates it from the one before it.
func (s *conditionsMask) add(part string, known bool) {
	at := s.find(part)
	if at < 0 || part == "" {
		return // it remains in the rest, which is masked
	}
	s.separators(s.rest[:at])
	s.rest = s.rest[at+len(part):]
	if !known {
		part = s.Mask(part)
	}
	s.masked.WriteString(part)
}

// find returns the position of the next part, or -1. It is not within an "and" before it.
func (s *conditionsMask) find(part string) int {
	for at := 0; ; at++ {
		next := strings.Index(s.rest[at:], part)
		if next < 0 {
			return -1
		}
		at += next
		within := slices.ContainsFunc(andWord.FindAllStringIndex(s.rest[:min(len(s.rest), at+len(part)+2)], -1), func(and []int) bool {
			return and[0] <= at && at+len(part) <= and[1] && len(part) < and[1]-and[0]
		})
		if !within {
			return at
		}
	}
}

// separators adds a text between parts. Its only word is "and".
func (s *conditionsMask) separators(text string) {
	last := 0
	for _, at := range andWord.FindAllStringIndex(text, -1) {
		s.masked.WriteString(s.Mask(text[last:at[0]]) + text[at[0]:at[1]])
		last = at[1]
	}
	s.masked.WriteString(s.Mask(text[last:]))
}

var andWord = regexp.MustCompile(`(?i)\band\b`)
