package accessreport

import "strings"

// CrossCheck compares the rows of the reports on all users with the rows of the reports
// on all resources, which describe the same access. It returns the rows that only one of
// the two sides has, each sorted. Duplicates count.
//
// Rows are compared by the columns that both sides have. Extra columns are not compared,
// because the two kinds of reports may have different ones.
func CrossCheck(users, resources []Row, names *Names) (onlyUsers, onlyResources []Row) {
	var missing Columns
	for _, side := range [][]Row{users, resources} {
		for i := range side {
			missing |= side[i].MissingColumns
		}
	}
	left := make(map[Row]int, len(resources)) // rows of resources that are not matched by users
	for i := range resources {
		left[names.identity(&resources[i], missing)]++
	}
	for i := range users {
		if id := names.identity(&users[i], missing); left[id] > 0 {
			left[id]--
		} else {
			onlyUsers = append(onlyUsers, users[i])
		}
	}
	for i := range resources {
		if id := names.identity(&resources[i], missing); left[id] > 0 {
			left[id]--
			onlyResources = append(onlyResources, resources[i])
		}
	}
	Sort(onlyUsers)
	Sort(onlyResources)
	return onlyUsers, onlyResources
}

// Names are the names that reports may use for users and resources. How reports write
// names is not documented (API.md, csv-resource-name), and the two kinds of reports may
// use different names for the same user or resource. The zero value has no names.
type Names struct {
	users, resources map[string]string // by name, the name to compare
}

// Add adds a user or a resource, by the column for it, with its name and its other
// names. Empty names are ignored.
func (n *Names) Add(c Column, name string, others ...string) {
	known := &n.users
	if c == ResourceName {
		known = &n.resources
	}
	if *known == nil {
		*known = map[string]string{}
	}
	if name == "" {
		return
	}
	(*known)[name] = name // even if it is another name of something else
	for _, other := range append(others, name) {
		for _, spelling := range []string{other, strings.ToLower(other)} {
			if same, ok := (*known)[spelling]; !ok {
				(*known)[spelling] = name
			} else if same != name {
				(*known)[spelling] = spelling // it does not identify either of the two
			}
		}
	}
	delete(*known, "")
}

// Canonical returns the name to compare for a name in a column: the name of the user or
// resource if the given name identifies it, else the given name.
func (n *Names) Canonical(c Column, name string) string {
	known := n.users
	if c == ResourceName {
		known = n.resources
	}
	for _, spelling := range []string{name, strings.ToLower(name)} {
		if same, ok := known[spelling]; ok {
			return same
		}
	}
	return name
}

// identity returns the part of a row that is compared.
func (n *Names) identity(row *Row, missing Columns) Row {
	id := Row{}
	for c := range columnCount {
		if !missing.Has(c) {
			id.SetCell(c, row.Cell(c))
		}
	}
	id.UserName, id.ResourceName = n.Canonical(UserName, row.UserName), n.Canonical(ResourceName, row.ResourceName)
	return id
}
