package provider_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/privileged-access/terraform-provider-opa/internal/clitest"
	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// A lookup by a wrong name offers what the name may have meant.
func TestSuggestions(t *testing.T) {
	t.Parallel()
	sim := opasim.Start(t, opasim.Options{PageSize: 200})
	for name, test := range map[string]struct {
		read      string
		arguments config
		want      string // "" for no suggestion
	}{
		"email":                  {"opa_user", config{"name": "RENE.reader@example.com"}, "This is the email address of \"rené.reader\"."},
		"email, report":          {"opa_user_access_report", config{"user_name": "dora.database@example.com"}, "This is the email address of \"dora.database\"."},
		"email, batch":           {"opa_user_access_reports", config{"user_names": []any{"dora.database@example.com", "larry.linuxadmin"}}, "This is the email address of \"dora.database\"."},
		"email of a deleted one": {"opa_user", config{"name": "greta.gone@example.com"}, ""},
		"case of a user":         {"opa_user", config{"name": "Larry.LinuxAdmin"}, "Did you mean \"larry.linuxadmin\"?"},
		"domain added":           {"opa_user", config{"name": "larry.linuxadmin@corp.example"}, "Did you mean \"larry.linuxadmin\"?"},
		"domain missing":         {"opa_user", config{"name": "paula+pager"}, "Did you mean \"paula+pager@example.com\"?"},
		"missing letter":         {"opa_user", config{"name": "lary.linuxadmin"}, "Did you mean \"larry.linuxadmin\"?"},
		"letters swapped":        {"opa_user", config{"name": "alrry.linuxadmin"}, "Did you mean \"larry.linuxadmin\"?"},
		"an IP address":          {"opa_server", config{"hostname": "10.20.1.19"}, ""},
		"another project":        {"opa_server", config{"hostname": "web-03", "project_name": "warehouse"}, ""},
		"a service user":         {"opa_user", config{"name": "ci-deploier"}, "Did you mean \"ci-deployer\"?"},
		"two errors":             {"opa_user", config{"name": "lary.linuxadmim"}, ""},
		"another user":           {"opa_user", config{"name": "harry.houdini"}, ""},
		"case of a server":       {"opa_server", config{"hostname": "WEB-01"}, "Did you mean \"web-01\"?"},
		"canonical name":         {"opa_resource_access_report", config{"hostname": "web-01.storefront.example.com"}, "Did you mean \"web-01\"?"},
		"local domain":           {"opa_resource_access_report", config{"hostname": "web-01.local"}, "Did you mean \"web-01\"?"},
		"hostname as canonical":  {"opa_resource_access_report", config{"canonical_name": "win-01"}, "Did you mean \"win-01.office.example.com\"?"},
		"two servers":            {"opa_resource_access_reports", config{"hostnames": []any{"web-0"}}, "Did you mean \"web-01\", \"web-02\"?"},
		"several servers":        {"opa_server", config{"hostname": "metrics-02"}, "Did you mean \"Metrics-01\", \"metrics-01\"?"},
		"a group":                {"opa_group_members", config{"group_name": "Staff"}, "Did you mean \"staff\"?"},
		"a group of a batch":     {"opa_user_access_reports", config{"group_name": "windows-admin"}, "Did you mean \"windows-admins\"?"},
		"a deleted group":        {"opa_group_members", config{"group_name": "Former-contractors"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			state, diags := configured(t, sim).read(test.read, test.arguments)
			if state != nil || !strings.Contains(diags, "not found") {
				t.Fatalf("got %v and %s\nwant that it was not found", state, diags)
			}
			suggests := strings.Contains(diags, "Did you mean") || strings.Contains(diags, "email address of")
			if !strings.Contains(diags, test.want) || suggests != (test.want != "") {
				t.Errorf("got %s\nwant it to contain %q", diags, test.want)
			}
		})
	}
}

// At most three names are offered. If the page of names cannot be read, there are none,
// and the error is the same.
func TestSuggestionLimits(t *testing.T) {
	t.Parallel()
	sim := opasim.Start(t, opasim.Options{World: opasim.GenerateWorld(30, 1)})
	s := configured(t, sim)
	_, diags := s.read("opa_user", config{"name": "user-000"})
	if want := "Did you mean \"user-0001\", \"user-0002\", \"user-0003\"?"; !strings.Contains(diags, want) {
		t.Errorf("got %s\nwant %s", diags, want)
	}
	if got := sim.Count(http.MethodGet, "/users"); got > 3 {
		t.Errorf("got %d reads of the list, want at most 3", got)
	}
	sim.SetFaults(opasim.Fault{Path: "/users", Status: http.StatusForbidden})
	if _, diags = s.read("opa_user", config{"name": "user-000"}); !strings.HasPrefix(diags, "error: User not found") || strings.Contains(diags, "Did you mean") {
		t.Errorf("got %s\nwant User not found without names", diags)
	}
}

// Only some of many wrong names cost requests for suggestions.
func TestSuggestionsForManyNames(t *testing.T) {
	t.Parallel()
	sim := opasim.Start(t, opasim.Options{World: opasim.GenerateWorld(30, 1)})
	var names []any
	for i := range 40 {
		names = append(names, fmt.Sprintf("nobody-%d", i))
	}
	if state, diags := configured(t, sim).read("opa_user_access_reports", config{"user_names": names}); state != nil || !strings.HasPrefix(diags, "error: Missing access reports") {
		t.Errorf("got %v and %s\nwant an error", state, diags)
	}
	if got := sim.Count(http.MethodGet, "/users"); got > 25 {
		t.Errorf("got %d reads of lists, want at most 25", got)
	}
}

// Without any email address, it is not known whether a user has the given one.
func TestUserByEmailWithoutEmails(t *testing.T) {
	t.Parallel()
	sim := opasim.Start(t, opasim.Options{World: clitest.World(t, `user "ann" {}`)})
	if state, diags := configured(t, sim).read("opa_user", config{"email": "ann@example.com"}); state != nil || !strings.HasPrefix(diags, "error: No email addresses found at AttributeName(\"email\")") {
		t.Errorf("got %v and %s\nwant an error", state, diags)
	}
}

func TestUserByEmail(t *testing.T) {
	t.Parallel()
	world := clitest.World(t, `
		user "ann" { email = "Ann@example.com" }
		user "bob" { email = "shared@example.com" }
		user "cleo" { email = "SHARED@example.com" }
		user "old" {
			email      = "new@example.com"
			status     = "DELETED"
			deleted_at = "2025-01-31T12:00:00Z"
		}
		user "new" { email = "new@example.com" }
		user "gone" {
			email      = "gone@example.com"
			status     = "DELETED"
			deleted_at = "2025-01-31T12:00:00Z"
		}
		user "robot" { type = "service" }`)
	for email, want := range map[string]string{
		"ann@EXAMPLE.com": "ann", "new@example.com": "new", "gone@example.com": "gone",
		"shared@example.com": "error: Multiple users found at AttributeName(\"email\")", "nobody@example.com": "error: User not found at AttributeName(\"email\")", "ann@example": "error: User not found",
	} {
		state, diags := configured(t, opasim.Start(t, opasim.Options{World: world, PageSize: 2})).read("opa_user", config{"email": email})
		if wantError := strings.HasPrefix(want, "error"); wantError && !strings.HasPrefix(diags, want) || !wantError && (diags != "" || state["name"] != want || state["email"] != email || state["id"] != world.User(want).ID) {
			t.Errorf("%s: got %v and %s\nwant %s", email, state, diags, want)
		}
	}
}
