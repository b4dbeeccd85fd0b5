package provider_test

import (
	"net/http"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/privileged-access/terraform-provider-opa/internal/clitest"
	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

func TestGroups(t *testing.T) {
	t.Parallel()
	world := clitest.World(t, `
		group "b-admins" {
			roles   = ["security_admin", "pam_admin"]
			members = []
		}
		group "a-admins" {
			roles   = ["resource_admin"]
			members = []
		}
		group "staff" { members = [] }
		group "old-admins" {
			roles      = ["pam_admin"]
			members    = []
			deleted_at = "2025-01-31T12:00:00Z"
		}`)
	for _, tenant := range []opasim.Options{{World: world}, {World: world, PageSize: 1, LinkLines: true}, {World: world, IgnoreServerFilters: true}} {
		s := configured(t, opasim.Start(t, tenant))
		for name, test := range map[string]struct {
			arguments config
			want      []any
		}{
			"all":      {nil, []any{"a-admins", "b-admins", "staff"}},
			"contains": {config{"contains": "ADMIN"}, []any{"a-admins", "b-admins"}},
			"role":     {config{"roles": []any{"Security_Admin"}}, []any{"b-admins"}},
			"roles":    {config{"roles": []any{"pam_admin", "resource_admin"}}, []any{"a-admins", "b-admins"}},
			"both":     {config{"roles": []any{"pam_admin"}, "contains": "b-"}, []any{"b-admins"}},
		} {
			state, diags := s.read("opa_groups", test.arguments)
			if diags != "" {
				t.Fatalf("%s: got %s\nwant no diagnostics", name, diags)
			}
			if diff := gocmp.Diff(test.want, column(t, state, "groups", "name")); diff != "" {
				t.Errorf("%s (-want, +got):\n%s", name, diff)
			}
			if name == "all" {
				want := []any{[]any{"resource_admin"}, []any{"pam_admin", "security_admin"}, []any{}}
				if diff := gocmp.Diff(want, column(t, state, "groups", "roles")); diff != "" {
					t.Errorf("roles (-want, +got):\n%s", diff)
				}
			}
		}
		state, diags := s.read("opa_groups", config{"roles": []any{"pam-admin", "security_admin"}})
		if state == nil || len(state["groups"].([]any)) != 1 || !strings.HasPrefix(diags, "warning: No groups found at AttributeName(\"roles\")") || !strings.Contains(diags, "pam-admin") || strings.Contains(diags, "security_admin") {
			t.Errorf("a misspelled role: got %v and %s\nwant a warning", state, diags)
		}
	}
}

// Roles that a tenant does not return are null, and a filter on them is an error if they
// are in an unknown format or if no group has any. A page that cannot be read is an error,
// too.
func TestGroupFailures(t *testing.T) {
	t.Parallel()
	const none, some = ``, `,"roles":["pam_admin"]`
	for _, test := range []struct {
		a, b         string // of two groups
		null, failed bool   // the roles of the first group, the filter
	}{
		{none, some, true, false},
		{none, none, true, true},
		{`,"roles":null`, some, true, false},
		{`,"roles":null`, none, true, true},
		{`,"roles":"pam_admin"`, some, true, true},
		{`,"roles":[1]`, some, true, true},
		{`,"roles":[]`, some, false, false},
		{`,"roles":[]`, none, false, false},
	} {
		body := []byte(`{"list":[{"id":"1","name":"a"` + test.a + `},{"id":"2","name":"b"` + test.b + `}]}`)
		s := configured(t, opasim.Start(t, opasim.Options{Faults: []opasim.Fault{{Path: "/groups", Status: http.StatusOK, Body: body}}}))
		state, diags := s.read("opa_groups", nil)
		if diags != "" || (column(t, state, "groups", "roles")[0] == nil) != test.null {
			t.Errorf("%+v: got %v and %s\nwant null roles: %t", test, state["groups"], diags, test.null)
		}
		state, diags = s.read("opa_groups", config{"roles": []any{"pam_admin"}})
		if (state == nil) != test.failed || strings.HasPrefix(diags, "error: Unexpected response from OPA") != test.failed {
			t.Errorf("%+v, filtered: got %v and %s\nwant an error: %t", test, state, diags, test.failed)
		}
	}
	// A group whose name matches may have no roles, which OPA may omit.
	body := []byte(`{"list":[{"id":"1","name":"staff"},{"id":"2","name":"admins","roles":["pam_admin"]}]}`)
	contains := configured(t, opasim.Start(t, opasim.Options{Faults: []opasim.Fault{{Path: "/groups", Status: http.StatusOK, Body: body}}}))
	state, diags := contains.read("opa_groups", config{"contains": "staff", "roles": []any{"pam_admin"}})
	if state == nil || len(state["groups"].([]any)) != 0 || !strings.HasPrefix(diags, "warning: No groups found") {
		t.Errorf("no roles of matching groups: got %v and %s\nwant no groups and a warning", state, diags)
	}
	s := configured(t, opasim.Start(t, opasim.Options{PageSize: 2, Faults: []opasim.Fault{{Path: "/groups", Nth: 2, Status: http.StatusForbidden}}}))
	if state, diags := s.read("opa_groups", nil); state != nil || !strings.HasPrefix(diags, "error: ") {
		t.Errorf("a page fails: got %v and %s\nwant an error", state, diags)
	}
}
