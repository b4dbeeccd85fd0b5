package accessreport

import (
	"slices"
	"strings"
)

// CrossCheck compares the rows of the reports on all users with the rows of the reports
// on all resources, which describe the same access. It returns the rows that only one of
// the two sides has, each sorted. Duplicates count.
//
// A row has the ID of its own subject and the name of the other one. Two rows are equal if
// each name may mean the other row's subject, and if all other cells are equal. Extra
// columns and columns in skipped are not compared.
func CrossCheck(users, resources []Row, names *Names, skipped Columns) (onlyUsers, onlyResources []Row) {
	byKey := map[crossKey][]int{} // indexes of resources that are not matched by users
	for i := range resources {
		for _, user := range names.ids(UserName, resources[i].UserName) {
			key := newCrossKey(&resources[i], user, skipped)
			byKey[key] = append(byKey[key], i)
		}
	}
	matched := make([]bool, len(resources))
	// match matches a row of a user with one of the resources that its name may mean.
	match := func(row *Row, candidates []string) bool {
		for _, i := range byKey[newCrossKey(row, row.SubjectID, skipped)] {
			if !matched[i] && slices.Contains(candidates, resources[i].SubjectID) {
				matched[i] = true
				return true
			}
		}
		return false
	}
	var ambiguous []*Row // after the others, so that they do not take their rows
	for i := range users {
		candidates := names.ids(ResourceName, users[i].ResourceName)
		if len(candidates) > 1 {
			ambiguous = append(ambiguous, &users[i])
		} else if !match(&users[i], candidates) {
			onlyUsers = append(onlyUsers, users[i])
		}
	}
	for _, row := range ambiguous {
		if !match(row, names.ids(ResourceName, row.ResourceName)) {
			onlyUsers = append(onlyUsers, *row)
		}
	}
	for i := range resources {
		if !matched[i] {
			onlyResources = append(onlyResources, resources[i])
		}
	}
	Sort(onlyUsers)
	Sort(onlyResources)
	return onlyUsers, onlyResources
}

// crossKey is what equal rows of the two sides have in common, apart from the resource.
type crossKey struct {
	user  string // ID
	cells Row    // the other cells that are compared
}

func newCrossKey(row *Row, user string, skipped Columns) crossKey {
	key := crossKey{user: user}
	for c := range columnCount {
		if !skipped.Has(c) && c != UserName && c != ResourceName {
			key.cells.SetCell(c, row.Cell(c))
		}
	}
	return key
}

// Names are the names that reports may use for users and resources. How reports write
// names is not documented (API.md, csv-resource-name), and the two kinds of reports may
// use different names for the same user or resource. The zero value has no names.
type Names struct {
	exact, folded map[columnName][]string // IDs of the subjects with a name
}

type columnName struct {
	column Column
	name   string
}

// Add adds names of a user or a resource, by the column for it. Empty names are ignored.
func (n *Names) Add(c Column, id string, names ...string) {
	if n.exact == nil {
		n.exact, n.folded = map[columnName][]string{}, map[columnName][]string{}
	}
	add := func(to map[columnName][]string, name string) {
		key := columnName{c, name}
		if !slices.Contains(to[key], id) {
			to[key] = append(to[key], id)
		}
	}
	for _, name := range names {
		if name != "" {
			add(n.exact, name)
			add(n.folded, strings.ToLower(name))
		}
	}
}

// Mean reports whether a name in a column may mean a subject.
func (n *Names) Mean(c Column, name, id string) bool { return slices.Contains(n.ids(c, name), id) }

// ids returns the IDs of the subjects that a name may mean. Names that differ only in
// case are different if both are known.
func (n *Names) ids(c Column, name string) []string {
	if ids := n.exact[columnName{c, name}]; ids != nil {
		return ids
	}
	return n.folded[columnName{c, strings.ToLower(name)}]
}
