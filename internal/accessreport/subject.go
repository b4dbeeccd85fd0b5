package accessreport

import (
	"fmt"
	"slices"
	"strings"
)

// SubjectError is a report whose rows name other subjects than its own, for example
// because columns were swapped or files joined.
type SubjectError struct {
	Column Column   // UserName or ResourceName
	Known  bool     // whether some rows have a known name of the subject
	Names  []string // some of the other names, in the order of the rows
	More   bool     // whether there are more names than Names
}

// Error returns a predicate, such as "contains rows for …": its subject is the report.
func (e *SubjectError) Error() string {
	subjects := "users"
	if e.Column == ResourceName {
		subjects = "resources"
	}
	names := quoteCells(e.Names)
	if e.More {
		names += " and more"
	}
	if e.Known {
		return fmt.Sprintf("also contains rows for other %s. Names in the column %s: %s", subjects, e.Column, names)
	}
	return fmt.Sprintf("contains rows for multiple %s. Names in the column %s: %s", subjects, e.Column, names)
}

// maxNames is the number of names in a SubjectError.
const maxNames = 5

// CheckSubject checks that all rows of a report are about one subject, a user or a
// resource, by the names in the column for it. Names are compared without case. The
// check includes rows that a filter rejected.
//
// The subject may have several known names, and rows may use any of them. If
// rows use other names, CheckSubject returns a *SubjectError. If all rows use the same
// other name, it returns that name as unknown instead, because the spelling of names in
// reports is not documented (API.md, csv-resource-name). If no name is known, it accepts
// any single name. Decode rejects empty names.
func (r *Report) CheckSubject(column Column, known []string) (unknown string, err error) {
	names := r.namesIn(column)
	sawKnown := false
	var others []string
	for _, name := range names.list {
		if containsFold(known, name) {
			sawKnown = true
		} else if !containsFold(others, name) && len(others) <= maxNames {
			others = append(others, name)
		}
	}
	switch {
	case len(others) > 1, len(others) == 1 && sawKnown, names.more:
		return "", &SubjectError{Column: column, Known: sawKnown, Names: others[:min(len(others), maxNames)], More: len(others) > maxNames || names.more}
	case len(others) == 0, len(known) == 0:
		return "", nil
	}
	return others[0], nil
}

// SubjectNames returns the distinct names in the column for the subject, UserName or
// ResourceName, including those in rows that a filter rejected.
func (r *Report) SubjectNames(column Column) []string { return r.namesIn(column).list }

func (r *Report) namesIn(column Column) *distinctNames {
	if column == ResourceName {
		return &r.servers
	}
	return &r.users
}

func containsFold(names []string, name string) bool {
	return slices.ContainsFunc(names, func(known string) bool { return strings.EqualFold(known, name) })
}
