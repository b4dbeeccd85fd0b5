package provider_test

import (
	"maps"
	"net/http"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// An empty selection looks like "nobody has access", so it is an error unless
// allow_empty is true.
func TestEmptySelections(t *testing.T) {
	t.Parallel()
	sim := opasim.Start(t, opasim.Options{Faults: []opasim.Fault{
		{Path: "/resource_groups/{id}/all_servers", Status: http.StatusOK, Body: []byte(`{"list":[]}`)},
	}})
	s := configured(t, sim)
	t.Cleanup(func() {
		if n := sim.Count(http.MethodPost, "/access_reports"); n != 0 {
			t.Errorf("%d reports were created, want 0", n)
		}
	})
	const noSuchID = "00000000-0000-4000-8000-000000000000"
	for name, test := range map[string]struct {
		dataSource string
		members    string // the list of the members
		arguments  config
		contains   string
	}{
		"a misspelled project":              {"opa_resource_access_reports", "resources", config{"project_name": "storfront"}, `the project "storfront"`},
		"a project ID":                      {"opa_resource_access_reports", "resources", config{"project_id": noSuchID}, noSuchID},
		"a resource group":                  {"opa_resource_access_reports", "resources", config{"resource_group_id": noSuchID}, `the resource group "` + noSuchID},
		"labels":                            {"opa_resource_access_reports", "resources", config{"labels": map[string]any{"env": "prod"}}, `no server has the label env = "prod"`},
		"labels in a project":               {"opa_resource_access_reports", "resources", config{"labels": map[string]any{"env": "production"}, "project_name": "warehouse"}, `no server in the project "warehouse" has the label env = "production"`},
		"no hostnames":                      {"opa_resource_access_reports", "resources", config{"hostnames": []any{}}, "hostnames is an empty set"},
		"no resource IDs":                   {"opa_resource_access_reports", "resources", config{"resource_ids": []any{}}, "resource_ids is an empty set"},
		"a group without members":           {"opa_user_access_reports", "users", config{"group_name": "nobody-yet"}, `the group "nobody-yet"`},
		"a group without human members":     {"opa_user_access_reports", "users", config{"group_name": "automation", "user_type": "human"}, "user_type"},
		"a group without deleted members":   {"opa_user_access_reports", "users", config{"group_name": "staff", "user_status": []any{"DELETED"}}, "user_status"},
		"no user names":                     {"opa_user_access_reports", "users", config{"user_names": []any{}}, "user_names is an empty set"},
		"no user IDs":                       {"opa_user_access_reports", "users", config{"user_ids": []any{}}, "user_ids is an empty set"},
		"allow_partial without allow_empty": {"opa_user_access_reports", "users", config{"user_names": []any{}, "allow_partial": true}, "allow_empty"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, allowed := range []any{nil, false} {
				arguments := maps.Clone(test.arguments)
				arguments["allow_empty"] = allowed
				state, diags := s.read(test.dataSource, arguments)
				if state != nil || !strings.HasPrefix(diags, "error: Empty selection at AttributeName(") || !strings.Contains(strings.ToLower(diags), test.contains) || !strings.Contains(diags, "allow_empty = true") {
					t.Errorf("allow_empty = %v: got state %v, diagnostics %s\nwant an error that contains %q", allowed, state, diags, test.contains)
				}
			}
			arguments := maps.Clone(test.arguments)
			arguments["allow_empty"] = true
			state, diags := s.read(test.dataSource, arguments)
			if !strings.HasPrefix(diags, "warning: Empty selection") || strings.Contains(diags, "error: ") {
				t.Fatalf("allow_empty = true: got %s\nwant a warning", diags)
			}
			got := map[string]any{}
			for _, attribute := range []string{"status", "row_count", "rows", "unknown_conditions", "created_at", test.members} {
				got[attribute] = state[attribute]
			}
			want := map[string]any{"status": nil, "row_count": int64(0), "rows": []any{}, "unknown_conditions": []any{}, "created_at": nil, test.members: []any{}}
			if diff := gocmp.Diff(want, got); diff != "" {
				t.Errorf("allow_empty = true (-want +got):\n%s", diff)
			}
		})
	}
}

// allow_empty does not allow errors, and does not change a selection with members.
func TestAllowEmptyErrors(t *testing.T) {
	t.Parallel()
	s := configured(t, opasim.Start(t, opasim.Options{}))
	for name, test := range map[string]struct {
		arguments config
		want      string
	}{
		"a group that does not exist": {config{"group_name": "no such group"}, "error: Group not found"},
		"a user who does not exist":   {config{"user_names": []any{"harry.linuxadmin"}}, "error: Missing access reports"},
	} {
		test.arguments["allow_empty"] = true
		if state, diags := s.read("opa_user_access_reports", test.arguments); state != nil || !strings.HasPrefix(diags, test.want) {
			t.Errorf("%s: got state %v, diagnostics %s\nwant %s", name, state, diags, test.want)
		}
	}
	state, diags := s.read("opa_user_access_reports", config{"user_names": []any{"larry.linuxadmin"}, "allow_empty": true})
	if diags != "" || state["status"] != "COMPLETED" {
		t.Errorf("selection with members: got status %v, want COMPLETED and no diagnostics\n%s", state["status"], diags)
	}
}
