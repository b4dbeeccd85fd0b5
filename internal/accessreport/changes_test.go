package accessreport_test

import (
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
)

// changedRow returns a row of larry on web-01 as root.
func changedRow(privileges, conditions string) accessreport.Row {
	return accessreport.Row{
		UserName: "larry", UserStatus: "ACTIVE", ResourceName: "web-01", Account: "root", Privileges: privileges, Conditions: conditions,
		Requirements: accessreport.ParseConditions(conditions),
	}
}

func TestCompareChanges(t *testing.T) {
	t.Parallel()
	disabled := changedRow("user", "MFA")
	disabled.UserStatus = "DISABLED"
	long := strings.Repeat("MFA, ", 2000) + "MFA" // too long to be parsed
	for name, test := range map[string]struct {
		before, after accessreport.Row
		want          string // weakened, strengthened or altered
		lost, gained  []accessreport.Protection
	}{
		"MFA lost":                     {changedRow("user", "MFA"), changedRow("user", ""), "weakened", []accessreport.Protection{"mfa"}, nil},
		"MFA for approval":             {changedRow("user", "MFA"), changedRow("user", "Approval"), "weakened", []accessreport.Protection{"mfa"}, []accessreport.Protection{"approval"}},
		"recording lost":               {changedRow("user", "Okta Gateway with Session Recording"), changedRow("user", "Okta Gateway"), "weakened", []accessreport.Protection{"recording"}, nil},
		"more privileges":              {changedRow("user", ""), changedRow("admin", "MFA"), "weakened", []accessreport.Protection{"privileges"}, []accessreport.Protection{"mfa"}},
		"unknown privileges":           {changedRow("user", ""), changedRow("sudo", ""), "weakened", []accessreport.Protection{"privileges"}, nil},
		"another case and more":        {changedRow("User", "MFA"), changedRow("admin", "MFA"), "weakened", []accessreport.Protection{"privileges"}, nil},
		"blanks and more":              {changedRow(" USER\u00a0", ""), changedRow("Admin", "MFA"), "weakened", []accessreport.Protection{"privileges"}, []accessreport.Protection{"mfa"}},
		"fewer in another case":        {changedRow("admin", ""), changedRow("User", ""), "strengthened", nil, []accessreport.Protection{"privileges"}},
		"only another case":            {changedRow("user", ""), changedRow("User", ""), "altered", nil, nil},
		"another case and MFA":         {changedRow("user", ""), changedRow("User", "MFA"), "altered", nil, []accessreport.Protection{"mfa"}},
		"unknown privileges, not user": {changedRow("user", ""), changedRow("user admin", ""), "weakened", []accessreport.Protection{"privileges"}, nil},
		"unknown text for MFA":         {changedRow("user", "MFA"), changedRow("user", "Moon phase"), "weakened", []accessreport.Protection{"mfa"}, nil},
		"MFA gained":                   {changedRow("user", ""), changedRow("user", "MFA"), "strengthened", nil, []accessreport.Protection{"mfa"}},
		"fewer privileges":             {changedRow("admin", "MFA"), changedRow("user", "MFA"), "strengthened", nil, []accessreport.Protection{"privileges"}},
		"MFA gained for unknown text":  {changedRow("user", "Moon phase"), changedRow("user", "MFA"), "altered", nil, []accessreport.Protection{"mfa"}},
		"other details":                {changedRow("user", "Approval (2 approvers)"), changedRow("user", "Approval (1 approver), MFA"), "altered", nil, []accessreport.Protection{"mfa"}},
		"other assurance":              {changedRow("user", "urn:okta:loa:2fa:phr"), changedRow("user", "urn:okta:loa:2fa:any, Approval"), "altered", nil, []accessreport.Protection{"approval"}},
		"details added":                {changedRow("user", "MFA"), changedRow("user", "MFA (every 8 hours), Approval"), "altered", nil, []accessreport.Protection{"approval"}},
		"unknown text added":           {changedRow("user", ""), changedRow("user", "Moon phase"), "altered", nil, nil},
		"other privileges":             {changedRow("admin", ""), changedRow("sudo", ""), "altered", nil, nil},
		"other spelling":               {changedRow("user", "MFA"), changedRow("user", "mfa"), "altered", nil, nil},
		"too long":                     {changedRow("user", long), changedRow("user", "Okta Gateway"), "altered", nil, []accessreport.Protection{"gateway"}},
		"only a separator":             {changedRow("user", "+"), changedRow("user", "MFA"), "altered", nil, []accessreport.Protection{"mfa"}},
		"status and MFA":               {disabled, changedRow("user", "MFA"), "altered", nil, nil},
	} {
		changes := accessreport.CompareChanges([]accessreport.Row{test.before}, []accessreport.Row{test.after})
		parts := map[string][]accessreport.Change{"weakened": changes.Weakened, "strengthened": changes.Strengthened, "altered": changes.Altered}
		want := []accessreport.Change{{Before: test.before, After: test.after, Lost: test.lost, Gained: test.gained}}
		for part, got := range parts {
			if (part == test.want) != (len(got) == 1) || part == test.want && gocmp.Diff(want, got) != "" {
				t.Errorf("%s: got %s %+v, want it in %s: %+v", name, part, got, test.want, want)
			}
		}
		if changes.Granted != nil || changes.Revoked != nil || changes.Unchanged != nil {
			t.Errorf("%s: got %+v, want only a change", name, changes)
		}
	}
}

// What was added and removed is exactly what was granted and revoked, and both sides of the
// pairs. Only rows of the same user, resource and account are paired, and one to one.
func TestCompareChangesIsComplete(t *testing.T) {
	t.Parallel()
	row := rapid.Custom(func(t *rapid.T) accessreport.Row {
		r := changedRow(rapid.SampledFrom([]string{"user", "admin"}).Draw(t, "privileges"), rapid.SampledFrom([]string{"", "MFA", "Approval, MFA", "Moon phase"}).Draw(t, "conditions"))
		r.UserName = rapid.SampledFrom([]string{"larry", "ann"}).Draw(t, "user")
		r.Account = rapid.SampledFrom([]string{"root", "postgres"}).Draw(t, "account")
		return r
	})
	rapid.Check(t, func(t *rapid.T) {
		before, after := rapid.SliceOfN(row, 0, 8).Draw(t, "before"), rapid.SliceOfN(row, 0, 8).Draw(t, "after")
		d, c := accessreport.Diff(before, after), accessreport.CompareChanges(before, after)
		removed, added := slices.Clone(c.Revoked), slices.Clone(c.Granted)
		for _, change := range slices.Concat(c.Weakened, c.Strengthened, c.Altered) {
			removed, added = append(removed, change.Before), append(added, change.After)
			b, a := change.Before, change.After
			if b.UserName != a.UserName || b.ResourceName != a.ResourceName || b.Account != a.Account {
				t.Errorf("got the pair %+v, want one of the same access", change)
			}
		}
		accessreport.Sort(removed)
		accessreport.Sort(added)
		if diff := gocmp.Diff(d.Removed, removed) + gocmp.Diff(d.Added, added) + gocmp.Diff(d.Unchanged, c.Unchanged); diff != "" {
			t.Errorf("rows (-difference, +changes):\n%s", diff)
		}
	})
}
