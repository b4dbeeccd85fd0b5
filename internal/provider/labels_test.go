package provider_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// labeled reports whether a server has all labels.
func labeled(h *opasim.Host, labels map[string]any) bool {
	for name, value := range labels {
		if has, ok := h.Labels[name]; !ok || has != value {
			return false
		}
	}
	return true
}

func TestServersWithLabels(t *testing.T) {
	for name, options := range lookupTenants() {
		t.Run(name, func(t *testing.T) {
			sim := opasim.Start(t, options)
			s := configured(t, sim)
			for _, labels := range []map[string]any{{"env": "production"}, {"env": "staging", "role": "app"}, {"role": "metrics"}} {
				want := serverIDs(sim.World(), func(h *opasim.Host) bool { return labeled(h, labels) })
				lookupCase{"opa_servers", config{"labels": labels}, "servers", "id", want}.run(t, s)
				lookupCase{"opa_resource_access_reports", config{"labels": labels}, "resources", "resource_id", want}.run(t, s)
				inCommerce := serverIDs(sim.World(), func(h *opasim.Host) bool { return labeled(h, labels) && h.ProjectName == "storefront" })
				arguments := config{"labels": labels, "project_name": "storefront", "allow_empty": true}
				if state, diags := s.read("opa_resource_access_reports", arguments); strings.Contains(diags, "error: ") || !slices.Equal(column(t, state, "resources", "resource_id"), inCommerce) {
					t.Errorf("%v: got %v and diagnostics %q, want the resources %v", arguments, state, diags, inCommerce)
				}
			}
			checkContract(t, sim)
		})
	}
}

// Labels narrow a selection by name or ID. A server that is named and does not have
// them is an error.
func TestNamedServersWithLabels(t *testing.T) {
	t.Parallel()
	sim := opasim.Start(t, opasim.Options{})
	s := configured(t, sim)
	world := sim.World()
	app, web := world.Servers("app-01"), world.Servers("web-01")[0]
	for name, test := range map[string]struct {
		arguments config
		want      []any // IDs
		err       string
	}{
		"a hostname":                     {config{"hostnames": []any{"web-01"}, "labels": map[string]any{"role": "web"}}, []any{web.ID}, ""},
		"an ID":                          {config{"resource_ids": []any{web.ID}, "labels": map[string]any{"role": "web"}}, []any{web.ID}, ""},
		"one of two duplicate hostnames": {config{"hostnames": []any{"app-01"}, "labels": map[string]any{"env": "staging"}}, []any{app[1].ID}, ""},
		"both duplicate hostnames":       {config{"hostnames": []any{"app-01"}, "labels": map[string]any{"role": "app"}}, nil, "2 servers have the hostname"},
		"a hostname without the label":   {config{"hostnames": []any{"web-01", "win-01"}, "labels": map[string]any{"role": "web"}}, nil, `win-01: Labels do not match. The server with the hostname "win-01" does not have the label role = "web".`},
		"an ID without the label":        {config{"resource_ids": []any{web.ID}, "labels": map[string]any{"role": "db"}}, nil, `does not have the label role = "db"`},
	} {
		state, diags := s.read("opa_resource_access_reports", test.arguments)
		if test.err != "" {
			if state != nil || !strings.HasPrefix(diags, "error: Missing access reports") || !strings.Contains(diags, test.err) {
				t.Errorf("%s: got state %v, diagnostics %s\nwant an error that contains %s", name, state, diags, test.err)
			}
			continue
		}
		if diff := gocmp.Diff(test.want, column(t, state, "resources", "resource_id")); diff != "" || diags != "" {
			t.Errorf("%s: got diagnostics %q, want none; IDs (-want +got):\n%s", name, diags, diff)
		}
	}
}

// A selection by labels that cannot be applied is an error, not "no servers".
func TestLabelsNotAvailable(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ servers, want string }{
		"no labels":      {`{"id":"1","hostname":"a"},{"id":"2","hostname":"b","labels":null}`, "error: No labels found at AttributeName(\"labels\")"},
		"another format": {`{"id":"1","hostname":"a","labels":{"env":"prod"}},{"id":"2","hostname":"b","labels":["env=prod"]}`, "error: Unexpected response from OPA"},
	} {
		sim := opasim.Start(t, opasim.Options{Faults: []opasim.Fault{{Path: "/all_servers", Status: http.StatusOK, Body: []byte(`{"list":[` + test.servers + `]}`)}}})
		s := configured(t, sim)
		for _, source := range []string{"opa_servers", "opa_resource_access_reports"} {
			arguments := config{"labels": map[string]any{"env": "prod"}}
			if source == "opa_resource_access_reports" {
				arguments["allow_empty"], arguments["allow_partial"] = true, true
			}
			if state, diags := s.read(source, arguments); state != nil || !strings.HasPrefix(diags, test.want) {
				t.Errorf("%s, %s: got state %v, diagnostics %s\nwant %s", name, source, state, diags, test.want)
			}
		}
	}
}

func TestLabelsAreValidated(t *testing.T) {
	t.Parallel()
	s := configured(t, opasim.Start(t, opasim.Options{}))
	for name, test := range map[string]struct {
		arguments config
		want      string
	}{
		"an empty map":         {config{"labels": map[string]any{}}, "must contain at least 1 elements"},
		"a null value":         {config{"labels": map[string]any{"env": nil}}, "Null Map Value"},
		"no selection":         {config{}, "At least one of these attributes must be configured"},
		"two other selections": {config{"labels": map[string]any{"env": "prod"}, "project_name": "p", "hostnames": []any{"a"}}, "cannot be configured together"},
	} {
		if state, diags := s.read("opa_resource_access_reports", test.arguments); state != nil || !strings.HasPrefix(diags, "error: ") || !strings.Contains(diags, test.want) {
			t.Errorf("%s: got state %v, diagnostics %s\nwant an error that contains %q", name, state, diags, test.want)
		}
	}
}

// Labels of deleted servers do not show that a tenant returns labels.
func TestLabelsOfDeletedServers(t *testing.T) {
	t.Parallel()
	body := []byte(`{"list":[{"id":"1","hostname":"a"},{"id":"2","hostname":"b","labels":{"env":"prod"},"deleted_at":"2025-01-31T12:00:00Z"}]}`)
	s := configured(t, opasim.Start(t, opasim.Options{Faults: []opasim.Fault{{Path: "/all_servers", Status: http.StatusOK, Body: body}}}))
	for _, read := range []string{"opa_servers", "opa_resource_access_reports"} {
		if state, diags := s.read(read, config{"labels": map[string]any{"env": "prod"}}); state != nil || !strings.HasPrefix(diags, "error: No labels found") {
			t.Errorf("%s: got %v and %s\nwant an error", read, state, diags)
		}
	}
}
