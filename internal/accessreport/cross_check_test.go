package accessreport_test

import (
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
)

// crossNames are the names of two users and of two servers with the same hostname.
func crossNames() *accessreport.Names {
	names := new(accessreport.Names)
	names.Add(accessreport.UserName, "id-larry", "larry", "larry@example.com")
	names.Add(accessreport.UserName, "id-ann", "ann", "")
	names.Add(accessreport.ResourceName, "id-web", "web-01", "web-01.example.com", "10.0.0.1")
	names.Add(accessreport.ResourceName, "id-prod", "db", "db.prod.example.com")
	names.Add(accessreport.ResourceName, "id-test", "db", "db.test.example.com")
	return names
}

// spellings are the names that mean only one server, by its ID.
var spellings = map[string][]string{
	"id-web":  {"web-01", "WEB-01.example.com", "10.0.0.1"},
	"id-prod": {"db.prod.example.com"},
	"id-test": {"db.test.example.com"},
}

// Whatever is removed from one side is found again, with duplicates, whatever the order
// of the rows and the names that each side uses.
func TestCrossCheck(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var users, resources, wantUsers, wantResources []accessreport.Row
		for range rapid.IntRange(0, 12).Draw(t, "rows") {
			row := accessreport.Row{
				UserName:   rapid.SampledFrom([]string{"larry", "ann"}).Draw(t, "user"),
				Account:    rapid.SampledFrom([]string{"root", "larry"}).Draw(t, "account"),
				Conditions: rapid.SampledFrom([]string{"", "MFA"}).Draw(t, "conditions"),
			}
			server := rapid.SampledFrom([]string{"id-web", "id-prod", "id-test"}).Draw(t, "server")
			onUser, onServer := row, row
			onUser.SubjectID, onServer.SubjectID = "id-"+row.UserName, server
			onUser.ResourceName = rapid.SampledFrom(spellings[server]).Draw(t, "name on the user's side")
			onServer.ResourceName = rapid.SampledFrom(append([]string{"db"}, spellings[server]...)).Draw(t, "name on the server's side")
			if row.UserName == "larry" && rapid.Bool().Draw(t, "email") {
				onServer.UserName = "Larry@example.com"
			}
			row.ResourceName = server
			side := rapid.SampledFrom([]string{"both", "both", "user", "resource"}).Draw(t, "side")
			if side != "resource" {
				users = append(users, onUser)
			}
			if side != "user" {
				resources = append(resources, onServer)
			}
			switch side {
			case "user":
				wantUsers = append(wantUsers, row)
			case "resource":
				wantResources = append(wantResources, row)
			}
		}
		onlyUsers, onlyResources := accessreport.CrossCheck(
			rapid.Permutation(users).Draw(t, "users"), rapid.Permutation(resources).Draw(t, "resources"), crossNames(), 0)
		// A row that is missing on one side cancels an equal row that is missing on the other.
		want := accessreport.Diff(wantUsers, wantResources)
		if diff := gocmp.Diff(want.Removed, withIDs(onlyUsers)); diff != "" {
			t.Errorf("rows of users only (-want, +got):\n%s", diff)
		}
		if diff := gocmp.Diff(want.Added, withIDs(onlyResources)); diff != "" {
			t.Errorf("rows of resources only (-want, +got):\n%s", diff)
		}
	})
}

// withIDs returns sorted rows with the ID of the server as its name, and without subjects.
func withIDs(rows []accessreport.Row) (with []accessreport.Row) {
	names := crossNames()
	for _, row := range rows {
		for id := range spellings {
			if row.SubjectID == id || names.Mean(accessreport.ResourceName, row.ResourceName, id) && row.SubjectID == "id-"+row.UserName {
				row.ResourceName = id
			}
		}
		if row.UserName == "Larry@example.com" {
			row.UserName = "larry"
		}
		row.SubjectID = ""
		with = append(with, row)
	}
	accessreport.Sort(with)
	return with
}

