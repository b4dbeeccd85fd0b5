package opasim

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
}

func newConditionTexts(conditions []profileCondition) *conditionTexts {
	t := &conditionTexts{}
	for i, c := range conditions {
		t.texts = append(t.texts, conditionText{unmask(c.Text, i), requirementsOf(c.Requires, requirementBits), c.Understood})
	}
	return t
}

// candidates returns the indexes of the texts for a set of requirements: those that are
// understood and require exactly these, and those that are not understood and require no
// others. If no understood text requires exactly these, it returns all that require no others.
func (t *conditionTexts) candidates(set requirements) (indexes []int) {
	var subsets []int
	exact := false
	for i, text := range t.texts {
		if text.requires&^set != 0 {
			continue
		}
		subsets = append(subsets, i)
		if !text.understood || text.requires == set {
			indexes = append(indexes, i)
			exact = exact || text.understood
		}
	}
	if exact {
		return indexes
	}
	return subsets
}
