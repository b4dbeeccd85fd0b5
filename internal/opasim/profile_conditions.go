package opasim

import (
	"cmp"
	"math/bits"
	"slices"
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

func requirementsOf(names []string, bits map[string]requirements) (set requirements) {
	for _, name := range names {
		set |= bits[name]
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
	// preferred are the indexes of texts for sets of requirements without a text that is
	// understood and requires them.
	preferred map[requirements]int
}

// newConditionTexts returns the texts for the entitlements of a world, nil if the profile
// has none.
func (p *Profile) newConditionTexts(w *World) *conditionTexts {
	if p == nil || len(p.file.Reports.Conditions) == 0 {
		return nil
	}
	t := &conditionTexts{preferred: map[requirements]int{}}
	for i, c := range p.file.Reports.Conditions {
		t.texts = append(t.texts, conditionText{unmask(c.Text, i), requirementsOf(c.Requires, requirementBits), c.Understood})
	}
	var sets []requirements
	for _, policy := range w.policies {
		for _, rule := range policy.rules {
			sets = append(sets, requirementsOf(rule.conditions, kindBits))
		}
	}
	slices.Sort(sets)
	// Sets with fewer requirements have fewer texts to choose from.
	slices.SortStableFunc(sets, func(a, b requirements) int { return bits.OnesCount(uint(a)) - bits.OnesCount(uint(b)) })
	used := map[int]int{}
	for _, set := range slices.Compact(sets) {
		if candidates, exact := t.candidates(set); !exact && candidates != nil {
			best := slices.MinFunc(candidates, func(a, b int) int {
				return cmp.Or(used[a]-used[b], t.compare(a, b))
			})
			t.preferred[set] = best
			used[best]++
		}
	}
	return t
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
	if x.understood != y.understood {
		if y.understood {
			return -1
		}
		return 1
	}
	return cmp.Or(bits.OnesCount(uint(y.requires))-bits.OnesCount(uint(x.requires)), a-b)
}

// assign sets the texts of entitlements. The choice depends only on the entitlements of
// the same user to the same server, so that the reports on both have the same text. list
// has all of them.
func (t *conditionTexts) assign(list []entitlement) {
	if t == nil {
		return
	}
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
		chosen := slices.MinFunc(candidates, func(a, b int) int {
			order := counts[a] - counts[b]
			if order == 0 && !exact {
				order = boolOrder(a == t.preferred[set], b == t.preferred[set])
			}
			return cmp.Or(order, t.compare(a, b))
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
