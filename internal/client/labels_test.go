package client_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/privileged-access/terraform-provider-opa/internal/client"
	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// hostnames returns the hostnames of servers, separated by commas.
func hostnames(servers []client.Server) string {
	names := make([]string, len(servers))
	for i, server := range servers {
		names[i] = server.Hostname
	}
	return strings.Join(names, ",")
}

func TestServersWithLabels(t *testing.T) {
	for name, options := range tenants {
		t.Run(name, func(t *testing.T) {
			x := newTenant(t, options)
			commerce := x.World().Servers("web-01")[0].ResourceGroupID
			for _, test := range []struct {
				filter client.ServerFilter
				want   string // hostnames
			}{
				{client.ServerFilter{Labels: map[string]string{"env": "staging"}}, "app-01"},
				{client.ServerFilter{Labels: map[string]string{"role": "metrics"}}, "Metrics-01,metrics-01"},
				{client.ServerFilter{Labels: map[string]string{"role": "web", "env": "production"}}, "web-01,web-02"},
				{client.ServerFilter{Labels: map[string]string{"role": "web", "env": "staging"}}, ""},
				{client.ServerFilter{Labels: map[string]string{"env": "Staging"}}, ""},
				{client.ServerFilter{Labels: map[string]string{"ENV": "staging"}}, ""},
				{client.ServerFilter{Labels: map[string]string{"no such label": ""}}, ""},
				{client.ServerFilter{Labels: map[string]string{"role": "app"}, ResourceGroupID: commerce}, "app-01,app-01"},
				{client.ServerFilter{Labels: map[string]string{"role": "app"}, ProjectName: "warehouse"}, "app-01"},
				{client.ServerFilter{Labels: map[string]string{"env": "production"}, HostnameContains: "CACHE"}, "cache-01"},
			} {
				servers, err := x.Servers(t.Context(), test.filter)
				if got := hostnames(servers); got != test.want || err != nil {
					t.Errorf("%+v: got %s and error %v, want %s", test.filter, got, err, test.want)
				}
			}
			x.checkRequests()
		})
	}
}

// Labels distinguish servers with the same hostname.
func TestServerByLabels(t *testing.T) {
	x := newTenant(t, opasim.Options{})
	app, island := x.World().Servers("app-01"), x.World().Servers("island-01")[0]
	find := func(hostname, label, value string) (client.Server, error) {
		return x.ServerBy(t.Context(), client.ServerFilter{Hostname: hostname, Labels: map[string]string{label: value}})
	}
	for env, want := range map[string]string{"production": app[0].ID, "staging": app[1].ID} {
		if server, err := find("app-01", "env", env); server.ID != want || err != nil {
			t.Errorf("app-01 with env %s: got %s and error %v, want %s", env, server.ID, err, want)
		}
	}
	if _, err := find("app-01", "role", "app"); err == nil || err.Error() != `2 servers have the hostname "app-01"` {
		t.Errorf("got %v, want an error that two servers match", err)
	}
	_, err := x.ServerBy(t.Context(), client.ServerFilter{ID: island.ID, Labels: map[string]string{"role": "vault", "env": "production"}})
	mismatch, ok := errors.AsType[*client.LabelMismatchError](err)
	if want := `the server with the ID "` + island.ID + `" does not have the labels env = "production" and role = "vault"`; !ok || mismatch.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	_, err = find("no-such-host", "role", "app")
	if missing, ok := errors.AsType[*client.NotFoundError](err); !ok || missing.Value != "no-such-host" {
		t.Errorf("got %v, want a NotFoundError", err)
	}
}

// A list whose labels are missing or cannot be read is an error, not an empty selection.
func TestServersWithoutLabels(t *testing.T) {
	const with = `{"id":"1","hostname":"a","labels":{"env":"prod"}}`
	for name, test := range map[string]struct{ list, want, err string }{
		"no server":              {``, "", ""},
		"no labels":              {`{"id":"2","hostname":"b"}`, "", "the only server that OPA returned has no labels"},
		"labels null":            {`{"id":"2","hostname":"b","labels":null},{"id":"3","hostname":"c"}`, "", "none of the 2 servers that OPA returned has labels"},
		"labels empty":           {`{"id":"2","hostname":"b","labels":{}},{"id":"3","hostname":"c"}`, "", "none of the 2 servers that OPA returned has labels"},
		"others without labels":  {with + `,{"id":"2","hostname":"b"},{"id":"3","hostname":"c","labels":null}`, "a", ""},
		"labels as a list":       {with + `,{"id":"2","hostname":"b","labels":["env=prod"]}`, "", "the server 2 has labels in an unknown format"},
		"labels as a text":       {with + `,{"id":"2","hostname":"b","labels":"env=prod"}`, "", "the server 2 has labels in an unknown format"},
		"a label as a number":    {with + `,{"id":"2","hostname":"b","labels":{"env":1}}`, "", "the server 2 has labels in an unknown format"},
		"all in unknown formats": {`{"id":"2","hostname":"b","labels":[]}`, "", "the server 2 has labels in an unknown format"},
		"unknown but deleted":    {with + `,{"id":"2","hostname":"b","labels":[],"deleted_at":"2025-01-01T00:00:00Z"}`, "a", ""},
	} {
		t.Run(name, func(t *testing.T) {
			x := newTenant(t, opasim.Options{Faults: []opasim.Fault{{Path: "/all_servers", Status: 200, Body: []byte(`{"list":[` + test.list + `]}`)}}})
			servers, err := x.Servers(t.Context(), client.ServerFilter{Labels: map[string]string{"env": "prod"}})
			if hostnames(servers) != test.want || (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
				t.Errorf("got %q and error %v, want %q and error %q", hostnames(servers), err, test.want, test.err)
			}
			if _, err := x.Servers(t.Context(), client.ServerFilter{}); err != nil {
				t.Errorf("without a filter: got error %v, want none", err)
			}
		})
	}
}
