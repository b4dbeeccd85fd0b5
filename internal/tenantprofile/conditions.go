package tenantprofile

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
)

// conditionsOf returns the distinct conditions of rows, sorted.
func conditionsOf(rows []accessreport.Row) []Conditions {
	distinct, seen := map[string]Conditions{}, map[string]bool{}
	for i := range rows {
		if rows[i].MissingColumns.Has(accessreport.Conditions) || seen[rows[i].Conditions] {
			continue
		}
		seen[rows[i].Conditions] = true
		text := maskConditions(rows[i].Conditions, rows[i].Requirements)
		c := Conditions{Text: text, Requires: requirementNames(rows[i].Requirements), Understood: !rows[i].Requirements.Unknown}
		distinct[text+"\x00"+strings.Join(c.Requires, " ")] = c
	}
	list := make([]Conditions, 0, len(distinct))
	for _, c := range distinct {
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b Conditions) int {
		return strings.Compare(a.Text+"\x00"+strings.Join(a.Requires, " "), b.Text+"\x00"+strings.Join(b.Requires, " "))
	})
	return list[:min(len(list), maxWords)]
}

func requirementNames(r accessreport.Requirements) []string {
	names := []string{}
	for _, requirement := range []struct {
		name string
		set  bool
	}{{"gateway", r.Gateway}, {"recording", r.Recording}, {"approval", r.Approval}, {"mfa", r.MFA}} {
		if requirement.set {
			names = append(names, requirement.name)
		}
	}
	return names
}

// maskConditions returns a conditions cell without the words that the parser does not know.
// A word that it does not know in one place can have a meaning in another, as in "MFA
// (unless on VPN)", and a replayed profile must have the meaning of the cell. If the masked
// text has another one, an unknown condition is added, or only the requirements remain.
func maskConditions(cell string, requirements accessreport.Requirements) string {
	strict := accessreport.ConditionsMask{Mask: noWords.mask}.Apply(cell)
	remarks := accessreport.ConditionsMask{Mask: noWords.mask, KeepRemarks: true}.Apply(cell)
	independent, governing := placeholder("title", 7), placeholder("lower", 7)
	joiner := cmp.Or(conditionJoiner.FindString(cell), ", ")
	var terms []string
	for _, name := range requirementNames(requirements) {
		terms = append(terms, requirementTerms[name])
	}
	switch {
	case requirements.Unknown:
		terms = append(terms, independent)
	case len(terms) == 0:
		terms = append(terms, "None")
	}
	// The joiner of the cell, so that the replayed cell needs quotes only if the cell does.
	for _, text := range []string{strict, remarks, strict + joiner + independent, strict + joiner + governing, strings.Join(terms, joiner)} {
		if accessreport.ParseConditions(standIns(text)) == requirements {
			return text
		}
	}
	return strings.Join(terms, ", ")
}

// conditionJoiner matches what separates conditions in a cell.
var conditionJoiner = regexp.MustCompile(`(?i) *(?:[,;|+]|\r?\n) *| and `)

// requirementTerms are terms of conditions by the names of requirements.
var requirementTerms = map[string]string{"gateway": "Gateway", "recording": "Session recording", "approval": "Approval", "mfa": "MFA"}

var maskedWord = regexp.MustCompile(`<([a-z]+) (\d+)>`)

// standIns returns a masked text with words that no vocabulary has in place of the masked
// ones, as the simulator's replay writes it.
func standIns(text string) string {
	return maskedWord.ReplaceAllStringFunc(text, func(masked string) string {
		parts := maskedWord.FindStringSubmatch(masked)
		length, _ := strconv.Atoi(parts[2])
		word := strings.Repeat("q", length)
		switch parts[1] {
		case "upper":
			return strings.ToUpper(word)
		case "title":
			return "Q" + word[1:]
		case "mixed":
			return strings.ToUpper(word[:min(2, length)]) + word[min(2, length):]
		case "digits":
			return strings.Repeat("7", length)
		case "alphanumeric":
			return word[1:] + "7"
		case "upperalphanumeric":
			return strings.ToUpper(word[1:]) + "7"
		case "titlealphanumeric":
			return "Q" + word[2:] + "7"
		case "mixedalphanumeric":
			return word[2:] + "7Q"
		case "other":
			if length == 1 {
				return "·"
			}
			return "É" + strings.Repeat("é", length-1)
		}
		return word
	})
}
