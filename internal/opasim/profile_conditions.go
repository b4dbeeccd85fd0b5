package opasim

import (
	"cmp"
	"math/bits"
	"slices"
	"sync"
)

// requirements is a set of what conditions require.
type requirements int

const (
	requiresGateway requirements = 1 << iota
	requiresRecording
	requiresApproval
	requiresMFA
)

// requirementBits maps the names in a profile to sets. A recording needs a gateway.
var requirementBits = map[string]requirements{
	"gateway": requiresGateway, "recording": requiresGateway | requiresRecording, "approval": requiresApproval, "mfa": requiresMFA,
}

// kindBits maps the kinds of conditions to sets.
var kindBits = map[string]requirements{
	ConditionGateway: requiresGateway, ConditionRecording: requiresGateway | requiresRecording, ConditionApproval: requiresApproval, ConditionMFA: requiresMFA,
}

func requirementsOf(names []string, known map[string]requirements) (set requirements) {
	for _, name := range names {
		set |= known[name]
	}
	return set
}

// conditionText is a text of a profile, with placeholders.
type conditionText struct {
	text       string
	requires   requirements
	understood bool
}

// conditionTexts chooses texts of a profile for the conditions of entitlements.
type conditionTexts struct {
	texts []conditionText

	mu sync.Mutex
	// preferred are the indexes of texts for sets of requirements without a text that is
	// understood and requires them, and used how many sets prefer a text.
	preferred map[requirements]int
	used      map[int]int
}

func newConditionTexts(conditions []profileCondition) *conditionTexts {
	t := &conditionTexts{preferred: map[requirements]int{}, used: map[int]int{}}
	for i, c := range conditions {
		t.texts = append(t.texts, conditionText{unmask(c.Text, i), requirementsOf(c.Requires, requirementBits), c.Understood})
	}
	return t
}

// prefer returns the preferred one of the texts for a set of requirements. It is another
// one for each set, if there are enough texts, and remains the same.
func (t *conditionTexts) prefer(set requirements, candidates []int) int {
	best, ok := t.preferred[set]
	if !ok {
		best = slices.MinFunc(candidates, func(a, b int) int {
			return cmp.Or(boolOrder(!t.texts[a].understood, !t.texts[b].understood), t.used[a]-t.used[b], t.compare(a, b))
		})
		t.preferred[set] = best
		t.used[best]++
	}
	return best
}

// candidates returns the indexes of the texts for a set of requirements: those that are
// understood and require exactly these, otherwise all that require no others.
func (t *conditionTexts) candidates(set requirements) (indexes []int, exact bool) {
	var subsets []int
	for i, text := range t.texts {
		if text.understood && text.requires == set {
			indexes = append(indexes, i)
		}
		if text.requires&^set == 0 {
			subsets = append(subsets, i)
		}
	}
	if indexes != nil {
		return indexes, true
	}
	return subsets, false
}

// compare orders texts for entitlements: first those that are not understood, then those
// that require more.
func (t *conditionTexts) compare(a, b int) int {
	x, y := t.texts[a], t.texts[b]
	return cmp.Or(boolOrder(!x.understood, !y.understood), bits.OnesCount(uint(y.requires))-bits.OnesCount(uint(x.requires)), a-b)
}

// assign sets the texts of entitlements. Apart from the preferred texts, the choice depends
// only on the entitlements of the same user to the same server, so that the reports on both
// have the same text. list has all of them.
func (t *conditionTexts) assign(list []entitlement) {
	t.mu.Lock()
	defer t.mu.Unlock()
	type pair struct {
		user   *User
		server *Host
	}
	used := map[pair]map[int]int{}
	for i := range list {
		e := &list[i]
		set := requirementsOf(e.conditions, kindBits)
		candidates, exact := t.candidates(set)
		if candidates == nil {
			continue // the default text
		}
		counts := used[pair{e.user, e.server}]
		if counts == nil {
			counts = map[int]int{}
			used[pair{e.user, e.server}] = counts
		}
		preferred := -1
		if !exact {
			preferred = t.prefer(set, candidates)
		}
		chosen := slices.MinFunc(candidates, func(a, b int) int {
			return cmp.Or(counts[a]-counts[b], boolOrder(a == preferred, b == preferred), t.compare(a, b))
		})
		counts[chosen]++
		e.text = &t.texts[chosen].text
	}
}

// boolOrder orders true before false.
func boolOrder(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}
