package opasim

import "sync"

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

	mu     sync.Mutex
	worlds map[*World]map[entitlementKey]int // indexes of texts
}

func newConditionTexts(conditions []profileCondition) *conditionTexts {
	t := &conditionTexts{worlds: map[*World]map[entitlementKey]int{}}
	for i, c := range conditions {
		t.texts = append(t.texts, conditionText{unmask(c.Text, i), requirementsOf(c.Requires, requirementBits), c.Understood})
	}
	return t
}

// candidates returns the indexes of the texts for a set of requirements: those that are
// understood and require exactly these, otherwise all that require no others.
func (t *conditionTexts) candidates(set requirements) (indexes []int) {
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
		return indexes
	}
	return subsets
}

// assign sets the texts of entitlements of a world. They do not depend on the order in which
// reports are created, and the reports on a user and on a server have the same text for the
// same entitlement.
func (t *conditionTexts) assign(w *World, list []entitlement) {
	if len(t.texts) == 0 {
		return // the default texts
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	chosen, ok := t.worlds[w]
	if !ok {
		chosen = t.choose(w.entitlements(w.users, w.servers))
		t.worlds[w] = chosen
	}
	for i := range list {
		if at, ok := chosen[list[i].key()]; ok {
			list[i].text = &t.texts[at].text
		}
	}
}
