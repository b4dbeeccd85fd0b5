package provider_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

var update = flag.Bool("update", false, "write the golden files anew")

// The catalogue of what the provider says when something is wrong. It is made
// by running into each of it, so that wording is reviewed like code.
func TestDiagnostics(t *testing.T) {
	const (
		users   = "opa_user_access_report"
		servers = "opa_resource_access_report"

		manyUsers = "opa_user_access_reports"
	)
	larry := config{"user_name": "larry.linuxadmin"}
	fault := func(path string, f opasim.Fault) opasim.Options {
		f.Path = path
		return opasim.Options{Faults: []opasim.Fault{f}}
	}
	csv := func(text string) opasim.Options {
		return fault("/access_reports/{id}/report", opasim.Fault{After: true, Status: 200, Body: []byte(text)})
	}
	status := func(status string) opasim.Options {
		return opasim.Options{FinalStatus: func(string, int) string { return status }}
	}
	soon := config{"user_name": "larry.linuxadmin", "timeouts": map[string]any{"read": "300ms"}}
	impatient := config{"max_retries": 0}

	dora := opasim.DefaultWorld().User("dora.database").ID
	failing := opasim.Options{FailCreate: func(id string) int {
		if id == dora {
			return 400
		}
		return 0
	}}
	some := config{"user_names": []any{"larry.linuxadmin", "dora.database", "harry.linuxadmin"}}
	cases := []struct {
		about      string
		provider   config            // besides the credentials; nil values take one away
		env        map[string]string // of the provider
		tenant     opasim.Options
		dataSource string
		arguments  config
	}{
		{about: "nothing is configured", provider: config{"base_url": nil, "team": nil, "key_id": nil, "key_secret": nil}},
		{about: "a key without its secret", provider: config{"key_secret": nil}},
		{about: "a secret without its key", provider: config{"key_id": nil}},
		{about: "a key and a token", provider: config{"bearer_token": "some-token"}},
		{about: "an empty secret", provider: config{"key_secret": ""}},
		{about: "an empty key", provider: config{"key_id": ""}},
		{about: "base_url without a scheme", provider: config{"base_url": "acme.pam.okta.com"}},
		{about: "base_url with plain http", provider: config{"base_url": "http://acme.pam.okta.com"}},
		{about: "base_url with a password", provider: config{"base_url": "https://me:hunter22@acme.pam.okta.com"}},
		{about: "base_url of the console", provider: config{"base_url": "https://acme.pam.okta.com/t/acme"}},
		{about: "base_url from the environment", provider: config{"base_url": nil}, env: map[string]string{"OKTAPAM_API_HOST": "acme.pam.okta.com"}},
		{about: "a team that is none", provider: config{"team": "a/b"}},
		{about: "a team from the environment that is none", provider: config{"team": nil}, env: map[string]string{"OPA_TEAM": ".."}},
		{about: "bounds out of range", provider: config{"max_retries": -1, "max_concurrent_requests": 0, "max_pending_reports": 0, "request_timeout": "0s"}},
		{about: "a duration that is none", provider: config{"request_timeout": "soon"}},
		{about: "a report column that does not exist", provider: config{"report_columns": map[string]any{"condition": "Auflagen"}}},
		{about: "configuration not known yet", provider: config{"key_secret": unknown{}, "team": unknown{}}, dataSource: users, arguments: larry},

		{about: "no user", dataSource: users},
		{about: "a user twice", dataSource: users, arguments: config{"user_name": "larry", "user_id": "00000000-0000-4000-8000-000000000000"}},
		{about: "an empty user name", dataSource: users, arguments: config{"user_name": ""}},
		{about: "a user name that no path can hold", dataSource: users, arguments: config{"user_name": ".."}},
		{about: "a name for an id", dataSource: users, arguments: config{"user_id": "larry.linuxadmin"}},
		{about: "a timeout that is none", dataSource: users, arguments: config{"user_name": "larry.linuxadmin", "timeouts": map[string]any{"read": "soon"}}},
		{about: "a timeout of nothing", dataSource: users, arguments: config{"user_name": "larry.linuxadmin", "timeouts": map[string]any{"read": "0s"}}},
		{about: "no server", dataSource: servers, arguments: config{"project_name": "storefront"}},

		{about: "a user who does not exist", dataSource: users, arguments: config{"user_name": "harry.linuxadmin"}},
		{about: "a user id that does not exist", dataSource: users, arguments: config{"user_id": "00000000-0000-4000-8000-000000000000"}},
		{about: "a server that does not exist", dataSource: servers, arguments: config{"hostname": "WEB-01"}},
		{about: "a server that is not in the project", dataSource: servers, arguments: config{"hostname": "web-01", "project_name": "warehouse"}},
		{about: "namesakes in two projects", dataSource: servers, arguments: config{"hostname": "app-01"}},
		{about: "namesakes in one project", dataSource: servers, arguments: config{"hostname": "db-02"}},
		{about: "a type of resources that OPA does not know", dataSource: users, arguments: config{"user_name": "larry.linuxadmin", "resource_type_filter": "toaster"}},

		{about: "a wrong key", provider: config{"key_secret": "not-the-secret"}, dataSource: users, arguments: larry},
		{about: "a wrong team", provider: config{"team": "other"}, dataSource: users, arguments: larry},
		{about: "a wrong token", provider: config{"key_id": nil, "key_secret": nil, "bearer_token": "not-the-token"}, dataSource: users, arguments: larry},
		{about: "a missing role", tenant: opasim.Options{MissingRole: true}, dataSource: servers, arguments: config{"hostname": "web-01"}},
		{about: "nobody listens", provider: config{"base_url": "http://127.0.0.1:1", "max_retries": 0}, dataSource: users, arguments: larry},
		{about: "no answer in time", provider: config{"request_timeout": "100ms", "max_retries": 0}, tenant: opasim.Options{Latency: time.Minute}, dataSource: users, arguments: larry},
		{about: "too many requests", provider: impatient, tenant: fault("/users/{name}", opasim.Fault{Status: 429}), dataSource: users, arguments: larry},
		{about: "the server is at fault", provider: impatient, tenant: fault("/users/{name}", opasim.Fault{Status: 503}), dataSource: users, arguments: larry},
		{about: "a proxy's page", tenant: fault("/users/{name}", opasim.Fault{Status: 200, Body: []byte("<html>Please sign in</html>")}), dataSource: users, arguments: larry},
		{about: "a redirect", tenant: fault("/users/{name}", opasim.Fault{Redirect: "https://elsewhere.example/login?token=x"}), dataSource: users, arguments: larry},
		{about: "a link to another host", tenant: fault("/all_servers", opasim.Fault{After: true, Header: map[string][]string{"Link": {`<https://elsewhere.example/>; rel="next"`}}}), dataSource: servers, arguments: config{"hostname": "web-01"}},

		{about: "a report that ends in ERROR", tenant: status("ERROR"), dataSource: users, arguments: larry},
		{about: "a report that is not ready in time", tenant: opasim.Options{Generation: time.Hour}, dataSource: users, arguments: soon},
		{about: "a status that nobody knows", tenant: status("ON \x1b[31mHOLD"), dataSource: users, arguments: soon},
		{about: "time is over before the report is known", tenant: fault("/access_reports", opasim.Fault{Delay: time.Minute}), dataSource: users, arguments: soon},
		{about: "time is over before the user is known", tenant: fault("/users/{name}", opasim.Fault{Delay: time.Minute}), dataSource: users, arguments: soon},
		{about: "time is over while requests fail", tenant: opasim.Options{Generation: time.Hour, Faults: []opasim.Fault{{Path: "/access_reports/{id}", Status: 500}}}, dataSource: users, arguments: config{"user_name": "larry.linuxadmin", "timeouts": map[string]any{"read": "600ms"}}},
		{about: "a create that is refused", tenant: fault("/access_reports", opasim.Fault{Status: 400}), dataSource: users, arguments: larry},
		{about: "a download that is cut off", provider: impatient, tenant: fault("/access_reports/{id}/report", opasim.Fault{Cut: true, CutAfter: -1}), dataSource: users, arguments: larry},
		{about: "a download without an end", tenant: fault("/access_reports/{id}/report", opasim.Fault{Framing: opasim.FramingClose}), dataSource: users, arguments: larry},
		{about: "an empty download", tenant: csv(""), dataSource: users, arguments: larry},
		{about: "a header that is not recognised", tenant: csv("Wer,Wo\nlarry,web-01\n"), dataSource: users, arguments: larry},
		{about: "a header without conditions", tenant: csv("User,Resource,Account,Privileges,Auflagen\n"), dataSource: users, arguments: larry},
		{about: "a ragged row", tenant: csv("User,Resource,Account,Privileges,Conditions\nlarry,web-01,root\n"), dataSource: users, arguments: larry},

		{about: "rows of two users", tenant: csv(rowsNaming("user", "larry.linuxadmin", "mallory")), dataSource: users, arguments: larry},
		{about: "rows of two servers", tenant: csv(rowsNaming("resource", "web-02", "web-03")), dataSource: servers, arguments: config{"hostname": "web-01"}},
		{about: "many: rows of somebody else too", tenant: csv(rowsNaming("user", "larry.linuxadmin", "mallory")), dataSource: manyUsers, arguments: some},

		{about: "two ways to sign in", provider: config{"workload_identity": map[string]any{"connection": "ci", "jwt": "some.jwt"}}},
		{about: "a workload without a JWT", provider: config{"key_id": nil, "key_secret": nil, "workload_identity": map[string]any{"connection": "ci"}}},
		{about: "a workload that is refused", provider: config{"key_id": nil, "key_secret": nil, "workload_identity": map[string]any{"connection": "ci", "jwt": "some.jwt"}}, dataSource: users, arguments: larry},
		{about: "a token with a line end", provider: config{"key_id": nil, "key_secret": nil, "bearer_token": "some\ntoken"}},
		{about: "max_age that is none", dataSource: users, arguments: config{"user_name": "larry.linuxadmin", "max_age": "a day"}},
		{about: "many: two choices", dataSource: manyUsers, arguments: config{"user_names": []any{"a"}, "group_name": "staff"}},
		{about: "many: a status without a group", dataSource: manyUsers, arguments: config{"user_names": []any{"a"}, "user_status": []any{"ACTIVE"}}},
		{about: "many: a status that does not exist", dataSource: manyUsers, arguments: config{"group_name": "staff", "user_status": []any{"active"}}},
		{about: "many: a group that does not exist", dataSource: manyUsers, arguments: config{"group_name": "stuff"}},
		{about: "many: some fail", tenant: failing, dataSource: manyUsers, arguments: some},
		{about: "many: all fail, although some may", dataSource: manyUsers, arguments: config{"user_names": []any{"harry.linuxadmin"}, "allow_partial": true}},
		{about: "many: a group without members", dataSource: manyUsers, arguments: config{"group_name": "nobody-yet"}},
		{about: "many: a group without members of a type", dataSource: manyUsers, arguments: config{"group_name": "automation", "user_type": "human"}},
		{about: "many: an empty set", dataSource: manyUsers, arguments: config{"user_ids": []any{}}},
		{about: "many: a project without servers", dataSource: "opa_resource_access_reports", arguments: config{"project_name": "storfront"}},
		{about: "many: namesakes", dataSource: "opa_resource_access_reports", arguments: config{"hostnames": []any{"app-01", "web-01"}}},
		{about: "many: a wrong key", provider: config{"key_secret": "not-the-secret"}, dataSource: manyUsers, arguments: config{"user_names": []any{"larry.linuxadmin", "dora.database"}}},
		{about: "a report that does not exist", dataSource: "opa_access_report", arguments: config{"report_id": "00000000-0000-4000-8000-000000000000"}},
		{about: "a report that has failed", dataSource: "opa_access_report", arguments: config{"report_id": "FAILED"}},
		{about: "a moment that is none", dataSource: "opa_access_reports", arguments: config{"created_after": "yesterday"}},
		{about: "a list that cannot be read", tenant: fault("/access_reports", opasim.Fault{After: true, Status: 200, Body: []byte(`{"list":"none"}`)}), dataSource: "opa_access_reports"},
		{about: "a user to look up who does not exist", dataSource: "opa_user", arguments: config{"name": "harry.linuxadmin"}},
		{about: "a server to look up by nothing", dataSource: "opa_server"},
		{about: "an ambiguous project name", tenant: opasim.Options{World: twoProjects(t)}, dataSource: "opa_resource_access_reports", arguments: config{"project_name": "web"}},

		{about: "warning: many, some fail", tenant: failing, dataSource: manyUsers, arguments: config{"user_names": some["user_names"], "allow_partial": true}},
		{about: "warning: many, nobody chosen", dataSource: manyUsers, arguments: config{"group_name": "nobody-yet", "allow_empty": true}},
		{about: "warning: a project without servers", dataSource: "opa_servers", arguments: config{"project_name": "nope"}},
		{about: "warning: rows of somebody else", tenant: csv(rowsNaming("user", "mallory")), dataSource: users, arguments: larry},
		{about: "warning: many, rows of somebody else", tenant: csv(rowsNaming("user", "mallory")), dataSource: manyUsers, arguments: config{"user_names": []any{"larry.linuxadmin", "dora.database"}}},
		{about: "warning: a project that is not told", tenant: fault("/all_servers", opasim.Fault{After: true, Status: 200, Body: []byte(`{"list":[{"id":"7cce4815-fbb7-5bdf-8bf9-8daaa60eaaad","hostname":"web-01"}]}`)}), dataSource: "opa_server", arguments: config{"hostname": "web-01", "project_id": "00000000-0000-4000-8000-000000000000"}},
		{about: "warning: a mapping that does not fit", provider: config{"report_columns": map[string]any{"account": "Konto"}}, dataSource: users, arguments: larry},
		{about: "warning: a header without rows", tenant: csv("User Name,User Type,User Status,Resource Name,Resource Type,Account,Privileges,Conditions\n"), dataSource: users, arguments: larry},
		{about: "warning: many, a header without rows", tenant: csv(reportHeader), dataSource: manyUsers, arguments: config{"user_names": []any{"larry.linuxadmin", "dora.database"}}},
		{about: "warning: unknown conditions", tenant: csv(reportHeader + "larry.linuxadmin,human,ACTIVE,web-01,server,root,user,Working hours\n"), dataSource: users, arguments: larry},
		{about: "warning: no header", tenant: opasim.Options{CSV: opasim.CSV{NoHeader: true}}, dataSource: users, arguments: larry},
		{about: "warning: a column is missing", tenant: csv("User,User Type,Resource,Resource Type,Account,Privileges,Conditions\nlarry,human,web-01,server,root,user,\n"), dataSource: users, arguments: larry},
	}
	var catalogue strings.Builder
	for _, test := range cases {
		fmt.Fprintf(&catalogue, "### %s\n\n", test.about)
		for name, value := range test.env {
			t.Setenv(name, value)
		}
		options := test.tenant
		sim := opasim.Start(t, options)
		s := newServer(t)
		arguments := credentials(sim)
		maps.Copy(arguments, test.provider)
		diags := s.configure(arguments)
		var state map[string]any
		if test.arguments["report_id"] == "FAILED" {
			test.arguments["report_id"] = sim.AddReport(opasim.PastReport{UserID: dora, Status: "ERROR"})
		}
		if diags == "" && test.dataSource != "" {
			state, diags = s.read(test.dataSource, test.arguments)
		}
		for name := range test.env {
			_ = os.Unsetenv(name)
		}
		if warning := strings.HasPrefix(test.about, "warning: "); warning != (state != nil) || !strings.HasPrefix(diags, strings.SplitAfter("error: warning: ", ": ")[map[bool]int{true: 1}[warning]]) {
			t.Errorf("%s: the state is %v, and it says:\n%s", test.about, state, diags)
		}
		if strings.Contains(diags, "hunter22") || strings.Contains(diags, opasim.DefaultKeySecret) {
			t.Errorf("%s: a secret is told:\n%s", test.about, diags)
		}
		catalogue.WriteString(stable(sim, diags) + "\n")
	}
	golden(t, "testdata/diagnostics.txt", catalogue.String())
}

// twoProjects is a world in which two projects have one name.
func twoProjects(t *testing.T) *opasim.World {
	t.Helper()
	world, err := opasim.ParseWorld("world.hcl", []byte(`
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
	`))
	if err != nil {
		t.Fatal(err)
	}
	return world
}

var (
	reportID      = regexp.MustCompile(`(report |Report ID: )[0-9a-f]{8}-[0-9a-f-]{27}`)
	elapsedFigure = regexp.MustCompile(`Elapsed: [0-9.]+m?s`)
)

// stable takes out what differs from run to run.
func stable(sim *opasim.Server, text string) string {
	text = strings.ReplaceAll(text, strings.TrimPrefix(sim.URL, "http://"), "127.0.0.1:PORT")
	text = reportID.ReplaceAllString(text, "${1}REPORT-ID")
	return elapsedFigure.ReplaceAllString(text, "Elapsed: TIME")
}

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
		t.Errorf("%s is not what the code gives; if the change is right, run the test with -update.\n%s", file, diff)
	}
}
