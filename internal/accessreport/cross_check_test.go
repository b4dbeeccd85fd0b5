package accessreport_test

import (
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
)

// Whatever is removed from one side is found again, with duplicates, whatever the order
// of the rows and the names that each side uses.
func TestCrossCheck(t *testing.T) {
	t.Parallel()
	names := new(accessreport.Names)
	names.Add(accessreport.UserName, "larry", "larry@example.com")
	names.Add(accessreport.ResourceName, "web-01", "web-01.example.com", "10.0.0.1")
	row := rapid.Custom(func(t *rapid.T) accessreport.Row {
		return accessreport.Row{
			UserName:     rapid.SampledFrom([]string{"larry", "ann"}).Draw(t, "user"),
			ResourceName: rapid.SampledFrom([]string{"web-01", "db-01"}).Draw(t, "resource"),
			Account:      rapid.SampledFrom([]string{"root", "larry"}).Draw(t, "account"),
			Conditions:   rapid.SampledFrom([]string{"", "MFA"}).Draw(t, "conditions"),
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(row, 0, 12).Draw(t, "rows")
		var users, resources, wantUsers, wantResources []accessreport.Row
		for _, row := range all {
			onUsers, onResources := row, row
			onUsers.SubjectID, onResources.SubjectID = "id of "+row.UserName, "id of "+row.ResourceName
			side := rapid.SampledFrom([]string{"both", "both", "user", "resource"}).Draw(t, "side")
			if onResources.UserName == "larry" && rapid.Bool().Draw(t, "other name") {
				onResources.UserName = "LARRY@example.com"
			}
			if onUsers.ResourceName == "web-01" && rapid.Bool().Draw(t, "other address") {
				onUsers.ResourceName = "10.0.0.1"
			}
			if side != "resource" {
				users = append(users, onUsers)
			}
			if side != "user" {
				resources = append(resources, onResources)
			}
			switch side {
			case "user":
				wantUsers = append(wantUsers, row)
			case "resource":
				wantResources = append(wantResources, row)
			}
		}
		onlyUsers, onlyResources := accessreport.CrossCheck(rapid.Permutation(users).Draw(t, "users"), rapid.Permutation(resources).Draw(t, "resources"), names)
		// A row that is missing on one side cancels an equal row that is missing on the other.
		want := accessreport.Diff(wantUsers, wantResources)
		if diff := gocmp.Diff(want.Removed, canonical(onlyUsers, names)); diff != "" {
			t.Errorf("rows of users only (-want, +got):\n%s", diff)
		}
		if diff := gocmp.Diff(want.Added, canonical(onlyResources, names)); diff != "" {
			t.Errorf("rows of resources only (-want, +got):\n%s", diff)
		}
	})
}

// canonical returns sorted rows with canonical names and without subjects.
func canonical(rows []accessreport.Row, names *accessreport.Names) (canonical []accessreport.Row) {
	for _, row := range rows {
		row.UserName = names.Canonical(accessreport.UserName, row.UserName)
		row.ResourceName = names.Canonical(accessreport.ResourceName, row.ResourceName)
		row.SubjectID = ""
		canonical = append(canonical, row)
	}
	accessreport.Sort(canonical)
	return canonical
}

// Every column that both sides have is compared. A column that one side does not have is
// not, and neither are extra columns.
func TestCrossCheckComparesColumns(t *testing.T) {
	t.Parallel()
	row := accessreport.Row{UserName: "larry", ResourceName: "web-01", Account: "root", Privileges: "user"}
	for c := accessreport.UserName; c <= accessreport.Conditions; c++ {
		other := row
		other.SetCell(c, "other")
		if users, resources := accessreport.CrossCheck([]accessreport.Row{row}, []accessreport.Row{other}, new(accessreport.Names)); len(users) != 1 || len(resources) != 1 {
			t.Errorf("%s: got %v and %v, want one row each", c, users, resources)
		}
	}
	other := row
	other.Extra = accessreport.NewExtra(map[string]string{"Policy": "p"})
	other.UserType, other.MissingColumns = "human", other.MissingColumns.With(accessreport.UserType)
	if users, resources := accessreport.CrossCheck([]accessreport.Row{row}, []accessreport.Row{other}, new(accessreport.Names)); users != nil || resources != nil {
		t.Errorf("got %v and %v, want no rows", users, resources)
	}
}

// A name that may mean two subjects does not stand for either of them.
func TestNames(t *testing.T) {
	t.Parallel()
	names := new(accessreport.Names)
	names.Add(accessreport.ResourceName, "web-01", "gateway", "10.0.0.1", "")
	names.Add(accessreport.ResourceName, "web-02", "gateway", "web-01")
	names.Add(accessreport.ResourceName, "WEB-02", "10.0.0.3")
	names.Add(accessreport.ResourceName, "10.0.0.3")
	names.Add(accessreport.ResourceName, "", "10.0.0.4")
	for name, want := range map[string]string{
		"web-01": "web-01", "Web-01": "web-01", "web-02": "web-02", "WEB-02": "WEB-02", "gateway": "gateway", "10.0.0.1": "web-01",
		"10.0.0.3": "10.0.0.3", "10.0.0.4": "10.0.0.4", "unknown": "unknown", "": "",
	} {
		if got := names.Canonical(accessreport.ResourceName, name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
	if got := names.Canonical(accessreport.UserName, "Web-01"); got != "Web-01" {
		t.Errorf("got %q for a user, want the name unchanged", got)
	}
}
