package provider_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// Labels select servers, alone and together with every other argument that does.
func TestLabels(t *testing.T) {
	t.Parallel()
	sim := opasim.Start(t, opasim.Options{PageSize: 3})
	world := sim.World()
	web, app := world.Servers("web-01")[0], world.Servers("app-01")
	for name, test := range map[string]struct {
		arguments config
		labels    map[string]string
		among     func(*opasim.Host) bool
	}{
		"one label":         {nil, map[string]string{"env": "staging"}, nil},
		"two labels":        {nil, map[string]string{"env": "production", "role": "web"}, nil},
		"in a project":      {config{"project_name": "storefront"}, map[string]string{"role": "app"}, func(h *opasim.Host) bool { return h.ProjectName == "storefront" }},
		"in a project ID":   {config{"project_id": web.ProjectID}, map[string]string{"role": "db"}, func(h *opasim.Host) bool { return h.ProjectID == web.ProjectID }},
		"in a group":        {config{"resource_group_id": web.ResourceGroupID}, map[string]string{"env": "staging"}, func(h *opasim.Host) bool { return h.ResourceGroupID == web.ResourceGroupID }},
		"hostnames":         {config{"hostnames": []any{"web-01", "metrics-01"}}, map[string]string{"env": "production"}, func(h *opasim.Host) bool { return h.Hostname == "web-01" }},
		"IDs":               {config{"resource_ids": []any{app[0].ID, app[1].ID}}, map[string]string{"env": "staging"}, func(h *opasim.Host) bool { return h.Hostname == "app-01" }},
		"no such value":     {config{"allow_empty": true}, map[string]string{"env": "Production"}, nil},
		"no such label":     {config{"allow_empty": true}, map[string]string{"Env": "production"}, nil},
		"one label of two":  {config{"allow_empty": true}, map[string]string{"env": "staging", "role": "web"}, nil},
		"part of a value":   {config{"allow_empty": true}, map[string]string{"env": "prod"}, nil},
		"an empty value":    {config{"allow_empty": true}, map[string]string{"env": ""}, nil},
		"a label not named": {config{"allow_empty": true, "hostnames": []any{"web-01"}}, map[string]string{"env": "staging"}, func(*opasim.Host) bool { return false }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var want []any
			labels := map[string]any{}
			for key, value := range test.labels {
				labels[key] = value
			}
			for _, host := range world.AllServers() {
				matches := host.DeletedAt == "" && (test.among == nil || test.among(host))
				for key, value := range test.labels {
					matches = matches && host.Labels[key] == value && value != ""
				}
				if matches {
					want = append(want, host.ID)
				}
			}
			s := configured(t, sim)
			state, diags := s.read("opa_resource_access_reports", with(config{"labels": labels}, test.arguments))
			if wantWarning := want == nil; state == nil || wantWarning != strings.HasPrefix(diags, "warning: Empty selection at AttributeName(\"labels\")") {
				t.Fatalf("got %s\nwant a warning on an empty selection: %t", diags, wantWarning)
			}
			named := 0
			for _, argument := range []string{"hostnames", "resource_ids"} {
				names, _ := test.arguments[argument].([]any)
				named += len(names)
			}
			if wantWarning := named > len(want); wantWarning != strings.Contains(diags, "warning: Servers left out") || !wantWarning && want != nil && diags != "" {
				t.Fatalf("got %s\nwant a warning on servers left out: %t", diags, wantWarning)
			}
			sameIDs(t, want, column(t, state, "resources", "resource_id"))
			if arguments := test.arguments; arguments["hostnames"] == nil && arguments["resource_ids"] == nil {
				within := with(config{"labels": labels}, arguments)
				delete(within, "allow_empty")
				state, diags = s.read("opa_servers", within)
				if wantWarning := want == nil; wantWarning != strings.HasPrefix(diags, "warning: No servers found at AttributeName(\"labels\")") || !wantWarning && diags != "" {
					t.Fatalf("opa_servers: got %s\nwant a warning: %t", diags, wantWarning)
				}
				sameIDs(t, want, column(t, state, "servers", "id"))
			}
		})
	}
}

func sameIDs(t *testing.T, want, got []any) {
	t.Helper()
	order := func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) }
	slices.SortFunc(want, order)
	slices.SortFunc(got, order)
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("IDs (-want, +got):\n%s", diff)
	}
}

// Labels that a tenant does not return, or returns in another format, never select no
// servers.
func TestLabelErrors(t *testing.T) {
	t.Parallel()
	const (
		first  = `"id":"11111111-1111-4111-8111-111111111111","hostname":"a","state":"ACTIVE"`
		second = `"id":"22222222-2222-4222-8222-222222222222","hostname":"b","state":"ACTIVE"`
	)
	for name, test := range map[string]struct{ servers, want string }{
		"no field":       {`{` + first + `},{` + second + `}`, "error: No labels found at AttributeName(\"labels\")"},
		"null":           {`{` + first + `,"labels":null},{` + second + `}`, "error: No labels found"},
		"no labels":      {`{` + first + `,"labels":{}},{` + second + `,"labels":{}}`, "error: No labels found"},
		"a list":         {`{` + first + `,"labels":["env=production"]},{` + second + `,"labels":{"env":"production"}}`, "error: Unexpected response from OPA"},
		"a number":       {`{` + first + `,"labels":{"env":1}},{` + second + `,"labels":{"env":"production"}}`, "error: Unexpected response from OPA"},
		"some without":   {`{` + first + `},{` + second + `,"labels":{"env":"production"}}`, ""},
		"other labels":   {`{` + first + `,"labels":{"role":"web"}},{` + second + `,"labels":{}}`, "error: Empty selection"},
		"no servers":     {``, "error: Empty selection"},
		"empty argument": {``, "error: Invalid Attribute Value"},
		"no argument":    {``, "error: Missing Attribute Configuration"},
		"two selections": {``, "error: Invalid Attribute Combination"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body := []byte(`{"list":[` + test.servers + `]}`)
			s := configured(t, opasim.Start(t, opasim.Options{Faults: []opasim.Fault{
				{Path: "/all_servers", Status: http.StatusOK, Body: body},
				{Method: http.MethodPost, Path: "/access_reports", Status: http.StatusBadRequest},
			}}))
			labels := config{"labels": map[string]any{"env": "production"}}
			switch name {
			case "empty argument":
				labels = config{"labels": map[string]any{}}
			case "no argument":
				labels = config{}
			case "two selections":
				labels = config{"labels": map[string]any{"env": "production"}, "project_name": "p", "hostnames": []any{"a"}}
			}
			state, diags := s.read("opa_resource_access_reports", labels)
			want := test.want
			if want == "" {
				want = "error: Missing access reports" // the labeled server was selected
			}
			if state != nil || !strings.HasPrefix(diags, want) {
				t.Errorf("got %v and %s\nwant %q", state, diags, want)
			}
			if strings.HasPrefix(test.want, "error: No labels") || strings.HasPrefix(test.want, "error: Unexpected") {
				if state, diags := s.read("opa_servers", labels); state != nil || !strings.HasPrefix(diags, test.want) {
					t.Errorf("opa_servers: got %v and %s\nwant %q", state, diags, test.want)
				}
			}
		})
	}
}
