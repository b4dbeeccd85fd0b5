package opasim_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

func TestDefaultWorldIsConsistent(t *testing.T) {
	w := opasim.DefaultWorld()
	uuid := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	ids := map[string]bool{}
	wantNewID := func(what, id string) {
		t.Helper()
		if !uuid.MatchString(id) || ids[id] {
			t.Errorf("%s: got id %q, want a new UUID", what, id)
		}
		ids[id] = true
	}
	for _, u := range w.Users() {
		wantNewID("user "+u.Name, u.ID)
		for _, row := range w.UserRows(u.ID, opasim.ServerType) {
			if row.Account != u.Account && row.Privileges != opasim.PrivilegeUser {
				t.Errorf("shared account: got %+v, want the privilege user", row)
			}
		}
	}
	for _, g := range w.Groups() {
		wantNewID("group "+g.Name, g.ID)
	}
	for _, h := range w.AllServers() {
		wantNewID("server "+h.Hostname, h.ID)
	}
	if got, want := w.User("larry.linuxadmin").ID, "37c95f37-f702-55b9-90d1-bf7f87cce9db"; got != want {
		t.Errorf("id of larry: got %s, want %s, as in earlier versions", got, want)
	}
}

// Other tests depend on these hostnames.
func TestDefaultWorldDuplicateHostnames(t *testing.T) {
	w := opasim.DefaultWorld()
	for _, test := range []struct{ hostname, want string }{
		{"web-01", "storefront ACTIVE"},
		{"app-01", "storefront ACTIVE, warehouse ACTIVE"},
		{"cache-01", "storefront ACTIVE, warehouse ACTIVE deleted"},
		{"db-02", "storefront INACTIVE, storefront ACTIVE"},
		{"metrics-01", "observability ACTIVE"},
		{"Metrics-01", "observability ACTIVE"},
		{"island-01", "vault ACTIVE"},
		{"nowhere-01", ""},
	} {
		hosts := w.Servers(test.hostname)
		got := make([]string, len(hosts))
		for i, h := range hosts {
			got[i] = h.ProjectName + " " + h.State
			if h.DeletedAt != "" {
				got[i] += " deleted"
			}
		}
		if strings.Join(got, ", ") != test.want {
			t.Errorf("%s: got %q, want %q", test.hostname, got, test.want)
		}
	}
}

const validWorld = `
		user "ann" {}
		group "g" { members = ["ann"] }
		resource_group "rg" {
		  project "p" {
		    server "h" {}
		  }
		}
	`

// invalidWorlds contains world files with the error that each causes.
var invalidWorlds = []struct{ name, src, want string }{
	{"syntax", `user {`, "bad.hcl:"},
	{"unknown attribute", `user "ann" { shoe = 40 }`, "shoe"},
	{"user twice", validWorld + `user "ann" {}`, `user "ann": another user has the same name`},
	{"group twice", validWorld + `group "g" { members = [] }`, `group "g": another group has the same name`},
	{"type", `user "ann" { type = "robot" }`, `type = "robot": want one of human, service`},
	{"status", `user "ann" { status = "ASLEEP" }`, `status = "ASLEEP"`},
	{"deleted without a timestamp", `user "ann" { status = "DELETED" }`, "status DELETED and deleted_at go together"},
	{"timestamp", `group "g" {
		members    = []
		deleted_at = "yesterday"
	}`, `deleted_at = "yesterday": want an RFC 3339 time`},
	{"member", `group "g" { members = ["bob"] }`, `group "g": no user "bob" in this world`},
	{"project name", `resource_group "rg" {
		project "a b" {}
	}`, `project "a b"`},
	{"server twice", `resource_group "rg" {
		project "p" {
			server "h" {}
			server "h" {}
		}
	}`, `server "h" of project "p": the hostname is used twice`},
	{"os_type", `resource_group "rg" {
		project "p" {
			server "h" { os_type = "abacus" }
		}
	}`, `os_type = "abacus"`},
	{"policy's group", validWorld + `policy "x" { groups = ["nobody"] }`, `policy "x": no group "nobody" in this world`},
	{"nothing granted", validWorld + `policy "x" {
		groups = ["g"]
		rule "r" {
			servers {}
		}
	}`, `policy "x": rule "r": the rule grants nothing`},
	{"no such server", validWorld + `policy "x" {
		groups = ["g"]
		rule "r" {
			servers { hostname = "i" }
			individual = ["user"]
		}
	}`, `rule "r": no server in this world matches`},
	{"privilege", validWorld + `policy "x" {
		groups = ["g"]
		rule "r" {
			servers {}
			individual = ["king"]
		}
	}`, `individual = "king": want one of user, admin`},
	{"condition", validWorld + `policy "x" {
		groups = ["g"]
		rule "r" {
			servers {}
			shared     = ["root"]
			conditions = ["rain"]
		}
	}`, `conditions = "rain": want one of gateway`},
}

func TestParseWorldErrors(t *testing.T) {
	for _, test := range invalidWorlds {
		t.Run(test.name, func(t *testing.T) {
			_, err := opasim.ParseWorld("bad.hcl", []byte(test.src))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got error %v, want one with %q", err, test.want)
			}
		})
	}
}

func TestGenerateWorld(t *testing.T) {
	w := opasim.GenerateWorld(12, 7)
	if n := len(w.Group("all-users").Members); n != 12 {
		t.Errorf("all-users: got %d members, want 12", n)
	}
	for _, u := range w.Users() {
		if n := len(w.UserRows(u.ID, opasim.ServerType)); n != 7 {
			t.Errorf("%s: got %d rows, want 7", u.Name, n)
		}
	}
	if n := len(w.ResourceRows(w.Servers("server-0007")[0].ID, opasim.ServerType)); n != 12 {
		t.Errorf("server-0007: got %d rows, want 12", n)
	}
}
