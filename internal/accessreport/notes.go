package accessreport

import (
	"maps"
	"slices"
	"strings"
)

// note records what is reported about all rows, whether a filter selects them or not.
func (r *Report) note(row *Row) {
	if row.Requirements.Unknown && !r.unknown[row.Conditions] {
		if r.unknown == nil {
			r.unknown = map[string]bool{}
		}
		r.unknown[r.keep(row.Conditions)] = true
	}
	if !row.MissingColumns.Has(UserName) {
		r.users.add(row.UserName, r.keep)
	}
	if !row.MissingColumns.Has(ResourceName) {
		r.servers.add(row.ResourceName, r.keep)
	}
}

// keep returns a cell to keep. If rows are filtered, it is a copy, because a cell would
// keep the memory of the complete text.
func (r *Report) keep(cell string) string {
	if r.filtered {
		return strings.Clone(cell)
	}
	return cell
}

// UnknownConditions returns the distinct conditions cells of all rows of the reports
// that were not fully understood, sorted. It is empty, not nil, if all were understood.
func UnknownConditions(reports ...*Report) []string {
	unknown := map[string]bool{}
	for _, r := range reports {
		maps.Copy(unknown, r.unknown)
	}
	texts := slices.AppendSeq(make([]string, 0, len(unknown)), maps.Keys(unknown))
	slices.Sort(texts)
	return texts
}

// maxDistinctNames is the number of names to keep per column. It exceeds the number of
// names that a subject has.
const maxDistinctNames = 1000

// distinctNames are the distinct cells of a column, in the order of the rows.
type distinctNames struct {
	list []string
	seen map[string]bool
	last string
	more bool // there are more than maxDistinctNames
}

func (d *distinctNames) add(name string, keep func(string) string) {
	if len(d.list) > 0 && name == d.last || d.seen[name] {
		return
	}
	if len(d.list) == maxDistinctNames {
		d.more = true
		return
	}
	if d.seen == nil {
		d.seen = map[string]bool{}
	}
	name = keep(name)
	d.list, d.last, d.seen[name] = append(d.list, name), name, true
}
