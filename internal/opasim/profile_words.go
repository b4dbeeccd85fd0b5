package opasim

import (
	"slices"
	"strings"
)

// columnWords chooses words of a profile for the cells of a column that has words of the API.
type columnWords struct {
	column  Column
	values  []string // the words of the API
	value   func(*entitlement) string
	subject func(*entitlement) any // whose rows all have the same word
	words   []columnWord

	// inUser and inResource report whether words that are not known are in the report on the
	// user and on the resource.
	inUser, inResource bool
}

// columnWord is a cell of a column.
type columnWord struct {
	text  string
	parts []string // of a list of words of the API, in lower case; nil for any other text
}

// columnWords returns the words of the columns. Those that are not known cause a warning about
// the rows of the report.
func (p *Profile) columnWords() []*columnWords {
	columns := []*columnWords{
		{
			column: ColumnUserType, values: []string{Human, Service},
			value: func(e *entitlement) string { return e.user.Type }, subject: func(e *entitlement) any { return e.user },
		},
		{
			column: ColumnUserStatus, values: []string{Active, Disabled, Deleted},
			value: func(e *entitlement) string { return e.user.Status }, subject: func(e *entitlement) any { return e.user },
		},
		{
			column: ColumnResourceType, values: []string{ServerType},
			value: func(*entitlement) string { return ServerType }, subject: func(e *entitlement) any { return e.server },
		},
		{
			column: ColumnPrivileges, values: []string{PrivilegeUser, PrivilegeAdmin},
			value: func(e *entitlement) string { return e.privilege }, subject: func(e *entitlement) any { return e.key() },
		},
	}
	for _, c := range columns {
		c.inUser, c.inResource = p.checkStatus("user_rows") != "pass", p.checkStatus("resource_rows") != "pass"
		for i, masked := range p.file.Reports.Words[string(c.column)] {
			text := unmask(masked, i)
			c.words = append(c.words, columnWord{text, c.parts(text)})
		}
	}
	return filter(columns, func(c *columnWords) bool { return len(c.words) > 0 })
}

// checkStatus returns the status of a check in the profile, or "".
func (p *Profile) checkStatus(name string) string {
	for _, c := range p.file.Checks {
		if c.Name == name {
			return c.Status
		}
	}
	return ""
}

// parts returns the words in a cell that is a word of the API, or a list of them.
func (c *columnWords) parts(cell string) (parts []string) {
	for part := range strings.FieldsFuncSeq(cell, func(r rune) bool { return strings.ContainsRune(",;|", r) }) {
		part = strings.TrimSpace(part)
		if !slices.ContainsFunc(c.values, func(value string) bool { return strings.EqualFold(value, part) }) {
			return nil
		}
		parts = append(parts, strings.ToLower(part))
	}
	return parts
}

// fits reports whether a word can be in place of a value. An administrator is a user, too.
func (c *columnWords) fits(w columnWord, value string) bool {
	value = strings.ToLower(value)
	for _, part := range w.parts {
		if part != value && (part != PrivilegeUser || value != PrivilegeAdmin) {
			return false
		}
	}
	return w.parts == nil || slices.Contains(w.parts, value)
}

// choose returns a word for each subject that can have one. If they have enough rows, the
// reports of the first pair that can have them have all words.
func (c *columnWords) choose(all []entitlement, pairs []reportPair) map[any]string {
	usual := c.usualWords()
	var best *matching
	var subjects []any // of the best one
	for _, pair := range pairs {
		m, of := c.match(all, pair, usual)
		if best == nil || len(m.texts) > len(best.texts) {
			best, subjects = m, of
		}
		if len(best.texts) == len(c.words) {
			break
		}
	}
	chosen := map[any]string{}
	for i := range all {
		if word, ok := usual[c.value(&all[i])]; ok {
			chosen[c.subject(&all[i])] = c.words[word].text
		}
	}
	if best != nil {
		for place, word := range best.texts {
			chosen[subjects[place]] = c.words[word].text
		}
	}
	return chosen
}

// usualWords returns the indexes of the words for values: the value itself, otherwise a list
// with it, otherwise a text that is not known. The result does not have values for which there is none.
func (c *columnWords) usualWords() map[string]int {
	usual := map[string]int{}
	var unknown []int
	for i, w := range c.words {
		if w.parts == nil {
			unknown = append(unknown, i)
		}
	}
	for n, value := range c.values {
		fitting := func(parts int) int {
			return slices.IndexFunc(c.words, func(w columnWord) bool {
				return w.parts != nil && (parts == 0 || len(w.parts) == parts) && c.fits(w, value)
			})
		}
		if at := fitting(1); at >= 0 {
			usual[value] = at
		} else if at := fitting(0); at >= 0 {
			usual[value] = at
		} else if len(unknown) > 0 {
			usual[value] = unknown[n%len(unknown)]
		}
	}
	return usual
}

// wordPlace is a subject in the reports of a pair.
type wordPlace struct {
	subject            any
	value              string
	inUser, inResource bool // whether it is in the report on the user and on the resource
}

// match matches the words with subjects in the reports of a pair, and returns these.
func (c *columnWords) match(all []entitlement, pair reportPair, usual map[string]int) (*matching, []any) {
	var places []wordPlace
	numbers := map[any]int{}
	add := func(indexes []int, mark func(*wordPlace)) {
		for _, i := range indexes {
			subject := c.subject(&all[i])
			n, ok := numbers[subject]
			if !ok {
				n = len(places)
				numbers[subject] = n
				places = append(places, wordPlace{subject: subject, value: c.value(&all[i])})
			}
			mark(&places[n])
		}
	}
	add(pair.user, func(p *wordPlace) { p.inUser = true })
	add(pair.server, func(p *wordPlace) { p.inResource = true })
	order := make([]int, len(places))
	subjects := make([]any, len(places))
	for i, p := range places {
		order[i], subjects[i] = i, p.subject
	}
	m := newMatching()
	match := func(known bool, preferred func(word int, p wordPlace) bool) {
		for i, w := range c.words {
			if (w.parts != nil) == known {
				able := filter(order, func(place int) bool { return c.fits(w, places[place].value) })
				m.add(i, preferring(able, func(place int) bool { return preferred(i, places[place]) }))
			}
		}
	}
	// Known words first, and not where others should be.
	wanted := func(p wordPlace) bool { return p.inUser == c.inUser && p.inResource == c.inResource }
	match(true, func(word int, p wordPlace) bool { return usual[p.value] == word && !wanted(p) })
	match(false, func(_ int, p wordPlace) bool { return wanted(p) })
	return m, subjects
}
