package provider_test

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/privileged-access/terraform-provider-opa/internal/clitest"
	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

var update = flag.Bool("update", false, "update the golden files")

// TestDiagnostics compares the diagnostics of all error cases with a golden file, so
// that their wording is reviewed like code.
func TestDiagnostics(t *testing.T) {
	const (
		users     = "opa_user_access_report"
		servers   = "opa_resource_access_report"
		manyUsers = "opa_user_access_reports"
	)
	larry := config{"user_name": "larry.linuxadmin"}
	fault := func(path string, f opasim.Fault) opasim.Options {
		f.Path = path
		return opasim.Options{Faults: []opasim.Fault{f}}
	}
	page := func(status int) opasim.Fault {
		return opasim.Fault{Status: status, Header: map[string][]string{"Content-Type": {"text/html"}}, Body: []byte("<html>Blocked</html>")}
	}
	csv := func(text string) opasim.Options {
		return fault("/access_reports/{id}/report", opasim.Fault{After: true, Status: 200, Body: []byte(text)})
	}
	finalStatus := func(status string) opasim.Options {
		return opasim.Options{FinalStatus: func(string, int) string { return status }}
	}
	shortTimeout := config{"user_name": "larry.linuxadmin", "timeouts": map[string]any{"read": "3s"}}
	noRetries := config{"max_retries": 0}

	dora := opasim.DefaultWorld().User("dora.database").ID
	failingCreates := opasim.Options{FailCreate: func(id string) int {
		if id == dora {
			return 400
		}
		return 0
	}}
	omitRoot := func(kind, _ string, _ int, row opasim.Row) bool { return kind == "resource" && row.Account == "root" }
	threeUsers := config{"user_names": []any{"larry.linuxadmin", "dora.database", "harry.linuxadmin"}}
	cases := []diagnosticsCase{
		{about: "no configuration", provider: config{"base_url": nil, "team": nil, "key_id": nil, "key_secret": nil}},
		{about: "a key without a secret", provider: config{"key_secret": nil}},
		{about: "a secret without a key", provider: config{"key_id": nil}},
		{about: "two authentication methods, key and token", provider: config{"bearer_token": "some-token"}},
		{about: "an empty secret", provider: config{"key_secret": ""}},
		{about: "an empty key", provider: config{"key_id": ""}},
		{about: "base_url without a scheme", provider: config{"base_url": "acme.pam.okta.com"}},
		{about: "base_url with plain http", provider: config{"base_url": "http://acme.pam.okta.com"}},
		{about: "base_url with a password", provider: config{"base_url": "https://me:hunter22@acme.pam.okta.com"}},
		{about: "base_url with a path", provider: config{"base_url": "https://acme.pam.okta.com/t/acme"}},
		{about: "base_url from the environment", provider: config{"base_url": nil}, env: map[string]string{"OKTAPAM_API_HOST": "acme.pam.okta.com"}},
		{about: "an invalid team", provider: config{"team": "a/b"}},
		{about: "an invalid team from the environment", provider: config{"team": nil}, env: map[string]string{"OPA_TEAM": ".."}},
		{about: "limits out of range", provider: config{"max_retries": -1, "max_concurrent_requests": 0, "max_pending_reports": 0, "request_timeout": "0s"}},
		{about: "an invalid duration", provider: config{"request_timeout": "soon"}},
		{about: "a report column that does not exist", provider: config{"report_columns": map[string]any{"condition": "Auflagen"}}},
		{about: "an unknown configuration", provider: config{"key_secret": unknown{}, "team": unknown{}}, dataSource: users, arguments: larry},

		{about: "no argument for the user", dataSource: users},
		{about: "a user name and a user ID", dataSource: users, arguments: config{"user_name": "larry", "user_id": "00000000-0000-4000-8000-000000000000"}},
		{about: "an empty user name", dataSource: users, arguments: config{"user_name": ""}},
		{about: "a user name that is not allowed in a path", dataSource: users, arguments: config{"user_name": ".."}},
		{about: "a name instead of an ID", dataSource: users, arguments: config{"user_id": "larry.linuxadmin"}},
		{about: "an invalid timeout", dataSource: users, arguments: config{"user_name": "larry.linuxadmin", "timeouts": map[string]any{"read": "soon"}}},
		{about: "a timeout of zero", dataSource: users, arguments: config{"user_name": "larry.linuxadmin", "timeouts": map[string]any{"read": "0s"}}},
		{about: "no argument for the server", dataSource: servers, arguments: config{"project_name": "storefront"}},

		{about: "a user that does not exist", dataSource: users, arguments: config{"user_name": "harry.linuxadmin"}},
		{about: "a user ID that does not exist", dataSource: users, arguments: config{"user_id": "00000000-0000-4000-8000-000000000000"}},
		{about: "a server that does not exist", dataSource: servers, arguments: config{"hostname": "WEB-01"}},
		{about: "a server that is not in the project", dataSource: servers, arguments: config{"hostname": "web-01", "project_name": "warehouse"}},
		{about: "duplicate hostname in two projects", dataSource: servers, arguments: config{"hostname": "app-01"}},
		{about: "duplicate hostname in one project", dataSource: servers, arguments: config{"hostname": "db-02"}},
		{about: "a resource type that OPA does not support", dataSource: users, arguments: config{"user_name": "larry.linuxadmin", "resource_type_filter": "toaster"}},

		{about: "a wrong key", provider: config{"key_secret": "not-the-secret"}, dataSource: users, arguments: larry},
		{about: "a wrong team", provider: config{"team": "other"}, dataSource: users, arguments: larry},
		{about: "a wrong token", provider: config{"key_id": nil, "key_secret": nil, "bearer_token": "not-the-token"}, dataSource: users, arguments: larry},
		{about: "a missing role", tenant: opasim.Options{MissingRole: true}, dataSource: servers, arguments: config{"hostname": "web-01"}},
		{about: "a refused connection", provider: config{"base_url": "http://127.0.0.1:1", "max_retries": 0}, dataSource: users, arguments: larry},
		{about: "a request timeout", provider: config{"request_timeout": "100ms", "max_retries": 0}, tenant: opasim.Options{Latency: time.Minute}, dataSource: users, arguments: larry},
		{about: "a rate limit", provider: noRetries, tenant: fault("/users/{name}", opasim.Fault{Status: 429}), dataSource: users, arguments: larry},
		{about: "a server error", provider: noRetries, tenant: fault("/users/{name}", opasim.Fault{Status: 503}), dataSource: users, arguments: larry},
		{about: "a web page with status 401", tenant: fault("/users/{name}", page(401)), dataSource: users, arguments: larry},
		{about: "a web page with status 403", tenant: fault("/users/{name}", page(403)), dataSource: users, arguments: larry},
		{about: "a web page with status 403 for a key", tenant: fault("/service_token", page(403)), dataSource: users, arguments: larry},
		{about: "a web page with status 403 for a workload", provider: config{"key_id": nil, "key_secret": nil, "workload_identity": map[string]any{"connection": "ci", "jwt": "some.jwt"}}, tenant: fault("/workloads/*", page(403)), dataSource: users, arguments: larry},
		{about: "a web page with status 404 for a user", tenant: fault("/users/{name}", page(404)), dataSource: users, arguments: larry},
		{about: "a web page with status 404 for a list", tenant: fault("/all_servers", page(404)), dataSource: servers, arguments: config{"hostname": "web-01"}},
		{about: "a web page with status 404 for the creation of a report", tenant: fault("/access_reports", page(404)), dataSource: users, arguments: larry},
		{about: "a web page with status 429", provider: noRetries, tenant: fault("/users/{name}", page(429)), dataSource: users, arguments: larry},
		{about: "a web page with status 451", tenant: fault("/users/{name}", page(451)), dataSource: users, arguments: larry},
		{about: "a web page with status 503", provider: noRetries, tenant: fault("/users/{name}", page(503)), dataSource: users, arguments: larry},
		{about: "text with status 503", provider: noRetries, tenant: fault("/users/{name}", opasim.Fault{Status: 503, Header: map[string][]string{"Content-Type": {"text/plain"}}, Body: []byte("upstream connect error")}), dataSource: users, arguments: larry},
		{about: "an empty response with status 403", tenant: fault("/users/{name}", opasim.Fault{Status: 403, Header: map[string][]string{"Content-Type": {"text/html"}}, Body: []byte{}}), dataSource: users, arguments: larry},
		{about: "batch: a web page for some", tenant: fault("/users/dora.database", page(403)), dataSource: manyUsers, arguments: config{"user_names": []any{"larry.linuxadmin", "dora.database"}}},
		{about: "an HTML response", tenant: fault("/users/{name}", opasim.Fault{Status: 200, Body: []byte("<html>Please sign in</html>")}), dataSource: users, arguments: larry},
		{about: "a redirect", tenant: fault("/users/{name}", opasim.Fault{Redirect: "https://elsewhere.example/login?token=x"}), dataSource: users, arguments: larry},
		{about: "a link to another host", tenant: fault("/all_servers", opasim.Fault{After: true, Header: map[string][]string{"Link": {`<https://elsewhere.example/>; rel="next"`}}}), dataSource: servers, arguments: config{"hostname": "web-01"}},

		{about: "a report that ends in ERROR", tenant: finalStatus("ERROR"), dataSource: users, arguments: larry},
		{about: "a report timeout", tenant: opasim.Options{Generation: time.Hour}, dataSource: users, arguments: shortTimeout},
		{about: "an unknown report status", tenant: finalStatus("ON \x1b[31mHOLD"), dataSource: users, arguments: shortTimeout},
		{about: "a timeout while the report is created", tenant: fault("/access_reports", opasim.Fault{Delay: time.Minute}), dataSource: users, arguments: shortTimeout},
		{about: "a timeout while the user is looked up", tenant: fault("/users/{name}", opasim.Fault{Delay: time.Minute}), dataSource: users, arguments: shortTimeout},
		{about: "a timeout while requests fail", tenant: opasim.Options{Generation: time.Hour, Faults: []opasim.Fault{{Path: "/access_reports/{id}", Status: 500}}}, dataSource: users, arguments: config{"user_name": "larry.linuxadmin", "timeouts": map[string]any{"read": "3s"}}},
		{about: "a refused create request", tenant: fault("/access_reports", opasim.Fault{Status: 400}), dataSource: users, arguments: larry},
		{about: "a truncated download", provider: noRetries, tenant: fault("/access_reports/{id}/report", opasim.Fault{Cut: true, CutAfter: -1}), dataSource: users, arguments: larry},
		{about: "a download without a length", tenant: fault("/access_reports/{id}/report", opasim.Fault{Framing: opasim.FramingClose}), dataSource: users, arguments: larry},
		{about: "an empty download", tenant: csv(""), dataSource: users, arguments: larry},
		{about: "an unknown header", tenant: csv("Wer,Wo\nlarry,web-01\n"), dataSource: users, arguments: larry},
		{about: "a header without conditions", tenant: csv("User,Resource,Account,Privileges,Auflagen\n"), dataSource: users, arguments: larry},
		{about: "a ragged row", tenant: csv("User,Resource,Account,Privileges,Conditions\nlarry,web-01,root\n"), dataSource: users, arguments: larry},
		{about: "an empty row filter", dataSource: users, arguments: config{"user_name": "larry.linuxadmin", "include_rows": config{}}},
		{
			about: "a row filter on a missing column", tenant: csv("User,Resource,Account,Privileges,Conditions\nlarry.linuxadmin,web-01,root,user,MFA\n"),
			dataSource: users, arguments: config{"user_name": "larry.linuxadmin", "exclude_rows": config{"user_type": []any{"service"}}},
		},

		{about: "rows with two users", tenant: csv(rowsNaming("user", "larry.linuxadmin", "mallory")), dataSource: users, arguments: larry},
		{about: "rows with two servers", tenant: csv(rowsNaming("resource", "web-02", "web-03")), dataSource: servers, arguments: config{"hostname": "web-01"}},
		{about: "batch: rows with another user", tenant: csv(rowsNaming("user", "larry.linuxadmin", "mallory")), dataSource: manyUsers, arguments: threeUsers},

		{about: "two authentication methods, key and workload", provider: config{"workload_identity": map[string]any{"connection": "ci", "jwt": "some.jwt"}}},
		{about: "a workload without a JWT", provider: config{"key_id": nil, "key_secret": nil, "workload_identity": map[string]any{"connection": "ci"}}},
		{about: "a refused workload", provider: config{"key_id": nil, "key_secret": nil, "workload_identity": map[string]any{"connection": "ci", "jwt": "some.jwt"}}, dataSource: users, arguments: larry},
		{about: "a token with a line break", provider: config{"key_id": nil, "key_secret": nil, "bearer_token": "some\ntoken"}},
		{about: "an invalid max_age", dataSource: users, arguments: config{"user_name": "larry.linuxadmin", "max_age": "a day"}},
		{about: "batch: two selections", dataSource: manyUsers, arguments: config{"user_names": []any{"a"}, "group_name": "staff"}},
		{about: "batch: a status without a group", dataSource: manyUsers, arguments: config{"user_names": []any{"a"}, "user_status": []any{"ACTIVE"}}},
		{about: "batch: a status that does not exist", dataSource: manyUsers, arguments: config{"group_name": "staff", "user_status": []any{"active"}}},
		{about: "batch: a group that does not exist", dataSource: manyUsers, arguments: config{"group_name": "stuff"}},
		{about: "batch: some fail", tenant: failingCreates, dataSource: manyUsers, arguments: threeUsers},
		{about: "batch: all fail with allow_partial", dataSource: manyUsers, arguments: config{"user_names": []any{"harry.linuxadmin"}, "allow_partial": true}},
		{about: "batch: a group without members", dataSource: manyUsers, arguments: config{"group_name": "nobody-yet"}},
		{about: "batch: a group without members of the user type", dataSource: manyUsers, arguments: config{"group_name": "automation", "user_type": "human"}},
		{about: "batch: an empty set", dataSource: manyUsers, arguments: config{"user_ids": []any{}}},
		{about: "batch: a project without servers", dataSource: "opa_resource_access_reports", arguments: config{"project_name": "storfront"}},
		{about: "batch: labels that no server has", dataSource: "opa_resource_access_reports", arguments: config{"labels": map[string]any{"env": "prod", "role": "web"}}},
		{about: "batch: labels that a server does not have", dataSource: "opa_resource_access_reports", arguments: config{"hostnames": []any{"win-01"}, "labels": map[string]any{"role": "web"}}},
		{about: "batch: a tenant without labels", tenant: fault("/all_servers", opasim.Fault{After: true, Status: 200, Body: []byte(`{"list":[{"id":"7cce4815-fbb7-5bdf-8bf9-8daaa60eaaad","hostname":"web-01"}]}`)}), dataSource: "opa_resource_access_reports", arguments: config{"labels": map[string]any{"env": "prod"}}},
		{about: "batch: an empty map of labels", dataSource: "opa_resource_access_reports", arguments: config{"labels": map[string]any{}}},
		{about: "batch: duplicate hostname", dataSource: "opa_resource_access_reports", arguments: config{"hostnames": []any{"app-01", "web-01"}}},
		{about: "batch: a wrong key", provider: config{"key_secret": "not-the-secret"}, dataSource: manyUsers, arguments: config{"user_names": []any{"larry.linuxadmin", "dora.database"}}},
		{about: "team: cross-check", tenant: opasim.Options{OmitRow: omitRoot}, dataSource: "opa_team_access_report", arguments: config{"cross_check": true}},
		{about: "team: cross-check and allow_partial", dataSource: "opa_team_access_report", arguments: config{"cross_check": true, "allow_partial": true}},
		{about: "team: no servers", tenant: fault("/all_servers", opasim.Fault{Status: 200, Body: []byte(`{"list":[]}`)}), dataSource: "opa_team_access_report", arguments: config{"subject_type": "resource"}},
		{about: "a report that does not exist", dataSource: "opa_access_report", arguments: config{"report_id": "00000000-0000-4000-8000-000000000000"}},
		{about: "as_of without a report", dataSource: users, arguments: config{"user_name": "larry.linuxadmin", "as_of": "2020-01-01T00:00:00Z"}},
		{about: "an invalid as_of", dataSource: users, arguments: config{"user_name": "larry.linuxadmin", "as_of": "2020-01-01"}},
		{about: "as_of and max_age", dataSource: users, arguments: config{"user_name": "larry.linuxadmin", "as_of": "2020-01-01T00:00:00Z", "max_age": "1h"}},
		{about: "as_of with a cross-check", dataSource: "opa_team_access_report", arguments: config{"cross_check": true, "as_of": "2020-01-01T00:00:00Z"}},
		{about: "an empty period", dataSource: "opa_access_reports", arguments: config{"created_after": "2020-01-01T00:00:00Z", "created_before": "2020-01-01T00:00:00Z"}},
		{about: "a failed report", failedReport: true, dataSource: "opa_access_report"},
		{about: "an invalid timestamp", dataSource: "opa_access_reports", arguments: config{"created_after": "yesterday"}},
		{about: "an invalid list", tenant: fault("/access_reports", opasim.Fault{After: true, Status: 200, Body: []byte(`{"list":"none"}`)}), dataSource: "opa_access_reports"},
		{about: "a user that does not exist, in opa_user", dataSource: "opa_user", arguments: config{"name": "harry.linuxadmin"}},
		{about: "an email address as the name of a user", dataSource: users, arguments: config{"user_name": "larry.linuxadmin@example.com"}},
		{about: "a hostname with a typing error", dataSource: servers, arguments: config{"hostname": "web01"}},
		{about: "an email address that no user has", dataSource: "opa_user", arguments: config{"email": "harry@example.com"}},
		{about: "an email address of several users", tenant: fault("/users", opasim.Fault{Status: 200, Body: []byte(`{"list":[{"id":"1","name":"a","details":{"email":"a@example.com"}},{"id":"2","name":"b","details":{"email":"a@example.com"}}]}`)}), dataSource: "opa_user", arguments: config{"email": "a@example.com"}},
		{about: "no argument for the server, in opa_server", dataSource: "opa_server"},
		{about: "an ambiguous project name", tenant: opasim.Options{World: twoProjects(t)}, dataSource: "opa_resource_access_reports", arguments: config{"project_name": "web"}},

		{warns: true, about: "batch, some fail", tenant: failingCreates, dataSource: manyUsers, arguments: config{"user_names": threeUsers["user_names"], "allow_partial": true}},
		{warns: true, about: "batch, an empty selection", dataSource: manyUsers, arguments: config{"group_name": "nobody-yet", "allow_empty": true}},
		{warns: true, about: "a role that no group has", dataSource: "opa_groups", arguments: config{"roles": []any{"owner"}}},
		{warns: true, about: "a project without servers", dataSource: "opa_servers", arguments: config{"project_name": "nope"}},
		{warns: true, about: "labels that no server has", dataSource: "opa_servers", arguments: config{"labels": map[string]any{"env": "prod"}}},
		{warns: true, about: "rows with another name", tenant: csv(rowsNaming("user", "mallory")), dataSource: users, arguments: larry},
		{warns: true, about: "batch, rows with another name", tenant: csv(rowsNaming("user", "mallory")), dataSource: manyUsers, arguments: config{"user_names": []any{"larry.linuxadmin", "dora.database"}}},
		{warns: true, about: "a response without the project", tenant: fault("/all_servers", opasim.Fault{After: true, Status: 200, Body: []byte(`{"list":[{"id":"7cce4815-fbb7-5bdf-8bf9-8daaa60eaaad","hostname":"web-01"}]}`)}), dataSource: "opa_server", arguments: config{"hostname": "web-01", "project_id": "00000000-0000-4000-8000-000000000000"}},
		{warns: true, about: "a report column that is not in the header", provider: config{"report_columns": map[string]any{"account": "Konto"}}, dataSource: users, arguments: larry},
		{warns: true, about: "a header without rows", tenant: csv("User Name,User Type,User Status,Resource Name,Resource Type,Account,Privileges,Conditions\n"), dataSource: users, arguments: larry},
		{warns: true, about: "batch, a header without rows", tenant: csv(reportHeader), dataSource: manyUsers, arguments: config{"user_names": []any{"larry.linuxadmin", "dora.database"}}},
		{warns: true, about: "unknown conditions", tenant: csv(reportHeader + "larry.linuxadmin,human,ACTIVE,web-01,server,root,user,Working hours\n"), dataSource: users, arguments: larry},
		{warns: true, about: "no header", tenant: opasim.Options{CSV: opasim.CSV{NoHeader: true}}, dataSource: users, arguments: larry},
		{warns: true, about: "a missing column", tenant: csv("User,User Type,Resource,Resource Type,Account,Privileges,Conditions\nlarry,human,web-01,server,root,user,\n"), dataSource: users, arguments: larry},
	}
	var catalog strings.Builder
	for _, test := range cases {
		diags := test.run(t)
		fmt.Fprintf(&catalog, "### %s\n\n%s\n", test.title(), diags)
	}
	golden(t, "testdata/diagnostics.txt", catalog.String())
}