// A hostname of two servers may mean either of them, but only as often as they have rows.
func TestCrossCheckOfDuplicateHostnames(t *testing.T) {
	t.Parallel()
	onUser := func(server, conditions string) accessreport.Row {
		return accessreport.Row{UserName: "larry", SubjectID: "id-larry", ResourceName: server, Conditions: conditions}
	}
	onServer := func(id, name, conditions string) accessreport.Row {
		return accessreport.Row{UserName: "larry", SubjectID: id, ResourceName: name, Conditions: conditions}
	}
	const prod, test = "db.prod.example.com", "db.test.example.com"
	for name, c := range map[string]struct {
		users, servers []accessreport.Row
		differ         int // rows of each side
	}{
		"hostnames on both sides": {[]accessreport.Row{onUser("db", "MFA"), onUser("db", "")}, []accessreport.Row{onServer("id-test", "db", "MFA"), onServer("id-prod", "db", "")}, 0},
		"canonical names":         {[]accessreport.Row{onUser(prod, "MFA"), onUser(test, "")}, []accessreport.Row{onServer("id-prod", prod, "MFA"), onServer("id-test", test, "")}, 0},
		"swapped conditions":      {[]accessreport.Row{onUser(prod, "MFA"), onUser(test, "")}, []accessreport.Row{onServer("id-test", test, "MFA"), onServer("id-prod", prod, "")}, 2},
		"swapped, own hostnames":  {[]accessreport.Row{onUser(prod, "MFA"), onUser(test, "")}, []accessreport.Row{onServer("id-test", "db", "MFA"), onServer("id-prod", "db", "")}, 2},
		"a certain name first":    {[]accessreport.Row{onUser("db", ""), onUser(prod, "")}, []accessreport.Row{onServer("id-prod", "db", ""), onServer("id-test", "db", "")}, 0},
		"two rows of one server":  {[]accessreport.Row{onUser(prod, ""), onUser(prod, "")}, []accessreport.Row{onServer("id-prod", "db", ""), onServer("id-test", "db", "")}, 1},
		"an unknown name":         {[]accessreport.Row{onUser("cache", "")}, []accessreport.Row{onServer("id-web", "web-01", "")}, 1},
	} {
		onlyUsers, onlyServers := accessreport.CrossCheck(c.users, c.servers, crossNames(), 0)
		if len(onlyUsers) != c.differ || len(onlyServers) != c.differ {
			t.Errorf("%s: got %v and %v, want %d rows each", name, onlyUsers, onlyServers, c.differ)
		}
	}
}

// Every column is compared unless it is skipped. Extra columns are not.
func TestCrossCheckComparesColumns(t *testing.T) {
	t.Parallel()
	onUser := accessreport.Row{UserName: "larry", ResourceName: "web-01", Account: "root", Privileges: "user", SubjectID: "id-larry"}
	for c := accessreport.UserName; c <= accessreport.Conditions; c++ {
		onServer := onUser
		onServer.SubjectID = "id-web"
		onServer.SetCell(c, "other")
		// The name of the server on its own side does not matter: its ID is known.
		want := 1
		if c == accessreport.ResourceName {
			want = 0
		}
		users, servers := accessreport.CrossCheck([]accessreport.Row{onUser}, []accessreport.Row{onServer}, crossNames(), 0)
		if len(users) != want || len(servers) != want {
			t.Errorf("%s: got %v and %v, want %d rows each", c, users, servers, want)
		}
		skipped := accessreport.Columns(0).With(c)
		users, servers = accessreport.CrossCheck([]accessreport.Row{onUser}, []accessreport.Row{onServer}, crossNames(), skipped)
		if c != accessreport.UserName && (users != nil || servers != nil) {
			t.Errorf("%s, skipped: got %v and %v, want no rows", c, users, servers)
		}
	}
	onServer := onUser
	onServer.SubjectID, onServer.Extra = "id-web", accessreport.NewExtra(map[string]string{"Policy": "p"})
	if users, servers := accessreport.CrossCheck([]accessreport.Row{onUser}, []accessreport.Row{onServer}, crossNames(), 0); users != nil || servers != nil {
		t.Errorf("extra columns: got %v and %v, want no rows", users, servers)
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	names := new(accessreport.Names)
	names.Add(accessreport.ResourceName, "a", "web-01", "gateway", "")
	names.Add(accessreport.ResourceName, "b", "WEB-01", "gateway")
	names.Add(accessreport.ResourceName, "a", "own name")
	names.Add(accessreport.ResourceName, "b", "own name")
	for name, want := range map[string]string{
		"web-01": "a", "WEB-01": "b", "Web-01": "ab", "gateway": "ab", "GATEWAY": "ab", "own name": "ab", "unknown": "", "": "",
	} {
		for _, id := range []string{"a", "b"} {
			if got := names.Mean(accessreport.ResourceName, name, id); got != strings.Contains(want, id) {
				t.Errorf("%q, subject %s: got %t, want %t", name, id, got, !got)
			}
		}
	}
	if names.Mean(accessreport.UserName, "web-01", "a") {
		t.Error("got the name of a server for a user, want none")
	}
}
