package accessreport

import (
	"slices"
	"strings"
)

// Changes describes how access changed. Each part is sorted and contains duplicates.
type Changes struct {
	Granted   []Row // only after
	Revoked   []Row // only before
	Unchanged []Row // in both

	// Of these changes, the user, the resource and the account are the same before and
	// after. Weakened ones lost a requirement or have more privileges, whatever else they
	// gained. Strengthened ones only gained. Altered ones changed in another way, such as
	// conditions whose meaning is not known: nobody has reviewed them.
	Weakened, Strengthened, Altered []Change
}

// Change is a row that changed.
type Change struct {
	Before, After Row
	// Lost and Gained are the protections that differ, in the order of protections.
	Lost, Gained []Protection
}

// Protection is a part of a row that limits access.
type Protection string

// The protections. Privileges are lost when they become more than user.
const (
	ProtectionGateway    Protection = "gateway"
	ProtectionRecording  Protection = "recording"
	ProtectionApproval   Protection = "approval"
	ProtectionMFA        Protection = "mfa"
	ProtectionPrivileges Protection = "privileges"
)

// protections are all protections, and whether a row certainly has them.
var protections = []struct {
	name Protection
	has  func(*Row) bool
}{
	{ProtectionGateway, func(r *Row) bool { return r.Requirements.Gateway }},
	{ProtectionRecording, func(r *Row) bool { return r.Requirements.Recording }},
	{ProtectionApproval, func(r *Row) bool { return r.Requirements.Approval }},
	{ProtectionMFA, func(r *Row) bool { return r.Requirements.MFA }},
	{ProtectionPrivileges, hasUserPrivileges},
}

// hasUserPrivileges reports whether the privileges of a row are user, without regard to
// case, as in row filters, and to whitespace around the word.
func hasUserPrivileges(r *Row) bool {
	return strings.EqualFold(strings.TrimFunc(r.Privileges, isBlank), "user")
}

// CompareChanges compares rows like Diff, and pairs the rows that were removed with those
// that were added for the same user, resource and account. Only a single row is paired with
// a single row: otherwise, it is not known which row became which.
func CompareChanges(before, after []Row) Changes {
	d := Diff(before, after)
	removed, added := byAccount(d.Removed), byAccount(d.Added)
	c := Changes{Unchanged: d.Unchanged}
	for _, row := range d.Removed {
		if key := accountOf(&row); len(removed[key]) == 1 && len(added[key]) == 1 {
			c.add(newChange(row, added[key][0]))
		} else {
			c.Revoked = append(c.Revoked, row)
		}
	}
	for _, row := range d.Added {
		if key := accountOf(&row); len(removed[key]) != 1 || len(added[key]) != 1 {
			c.Granted = append(c.Granted, row)
		}
	}
	return c
}

// account identifies rows that may be the same access.
type account struct{ user, resource, name string }

func accountOf(row *Row) account { return account{row.UserName, row.ResourceName, row.Account} }

func byAccount(rows []Row) map[account][]Row {
	groups := map[account][]Row{}
	for _, row := range rows {
		groups[accountOf(&row)] = append(groups[accountOf(&row)], row)
	}
	return groups
}

func newChange(before, after Row) Change {
	c := Change{Before: before, After: after}
	for _, p := range protections {
		switch had, has := p.has(&before), p.has(&after); {
		case had && !has:
			c.Lost = append(c.Lost, p.name)
		case has && !had:
			c.Gained = append(c.Gained, p.name)
		}
	}
	return c
}

// add adds a change to the part that it belongs to. Changes are added in the order of
// their rows before, so each part is sorted.
func (c *Changes) add(change Change) {
	part := &c.Altered
	switch {
	case change.Lost != nil:
		part = &c.Weakened
	case change.Gained != nil && !change.unclear():
		part = &c.Strengthened
	}
	*part = append(*part, change)
}

// unclear reports whether something changed whose meaning is not known: conditions that
// were not fully understood, privileges that were and are more than user, or another cell.
func (c *Change) unclear() bool {
	b, a := identity(c.Before), identity(c.After)
	if b.Conditions != a.Conditions && (!hasOnlyTerms(b.Conditions) || !hasOnlyTerms(a.Conditions)) {
		return true // details such as the number of approvers may have become weaker
	}
	if b.Privileges != a.Privileges && !slices.Contains(c.Gained, ProtectionPrivileges) && !slices.Contains(c.Lost, ProtectionPrivileges) {
		return true
	}
	b.Conditions, b.Privileges = a.Conditions, a.Privileges
	return b != a
}