// diagnosticsCase configures the provider, and reads a data source if there is one,
// in a way that has diagnostics.
type diagnosticsCase struct {
	about        string
	warns        bool              // the read succeeds with warnings
	provider     config            // merged with the credentials; nil values unset them
	env          map[string]string // of the provider
	tenant       opasim.Options
	dataSource   string
	arguments    config
	failedReport bool // report_id is the ID of a failed report
}

// title returns the title of the case in the catalog.
func (c diagnosticsCase) title() string {
	if c.warns {
		return "warning: " + c.about
	}
	return c.about
}

// run returns the diagnostics, without the parts that differ between runs.
func (c diagnosticsCase) run(t *testing.T) string {
	t.Helper()
	for name, value := range c.env {
		t.Setenv(name, value)
	}
	sim := opasim.Start(t, c.tenant)
	s := newServer(t)
	arguments := c.arguments
	if c.failedReport {
		id := sim.AddReport(opasim.PastReport{UserID: sim.World().User("dora.database").ID, Status: "ERROR"})
		arguments = with(config{"report_id": id}, arguments)
	}
	var state map[string]any
	diags := s.configure(with(credentials(sim), c.provider))
	if diags == "" && c.dataSource != "" {
		state, diags = s.read(c.dataSource, arguments)
	}
	for name := range c.env {
		_ = os.Unsetenv(name)
	}
	severity := "error: "
	if c.warns {
		severity = "warning: "
	}
	if c.warns != (state != nil) || !strings.HasPrefix(diags, severity) {
		t.Errorf("%s: got state %v and diagnostics\n%s\nwant a state: %t, and diagnostics that begin with %q", c.title(), state, diags, c.warns, severity)
	}
	if strings.Contains(diags, "hunter22") || strings.Contains(diags, opasim.DefaultKeySecret) {
		t.Errorf("%s: got a secret, want none in\n%s", c.title(), diags)
	}
	return stable(sim, diags)
}

// twoProjects returns a world with two projects of the same name.
func twoProjects(t *testing.T) *opasim.World {
	t.Helper()
	return clitest.World(t, `
		resource_group "a" {
			project "web" {
				server "one" {}
			}
		}
		resource_group "b" {
			project "web" {
				server "two" {}
			}
		}
	`)
}

var (
	reportID      = regexp.MustCompile(`(report |Report ID: )[0-9a-f]{8}-[0-9a-f-]{27}`)
	elapsedFigure = regexp.MustCompile(`Elapsed: [0-9.]+m?s`)
)

// stable replaces the parts of a message that differ between runs.
func stable(sim *opasim.Server, text string) string {
	text = strings.ReplaceAll(text, strings.TrimPrefix(sim.URL, "http://"), "127.0.0.1:PORT")
	text = reportID.ReplaceAllString(text, "${1}REPORT-ID")
	return elapsedFigure.ReplaceAllString(text, "Elapsed: TIME")
}

// golden compares a text with a golden file. With -update, it updates the file.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(string(want), got); diff != "" {
		t.Errorf("got text that differs from %s. If the change is intended, run the test with -update (-want +got):\n%s", file, diff)
	}
}
