package accessreport

import (
	"slices"
	"strings"
	"unicode"
)

// MeansNone reports whether a conditions cell means that there is no condition: it is
// empty, blank, or one of the known words for none.
func MeansNone(cell string) bool {
	const longest = 40 // with its brackets and quotes
	text := strings.TrimFunc(cell, isBlank)
	if len(text) > longest {
		return false
	}
	text = strings.ToLower(strings.Join(strings.FieldsFunc(text, isBlank), " "))
	for range maxNesting {
		text = strings.TrimSpace(text)
		if inner, ok := unwrap(text, "()[]{}\"\"''"); ok {
			text = inner
		}
	}
	return slices.Contains([]string{"", "-", "--", "–", "—", "none", "n/a", "na", "null", "nil", "no condition", "no conditions"}, text)
}

// isBlank reports whether a character is whitespace or invisible.
func isBlank(r rune) bool {
	return unicode.IsSpace(r) || strings.ContainsRune("\u00ad\u115f\u1160\u180e\u200b\u200c\u200d\u2060\u2800\u3164\ufeff\uffa0", r)
}

// splitConditions splits a text into groups at its separators, and each group
// into clauses at the word "and". Brackets and double quotes protect what they
// enclose. It returns false if they are not balanced, and for "||", which
// means "or" in many languages.
func splitConditions(text string) (groups [][]string, ok bool) {
	var group []string
	var open []rune // the expected closing brackets
	begin := 0
	endClause := func(end int) {
		group = append(group, strings.TrimSpace(text[begin:end]))
	}
	endGroup := func(end int) {
		endClause(end)
		if len(group) > 1 && group[0] == "" {
			// "MFA, Approval, and Gateway": a list in prose is one group.
			group = slices.Concat(append(groups, group)...)
			groups = nil
		}
		if group = slices.DeleteFunc(group, func(c string) bool { return c == "" }); len(group) > 0 {
			groups = append(groups, group)
		}
		group = nil
	}
	for i, r := range text {
		quoted := len(open) > 0 && open[len(open)-1] == '"'
		switch at := strings.IndexRune("([{", r); {
		case len(open) > 0 && r == open[len(open)-1]:
			open = open[:len(open)-1]
		case quoted:
		case at >= 0:
			open = append(open, rune(")]}"[at]))
		case r == '"':
			open = append(open, r)
		case strings.ContainsRune(")]}", r):
			return nil, false
		case len(open) > 0:
		case strings.ContainsRune(",;|+\r\n", r):
			if r == '|' && strings.HasPrefix(text[i:], "||") {
				return nil, false
			}
			endGroup(i)
			begin = i + 1
		case isAnd(text, i):
			endClause(i)
			begin = i + len("and")
		}
	}
	if len(open) > 0 {
		return nil, false
	}
	endGroup(len(text))
	return groups, true
}

// isAnd reports whether the word "and" is at a position.
func isAnd(text string, at int) bool {
	const and = "and"
	if len(text) < at+len(and) || !strings.EqualFold(text[at:at+len(and)], and) {
		return false
	}
	before, after := text[:at], text[at+len(and):]
	return strings.TrimRightFunc(before, unicode.IsSpace) != before && strings.TrimLeftFunc(after, unicode.IsSpace) != after ||
		strings.TrimSpace(before) == "" && strings.TrimLeftFunc(after, unicode.IsSpace) != after ||
		strings.HasSuffix(before, ",") && strings.TrimLeftFunc(after, unicode.IsSpace) != after
}

// unwrap returns the text within brackets or quotes if one pair encloses all of it.
// pairs contains the opening and closing characters.
func unwrap(text, pairs string) (inner string, ok bool) {
	text = strings.TrimSpace(text)
	for i := 0; i < len(pairs); i += 2 {
		if len(text) < 2 || text[0] != pairs[i] || text[len(text)-1] != pairs[i+1] {
			continue
		}
		inner := text[1 : len(text)-1]
		if strings.ContainsAny(inner, pairs[i:i+2]) {
			return "", false // (MFA) or (Approval)
		}
		return inner, true
	}
	return "", false
}

// unquote returns a text without blanks and quotes around it.
func unquote(text string) string {
	if inner, ok := unwrap(text, "\"\"''"); ok {
		return strings.TrimSpace(inner)
	}
	return strings.TrimSpace(text)
}

// cutDetails cuts the details in brackets off the end of a clause. It returns
// false if there are brackets elsewhere.
func cutDetails(clause string) (core string, details []string, ok bool) {
	core = strings.TrimSpace(clause)
	for core != "" && isClosing(core[len(core)-1]) {
		begin := openingBracket(core)
		if begin < 0 {
			return "", nil, false
		}
		details = append(details, core[begin+1:len(core)-1])
		core = strings.TrimSpace(core[:begin])
	}
	return core, details, !strings.ContainsAny(core, "()[]{}")
}

// openingBracket returns the position of the bracket that matches the last character,
// or -1.
func openingBracket(text string) int {
	depth := 0
	for i := len(text) - 1; i >= 0; i-- {
		switch {
		case isClosing(text[i]):
			depth++
		case isOpening(text[i]):
			depth--
		}
		if depth == 0 {
			return i
		}
	}
	return -1
}

func isOpening(c byte) bool { return c == '(' || c == '[' || c == '{' }

func isClosing(c byte) bool { return c == ')' || c == ']' || c == '}' }
