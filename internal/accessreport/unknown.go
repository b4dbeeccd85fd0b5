package accessreport

import (
	"maps"
	"slices"
)

// UnknownConditions returns the distinct conditions cells of rows that were not
// fully understood, sorted. It is empty, not nil, if all were understood.
func UnknownConditions(rows []Row) []string {
	unknown := map[string]bool{}
	for i := range rows {
		if rows[i].Requirements.Unknown {
			unknown[rows[i].Conditions] = true
		}
	}
	texts := slices.AppendSeq(make([]string, 0, len(unknown)), maps.Keys(unknown))
	slices.Sort(texts)
	return texts
}
