package opasim_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// summarize returns the columns that differ between the rows of a report, sorted.
func summarize(rows []opasim.Row) []string {
	all := make([]string, 0, len(rows))
	for _, r := range rows {
		all = append(all, strings.Join([]string{r.ResourceName, r.Account, r.Privileges, r.Conditions}, " | "))
	}
	slices.Sort(all)
	return all
}

func TestRowsOfAUser(t *testing.T) {
	w := opasim.DefaultWorld()
	for _, test := range []struct {
		user string
		want []string
	}{
		{"ci-deployer", []string{
			"app-01 | ci-deployer | user | ", // in storefront
			"app-01 | ci-deployer | user | ", // in warehouse
			"web-01 | ci-deployer | user | ",
			"web-02 | ci-deployer | user | ",
		}},
		{"wanda.windowsadmin", []string{
			`bench "seven", left | wanda.windowsadmin | user | `,
			"win-01 | Administrator | user | Okta Gateway with Session Recording, MFA",
			"win-01 | wanda.windowsadmin | admin | Okta Gateway, MFA",
			"win-01 | wanda.windowsadmin | user | Okta Gateway, MFA",
		}},
		{"neil.newcomer", []string{}}, // only a member of a deleted group
		{"dana.disabled", []string{}},
		{"greta.gone", []string{}},
		{"backup-runner", []string{}},
	} {
		t.Run(test.user, func(t *testing.T) {
			rows := w.UserRows(w.User(test.user).ID, opasim.ServerType)
			if diff := cmp.Diff(test.want, summarize(rows)); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRowsOfAServer(t *testing.T) {
	w := opasim.DefaultWorld()
	got := summarize(w.ResourceRows(w.Servers("web-01")[0].ID, opasim.ServerType))
	want := []string{
		"web-01 | ci-deployer | user | ",
		"web-01 | larry.linuxadmin | admin | ",
		"web-01 | larry.linuxadmin | admin | MFA",
		"web-01 | larry.linuxadmin | user | ",
		"web-01 | paula.pager | admin | Okta Gateway, Approval, MFA",
		"web-01 | paula.pager | user | Okta Gateway",
		"web-01 | rene.reader | admin | Okta Gateway, Approval, MFA",
		"web-01 | rene.reader | user | Okta Gateway",
		"web-01 | root | user | Okta Gateway with Session Recording, Approval",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	for name, id := range map[string]string{
		"unreachable": w.Servers("island-01")[0].ID,
		"deleted":     w.Servers("cache-01")[1].ID,
		"unknown":     "00000000-0000-4000-8000-000000000000",
	} {
		if rows := w.ResourceRows(id, opasim.ServerType); len(rows) > 0 {
			t.Errorf("%s server: got rows %v, want none", name, rows)
		}
	}
	if rows := w.ResourceRows(w.Servers("web-01")[0].ID, "database"); len(rows) > 0 {
		t.Errorf("another resource type: got rows %v, want none", rows)
	}
}

// The reports on all users have the same rows as the reports on all servers.
func TestUserAndResourceReportsAgree(t *testing.T) {
	for name, w := range map[string]*opasim.World{
		"default":   opasim.DefaultWorld(),
		"generated": opasim.GenerateWorld(5, 8),
	} {
		byUser, byServer := map[opasim.Row]int{}, map[opasim.Row]int{}
		for _, u := range w.Users() {
			for _, row := range w.UserRows(u.ID, opasim.ServerType) {
				byUser[row]++
			}
		}
		for _, h := range w.AllServers() {
			for _, row := range w.ResourceRows(h.ID, opasim.ServerType) {
				byServer[row]++
			}
		}
		if diff := cmp.Diff(byUser, byServer); diff != "" || len(byUser) == 0 {
			t.Errorf("%s world: got %d rows by user, want some, and the same by server (-by user +by server):\n%s", name, len(byUser), diff)
		}
	}
}

func TestRulesThatGrantTheSameGiveOneRow(t *testing.T) {
	w, err := opasim.ParseWorld("twice.hcl", []byte(`
		user "ann" {}
		group "a" { members = ["ann"] }
		group "b" { members = ["ann"] }
		resource_group "rg" {
		  project "p" {
		    server "h" {}
		  }
		}
		policy "first" {
		  groups = ["a", "b"]
		  rule "r" {
		    servers {}
		    individual = ["user"]
		  }
		}
		policy "second" {
		  groups = ["b"]
		  rule "same" {
		    servers {}
		    individual = ["user"]
		  }
		  rule "with-a-condition" {
		    servers {}
		    individual = ["user"]
		    conditions = ["mfa"]
		  }
		}
	`))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"h | ann | user | ", "h | ann | user | MFA"}
	if diff := cmp.Diff(want, summarize(w.UserRows(w.User("ann").ID, opasim.ServerType))); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}
