package provider_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/privileged-access/terraform-provider-opa/internal/clitest"
	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// larryOnWeb are the arguments of a check about a user with access to a server.
var larryOnWeb = config{"user_name": "larry.linuxadmin", "hostname": "web-01"}

// checked is the result of opa_tenant_check.
type checked struct {
	ok      bool
	profile string
	names   []string          // of the checks, in order
	status  map[string]string // by check
	detail  map[string]string
}

// checkTenant reads opa_tenant_check, which must not fail.
func checkTenant(t *testing.T, s *server, arguments config) checked {
	t.Helper()
	state, diags := s.read("opa_tenant_check", arguments)
	if diags != "" {
		t.Fatalf("got %s\nwant no diagnostics", diags)
	}
	c := checked{ok: state["ok"].(bool), profile: state["profile"].(string), status: map[string]string{}, detail: map[string]string{}}
	for _, element := range state["checks"].([]any) {
		check := element.(map[string]any)
		name := check["name"].(string)
		c.names = append(c.names, name)
		c.status[name], c.detail[name] = check["status"].(string), check["detail"].(string)
	}
	return c
}

// not returns the checks that do not have a status.
func (c checked) not(statuses ...string) map[string]string {
	others := maps.Clone(c.status)
	maps.DeleteFunc(others, func(_, status string) bool { return slices.Contains(statuses, status) })
	return others
}

// A tenant of any supported form passes all checks, and the two reports are the only
// ones that a check creates.
func TestTenantCheckPasses(t *testing.T) {
	t.Parallel()
	for name, options := range dialects(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := opasim.Start(t, options)
			web := sim.World().Servers("web-01")[0]
			larry := sim.World().User("larry.linuxadmin")
			for _, arguments := range []config{
				larryOnWeb,
				{"user_id": larry.ID, "resource_id": web.ID},
				{"user_name": "larry.linuxadmin", "canonical_name": web.CanonicalName},
			} {
				before := sim.Count("POST", "/access_reports")
				c := checkTenant(t, configured(t, sim), arguments)
				others := c.not("pass")
				delete(others, "download_early") // skipped if the report is complete at once
				if name == "no header" {         // the columns are found by their order
					delete(others, "user_rows")
					delete(others, "resource_rows")
				}
				if !c.ok || len(others) > 0 {
					t.Errorf("%v: got ok %t and %v\n%v, want all passed", arguments, c.ok, others, c.detail)
				}
				if created := sim.Count("POST", "/access_reports") - before; created != 2 {
					t.Errorf("%v: got %d new reports, want 2", arguments, created)
				}
			}
			checkContract(t, sim)
		})
	}
}

// Each failure has advice, stops only the checks that need it, and is not ok.
func TestTenantCheckFails(t *testing.T) {
	t.Parallel()
	const page = "<html><body>Sign in to the proxy of the company</body></html>"
	german := map[opasim.Column]string{}
	for _, column := range []opasim.Column{opasim.ColumnUserName, opasim.ColumnUserType, opasim.ColumnUserStatus, opasim.ColumnResourceName, opasim.ColumnResourceType, opasim.ColumnAccount, opasim.ColumnPrivileges, opasim.ColumnConditions} {
		german[column] = "Spalte-" + string(column)
	}
	for name, test := range map[string]struct {
		options   opasim.Options
		arguments config // larryOnWeb if nil
		provider  config
		fail      map[string]string // part of the detail by check
		warn      map[string]string
		passed    []string // among others
	}{
		"wrong key": {
			options: opasim.Options{KeySecret: "another"}, provider: config{"key_secret": "wrong-secret"},
			fail: map[string]string{"sign_in": "Check key_id and key_secret"},
		},
		"missing role": {
			options: opasim.Options{MissingRole: true},
			fail: map[string]string{
				"list_servers": "assign the security_admin role", "list_reports": "assign the security_admin role", "create_user_report": "assign the security_admin role",
				"server_by_hostname": "assign the security_admin role",
			},
			passed: []string{"sign_in", "list_users", "list_groups", "user_by_name", "user_by_id"},
		},
		"page of a proxy": {
			options: opasim.Options{Faults: []opasim.Fault{{Path: "*", Status: 200, Body: []byte(page), Header: http.Header{"Content-Type": {"text/html"}}}}},
			fail:    map[string]string{"sign_in": "no proxy responds in its place"},
		},
		"a firewall's page for users": {
			options: opasim.Options{Faults: []opasim.Fault{{Path: "/users*", Status: 403, Body: []byte(page), Header: http.Header{"Content-Type": {"text/html"}}}}},
			fail: map[string]string{
				"list_users": "The response to a request is a web page, so a proxy or firewall may have answered", "user_by_name": "is a web page, so a proxy or firewall may have answered",
			},
			passed: []string{"sign_in", "list_servers", "resource_report"},
		},
		"a firewall's page for the key": {
			options: opasim.Options{Faults: []opasim.Fault{{Path: "/service_token", Status: 403, Body: []byte(page), Header: http.Header{"Content-Type": {"text/html"}}}}},
			fail:    map[string]string{"sign_in": "Unexpected error response. The response to a request (authenticating with an API key) is a web page"},
		},
		"a firewall's page for an early download": {
			options: opasim.Options{Generation: time.Second, Faults: []opasim.Fault{{Path: "/access_reports/{id}/report", Times: 1, Status: 403, Body: []byte(page), Header: http.Header{"Content-Type": {"text/html"}}}}},
			warn:    map[string]string{"download_early": "is a web page (HTTP status 403), so a proxy or firewall may have answered"},
		},
		"unknown header": {
			options: opasim.Options{CSV: opasim.CSV{Header: german}},
			fail:    map[string]string{"user_rows": "report_columns", "resource_rows": "Spalte-user_name"},
			passed:  []string{"user_report", "resource_report", "reuse_report"},
		},
		"unknown header of one report": {
			options: opasim.Options{
				ResourceCSV: &opasim.CSV{Header: german},
				CSV:         opasim.CSV{ConditionText: map[string]string{opasim.ConditionMFA: "Moon phase"}},
			},
			fail: map[string]string{"resource_rows": "report_columns"},
			warn: map[string]string{"conditions": `"Moon phase"`},
		},
		"a list of servers that cannot be read": {
			options: opasim.Options{PageSize: 2, Faults: []opasim.Fault{
				{Path: "/all_servers", Nth: 1, Times: 1, Header: http.Header{"Link": {`<https://internal.example/v1/teams/demo/all_servers?offset=abc>; rel="next"`}}},
			}},
			fail:   map[string]string{"list_servers": "another host"},
			passed: []string{"server_by_hostname", "server_by_id", "resource_report", "compare_reports"},
		},
		"unknown user": {
			arguments: config{"user_name": "larry.linuxadmn", "hostname": "web-01"},
			fail:      map[string]string{"user_by_name": `Did you mean "larry.linuxadmin"?`},
			passed:    []string{"server_by_hostname", "resource_report", "resource_rows", "read_resource_report_again"},
		},
		"unknown server": {
			arguments: config{"user_name": "larry.linuxadmin", "hostname": "web-1"},
			fail:      map[string]string{"server_by_hostname": `"web-01"`},
			passed:    []string{"user_by_name", "user_report", "user_rows"},
		},
		"failed reports": {
			options: opasim.Options{FinalStatus: func(string, int) string { return opasim.StatusError }},
			fail:    map[string]string{"user_report": "ended with the status ERROR", "resource_report": "ended with the status ERROR"},
			passed:  []string{"create_user_report"},
		},
		"reports that never end": {
			options: opasim.Options{Generation: time.Hour}, arguments: config{"user_name": "larry.linuxadmin", "hostname": "web-01", "timeouts": config{"read": "1s"}},
			fail: map[string]string{"user_report": "did not complete within timeouts.read", "resource_report": "exceeded timeouts.read"}, passed: []string{"download_early"},
		},
		"rows missing in one report": {
			options: opasim.Options{OmitRow: func(kind, _ string, _ int, row opasim.Row) bool { return kind == "resource" && row.Account == "root" }},
			fail:    map[string]string{"compare_reports": "Only in the report on the user: 1 row. Only in the report on the server: 0 rows."},
		},
		"nobody has access": {
			arguments: config{"user_name": "neil.newcomer", "hostname": "island-01"},
			warn:      map[string]string{"user_rows": "has 0 rows", "resource_rows": "has 0 rows", "compare_reports": "nothing to compare"},
		},
		"two servers with the hostname": {
			options: opasim.Options{}, arguments: config{"user_name": "larry.linuxadmin", "hostname": "db-02"},
			fail: map[string]string{"server_by_hostname": "2 servers have the hostname"},
		},
		"one of two servers": {
			arguments: config{"user_name": "larry.linuxadmin", "resource_id": opasim.DefaultWorld().Servers("db-02")[0].ID},
			warn:      map[string]string{"server_by_hostname": "project_name or resource_id", "server_by_canonical_name": "Several servers", "compare_reports": "another server with the same name"},
		},
		"unknown conditions": {
			options: opasim.Options{CSV: opasim.CSV{ConditionText: map[string]string{opasim.ConditionMFA: "Moon phase"}}},
			warn:    map[string]string{"conditions": `"Moon phase"`},
		},
		"early CSV": {
			options: opasim.Options{Generation: 2 * time.Second, Faults: []opasim.Fault{
				{Method: "GET", Path: "/access_reports/{id}/report", Times: 1, Status: 200, Body: []byte("User Name,Account\n"), Header: http.Header{"Content-Type": {"text/csv"}}},
			}},
			warn: map[string]string{"download_early": "before the report was complete"},
		},
		"reports that cannot be read at first": {
			options: opasim.Options{Generation: 100 * time.Millisecond, Faults: []opasim.Fault{{Method: "GET", Path: "/access_reports/{id}", Times: 2, Status: 404}}},
			passed:  []string{"user_report", "resource_report"},
		},
		"no time": {
			arguments: config{"user_name": "larry.linuxadmin", "hostname": "web-01", "timeouts": config{"read": "1ns"}},
			fail:      map[string]string{"sign_in": "exceeded timeouts.read"},
		},
		"reports about another user": {
			options: opasim.Options{Faults: []opasim.Fault{{
				Path: "/access_reports/{id}/report", Status: 200, Body: []byte(reportHeader + "bob.builder,human,ACTIVE,web-01,server,root,user,MFA\n"), Header: http.Header{"Content-Type": {"text/csv"}},
			}}},
			fail: map[string]string{"user_rows": `use none of its names`},
		},
		"unknown words": {
			options: opasim.Options{Faults: []opasim.Fault{{
				Path: "/access_reports/{id}/report", Status: 200, Body: []byte(reportHeader + "larry.linuxadmin,human,ACTIVE,web-01,server,root,sudo: restart,MFA\n"), Header: http.Header{"Content-Type": {"text/csv"}},
			}}},
			warn: map[string]string{"user_rows": `privileges "sudo: restart"`, "resource_rows": `privileges "sudo: restart"`},
		},
		"unknown words of the user": {
			options: opasim.Options{Faults: []opasim.Fault{{Path: "/users/{name}", Status: 200, Body: []byte(
				`{"id":"` + opasim.DefaultWorld().User("larry.linuxadmin").ID + `","name":"larry.linuxadmin","user_type":"human_panther","status":"SUSPENDED"}`,
			)}}},
			warn:   map[string]string{"user_by_name": `Unknown words, which the provider returns unchanged: user_type "human_panther", status "SUSPENDED". Please report`},
			passed: []string{"user_by_id", "user_in_list", "user_report"},
		},
		"missing words of the user": {
			options: opasim.Options{Faults: []opasim.Fault{{Path: "/users/{name}", Status: 200, Body: []byte(
				`{"id":"` + opasim.DefaultWorld().User("larry.linuxadmin").ID + `","name":"larry.linuxadmin"}`,
			)}}},
			passed: []string{"user_by_name"},
		},
		"unknown state of the server": {
			options: opasim.Options{Faults: []opasim.Fault{{Path: "/all_servers", Status: 200, Body: []byte(
				`{"list":[{"id":"` + opasim.DefaultWorld().Servers("web-01")[0].ID + `","hostname":"web-01","state":"PENDING"}]}`,
			)}}},
			warn: map[string]string{"server_by_hostname": `state "PENDING"`, "server_by_canonical_name": "no such name", "server_by_id": `state "PENDING"`},
		},
		"unknown first status": {
			options: opasim.Options{FirstStatus: "PENDING_LYNX", Generation: time.Second},
			warn: map[string]string{
				"create_user_report":     `Unknown status, with which the provider continues to poll: "PENDING_LYNX". Please report`,
				"create_resource_report": `"PENDING_LYNX"`,
			},
			passed: []string{"user_report", "resource_report"},
		},
		"unknown second status": {
			options: opasim.Options{SecondStatus: "RUNNING", Generation: 2 * time.Second},
			warn:    map[string]string{"user_report": `Unknown status, with which the provider continues to poll: "RUNNING". Please report`},
			passed:  []string{"create_user_report", "resource_report"},
		},
		"lists without elements": {
			options: opasim.Options{Faults: []opasim.Fault{{Path: "/groups", Status: 200, Body: []byte(`{"list":null}`)}}},
			warn:    map[string]string{"list_groups": "is empty"},
		},
		"an enormous limit": {
			options: opasim.Options{Faults: []opasim.Fault{{Path: "*", Header: http.Header{"X-Ratelimit-Limit": {"9223372036854775807"}}}}},
		},
		"reports not in the list": {
			options: opasim.Options{ListLag: time.Hour},
			warn:    map[string]string{"reuse_report": "created another report, because it did not find the first one in the list of reports"},
		},
		"reports with a clock ahead": {
			options: opasim.Options{DatabaseSkew: 400 * time.Second},
			warn:    map[string]string{"reuse_report": "seconds after the time in the Date header of the response. max_age does not use reports that are more than 5 minutes in the future"},
		},
		"reports with a clock a bit ahead": {options: opasim.Options{DatabaseSkew: 290 * time.Second}},
		"reports with a clock behind": {
			options: opasim.Options{DatabaseSkew: -4000 * time.Second},
			warn:    map[string]string{"reuse_report": "looks older than the max_age of this check"},
		},
		"reports with a clock a bit behind": {options: opasim.Options{DatabaseSkew: -400 * time.Second}},
		"responses without a date, clock ahead": {
			options: opasim.Options{DatabaseSkew: 2 * time.Hour, Faults: []opasim.Fault{{Path: "*", Header: http.Header{"Date": nil}}}},
			warn:    map[string]string{"reuse_report": "after the time of this machine (the response has no Date header)"},
		},
		"lists of reports without created_at": {
			options: opasim.Options{NullCreatedAt: true},
			warn:    map[string]string{"reuse_report": "does not have created_at of the first one"},
		},
		"lists of reports without details": {
			options: opasim.Options{NoReportDetails: true},
			warn:    map[string]string{"reuse_report": "does not have the details of the first one"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			arguments := test.arguments
			if arguments == nil {
				arguments = larryOnWeb
			}
			sim := opasim.Start(t, test.options)
			c := checkTenant(t, configured(t, sim, test.provider), arguments)
			for status, expected := range map[string]map[string]string{"fail": test.fail, "warn": test.warn} {
				others := c.not("pass", "skipped", map[string]string{"fail": "warn", "warn": "fail"}[status])
				for check, part := range expected {
					if c.status[check] != status || !strings.Contains(c.detail[check], part) {
						t.Errorf("%s: got %s: %s, want %s: … %s", check, c.status[check], c.detail[check], status, part)
					}
					delete(others, check)
				}
				if len(others) > 0 {
					t.Errorf("got also %v, want only %v\n%v", others, expected, c.detail)
				}
			}
			if c.ok != (test.fail == nil) {
				t.Errorf("got ok %t and %v, want %t", c.ok, c.status, test.fail == nil)
			}
			for _, check := range test.passed {
				if c.status[check] != "pass" {
					t.Errorf("%s: got %s: %s, want pass", check, c.status[check], c.detail[check])
				}
			}
			if len(c.names) != 23 {
				t.Errorf("got the checks %q, want all 23", c.names)
			}
		})
	}
}

// A proxy that removes the links of lists is found by the user and the server that are not
// on the first page. Those that lists may leave out are not.
func TestTenantCheckListsWithoutLinks(t *testing.T) {
	t.Parallel()
	world := opasim.DefaultWorld()
	for name, test := range map[string]struct {
		arguments config
		page      int
		want      map[string]string // part of the detail of failed checks
	}{
		"both on a later page": {config{"user_name": "paula+pager@example.com", "hostname": "web-02"}, 1, map[string]string{
			"list_users":   "first page has 1 user and no link to a next page, but not the user that was found",
			"list_servers": "Check whether a proxy removes the Link header",
		}},
		"both on the first page": {larryOnWeb, 100, nil},
		"a service user":         {config{"user_name": "ci-deployer", "resource_id": world.Servers("app-01")[0].ID}, 1, map[string]string{"list_servers": "not complete"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := opasim.Start(t, opasim.Options{PageSize: test.page})
			proxy := withoutLinks(t, sim.URL)
			s := newServer(t)
			if diags := s.configure(config{"base_url": proxy, "team": opasim.DefaultTeam, "key_id": opasim.DefaultKeyID, "key_secret": opasim.DefaultKeySecret}); diags != "" {
				t.Fatal(diags)
			}
			c := checkTenant(t, s, test.arguments)
			for _, check := range []string{"list_users", "list_servers"} {
				part, fails := test.want[check]
				if (c.status[check] == "fail") != fails || !strings.Contains(c.detail[check], part) {
					t.Errorf("%s: got %s: %s, want fail %t: … %s", check, c.status[check], c.detail[check], fails, part)
				}
			}
			if c.ok != (test.want == nil) {
				t.Errorf("got ok %t and %v, want %t", c.ok, c.not("pass"), test.want == nil)
			}
		})
	}
}

// withoutLinks returns the URL of a proxy that removes the header with the next page.
func withoutLinks(t *testing.T, target string) string {
	t.Helper()
	to, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite:        func(r *httputil.ProxyRequest) { r.SetURL(to) },
		ModifyResponse: func(r *http.Response) error { r.Header.Del("Link"); return nil },
	})
	t.Cleanup(proxy.Close)
	return proxy.URL
}

// Links that the provider cannot follow do not hold the assumption about links.
func TestProfileOfUnreadableLinks(t *testing.T) {
	t.Parallel()
	for link, want := range map[string]string{
		`</v1/teams/demo/groups?offset=x>; rel="next"`:                                             "true",
		`</v1/teams/demo/groups?offset=a>; rel="prev", </v1/teams/demo/groups?offset=x>; rel=next`: "true",
		`<https://internal.example/v1/teams/demo/groups?offset=x>; rel="next"`:                     "false",
		`<%%%>; rel="next"`:                  "false",
		`https://internal.example; rel=next`: "false",
	} {
		sim := opasim.Start(t, opasim.Options{Faults: []opasim.Fault{{Path: "/groups", Header: http.Header{"Link": {link}}}}})
		c := checkTenant(t, configured(t, sim, config{"max_retries": 0}), larryOnWeb)
		if part := "\"link-pagination\",\n      \"held\": " + want; !strings.Contains(c.profile, part) {
			t.Errorf("%s: got the profile\n%.3000s\nwant %s", link, c.profile, part)
		}
	}
}

// assumptionsOf returns the assumptions of a profile, by their names.
func assumptionsOf(t *testing.T, profile string) map[string]string {
	t.Helper()
	var p struct {
		Assumptions []struct {
			Name     string `json:"name"`
			Held     bool   `json:"held"`
			Observed string `json:"observed"`
		} `json:"assumptions"`
	}
	if err := json.Unmarshal([]byte(profile), &p); err != nil {
		t.Fatal(err)
	}
	assumptions := map[string]string{}
	for _, a := range p.Assumptions {
		assumptions[a.Name] = fmt.Sprintf("%t: %s", a.Held, a.Observed)
	}
	return assumptions
}

// Transient failures before requests of each kind change neither the result of a check nor
// an assumption. After several 429s, the client sends requests slowly.
func TestTenantCheckDespiteTransientFailures(t *testing.T) {
	t.Parallel()
	options := opasim.Options{Generation: 4 * time.Second, PageSize: 3}
	want := checkTenant(t, configured(t, opasim.Start(t, options)), larryOnWeb)
	for name, requests := range map[string][]string{
		"503 of all": {
			"POST /service_token", "GET /users", "GET /groups", "GET /all_servers", "GET /users/{name}", "GET /users_by_id/{id}",
			"GET /access_reports", "POST /access_reports", "GET /access_reports/{id}", "GET /access_reports/{id}/report",
		},
		"429 of lookups": {"GET /users", "GET /users_by_id/{id}"},
		"429 of reports": {"GET /access_reports/{id}", "GET /access_reports/{id}/report"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, err := strconv.Atoi(name[:3])
			if err != nil {
				t.Fatal(err)
			}
			failing := options
			for _, request := range requests {
				method, path, _ := strings.Cut(request, " ")
				failing.Faults = append(failing.Faults, opasim.Fault{Method: method, Path: path, Times: 1, Status: status, Header: http.Header{"Retry-After": {"1"}}})
			}
			sim := opasim.Start(t, failing)
			got := checkTenant(t, configured(t, sim), larryOnWeb)
			if diff := gocmp.Diff(want.status, got.status); diff != "" {
				t.Errorf("statuses (-without +with):\n%s%v", diff, got.detail)
			}
			if diff := gocmp.Diff(assumptionsOf(t, want.profile), assumptionsOf(t, got.profile)); diff != "" {
				t.Errorf("assumptions (-without +with):\n%s", diff)
			}
			failures := strings.Count(got.profile, fmt.Sprintf(`"status": %d,`, status))
			if failures < len(failing.Faults) {
				t.Errorf("got %d kinds of requests that failed, want %d\n%s", failures, len(failing.Faults), got.profile)
			}
		})
	}
}

// The replay of a tenant responds to an early download with the same status, even with one
// that is transient elsewhere.
func TestReplayOfFailingEarlyDownloads(t *testing.T) {
	t.Parallel()
	for _, status := range []int{500, 503} {
		want := profileOf(t, opasim.Options{NotReadyStatus: status, Generation: time.Second}, larryOnWeb, nil)
		if got := assumptionsOf(t, want)["download-early"]; got != fmt.Sprintf("true: %d, json", status) {
			t.Errorf("%d: got %s, want the status", status, got)
		}
		if diff := gocmp.Diff(want, profileOf(t, replayed(t, want), larryOnWeb, nil)); diff != "" {
			t.Errorf("%d: profile (-want +got):\n%s", status, diff)
		}
	}
}

// An early download takes one request, or two if the first one fails, and little time, and its refusal is reported as such.
func TestTenantCheckEarlyDownload(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault        opasim.Fault
		status, part string
	}{
		"refused":            {opasim.Fault{Status: 403}, "pass", "HTTP status 403"},
		"fails once":         {opasim.Fault{Status: 503}, "pass", "HTTP status 409"},
		"fails again":        {opasim.Fault{Status: 503, Times: 2}, "pass", "HTTP status 503"},
		"limited for longer": {opasim.Fault{Status: 429}, "skipped", "HTTP status 429"},
		"no reply":           {opasim.Fault{Delay: time.Hour}, "warn", "did not respond"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.fault.Path, test.fault.Times = "/access_reports/{id}/report", cmp.Or(test.fault.Times, 1)
			sim := opasim.Start(t, opasim.Options{Generation: time.Second, Faults: []opasim.Fault{test.fault}})
			c := checkTenant(t, configured(t, sim, config{"max_retries": 3}), config{"user_name": "larry.linuxadmin", "hostname": "web-01", "timeouts": config{"read": "12s"}})
			if c.status["download_early"] != test.status || !strings.Contains(c.detail["download_early"], test.part) {
				t.Errorf("got %s: %s, want %s: … %s", c.status["download_early"], c.detail["download_early"], test.status, test.part)
			}
			if c.status["user_report"] != "pass" || c.status["resource_report"] != "pass" {
				t.Errorf("got %v, want complete reports", c.not("pass"))
			}
		})
	}
}

// The advice for a CSV without a header in another order is not to map its first row, and
// a mapping that does is refused.
func TestHeaderlessReportInAnotherOrder(t *testing.T) {
	t.Parallel()
	body := "root,admin,MFA,larry.linuxadmin,human,ACTIVE,web-01,server\nlarry,user,,larry.linuxadmin,human,ACTIVE,web-02,server\n"
	sim := opasim.Start(t, opasim.Options{Faults: []opasim.Fault{{Path: "/access_reports/{id}/report", Status: 200, Header: http.Header{"Content-Type": {"text/csv"}}, Body: []byte(body)}}})
	arguments := config{"user_name": "larry.linuxadmin"}
	_, diags := configured(t, sim).read("opa_user_access_report", arguments)
	if !strings.Contains(diags, "seems to have no header") || !strings.Contains(diags, "opa_tenant_check") || strings.Contains(diags, "Map the columns") {
		t.Errorf("got %s\nwant no advice to map columns", diags)
	}
	mapping := config{"report_columns": config{
		"account": "root", "privileges": "admin", "conditions": "MFA", "user_name": "larry.linuxadmin", "user_type": "human", "user_status": "ACTIVE", "resource_name": "web-01", "resource_type": "server",
	}}
	state, diags := configured(t, sim, mapping).read("opa_user_access_report", arguments)
	if state != nil || !strings.Contains(diags, "report_columns takes this line as the header") || !strings.Contains(diags, "Do not set report_columns") {
		t.Errorf("got the state %v and %s\nwant an error about report_columns", state, diags)
	}
}

// A user can have the name of a column.
func TestUserNamedLikeAColumn(t *testing.T) {
	t.Parallel()
	names := make([]string, 23)
	for i := range names {
		names[i] = "x" + strconv.Itoa(i)
	}
	names[0] = "policy"
	sim := opasim.Start(t, opasim.Options{World: clitest.World(t, worldWith(names)), CSV: opasim.CSV{Extra: []opasim.Column{opasim.ColumnPolicy}}})
	state, diags := configured(t, sim).read("opa_user_access_report", config{"user_name": "policy"})
	if state == nil || state["row_count"] == int64(0) {
		t.Errorf("got the state %v and %s\nwant rows", state, diags)
	}
}

// A bearer token that is not valid is found by the checks after sign_in.
func TestTenantCheckBearerToken(t *testing.T) {
	t.Parallel()
	sim := opasim.Start(t, opasim.Options{StaticTokens: []string{"header.payload.signature"}})
	for token, want := range map[string]string{"header.payload.signature": "pass", "header.payload.expired00": "fail"} {
		s := newServer(t)
		if diags := s.configure(config{"base_url": sim.URL, "team": opasim.DefaultTeam, "bearer_token": token}); diags != "" {
			t.Fatal(diags)
		}
		c := checkTenant(t, s, larryOnWeb)
		if c.status["list_users"] != want || !strings.Contains(c.profile, `"credentials": "bearer_token"`) || strings.Contains(c.profile, token) {
			t.Errorf("%s: got list_users %s and the profile\n%s\nwant %s", token, c.status["list_users"], c.profile, want)
		}
	}
}

// profileOptions are tenants whose responses have texts of the tenant in many places.
func profileOptions() []opasim.Options {
	extra := []opasim.Column{opasim.ColumnUserID, opasim.ColumnProject, opasim.ColumnResourceGroup, opasim.ColumnPolicy}
	return []opasim.Options{
		{},
		{CSV: opasim.CSV{NoHeader: true}},
		{CSV: opasim.CSV{Extra: extra}},
		{CSV: opasim.CSV{NoHeader: true, Extra: extra}},
		{PageSize: 2, ZeroDeletedAt: true, IgnoreServerFilters: true},
	}
}

// worldWith returns a world with access of a user to two servers. Each %d in the text is a
// name, in the same order for all names.
func worldWith(names []string) string {
	const text = `
		user "%1" {
			account = "%2"
			email = "%3@%4.example"
			first_name = "%5"
			last_name = "%6"
		}
		user "%7" { type = "service" }
		user "%20" { status = "DISABLED" }
		group "%8" { members = ["%1", "%7", "%20"] }
		resource_group "%9" {
			project "%10" {
				server "%11" {
					os = "%12"
					canonical_name = "%11.%13"
					alt_names = ["%14"]
					access_address = "%15"
					labels = { "%16" = "%17" }
				}
				server "%18" {}
			}
		}
		policy "%19" {
			groups = ["%8"]
			rule "%21" {
				servers { project = "%10" }
				individual = ["user", "admin"]
			}
			rule "%22" {
				servers { project = "%10" }
				shared = ["%23"]
				conditions = ["mfa"]
			}
		}`
	return regexp.MustCompile(`%\d+`).ReplaceAllStringFunc(text, func(place string) string {
		var n int
		_, _ = fmt.Sscanf(place, "%%%d", &n)
		return names[n-1]
	})
}

// profileOfWorld returns the profile of a tenant with names.
func profileOfWorld(t *testing.T, names []string, options opasim.Options) string {
	t.Helper()
	options.World = clitest.World(t, worldWith(names))
	return checkTenant(t, configured(t, opasim.Start(t, options)), config{"user_name": names[0], "hostname": names[10]}).profile
}

// The profile does not depend on any name in the tenant: tenants that differ only in their
// names have equal profiles.
func TestProfileDoesNotDependOnNames(t *testing.T) {
	t.Parallel()
	const count = 23
	name := rapid.StringMatching(`[a-z]{1,12}([._-]?[A-Za-z0-9éß]{1,8}){0,2}`)
	// The order of the names is the same, because the order of rows is in a profile, and no
	// name contains that of the user, because the check searches for it.
	prefixed := func(words []string) []string {
		names := make([]string, len(words))
		for i, word := range words {
			names[i] = fmt.Sprintf("%c%s", 'a'+i, word)
		}
		names[0] = "a--" + words[0]
		names[9] = strings.NewReplacer("é", "e", "ß", "s").Replace(names[9]) // a project
		return names
	}
	for i, options := range profileOptions() {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			t.Parallel()
			want := profileOfWorld(t, prefixed(slices.Repeat([]string{"x"}, count)), options)
			if !strings.Contains(want, `"status": "pass"`) {
				t.Fatalf("got the profile\n%s\nwant passed checks", want)
			}
			for seed := range 10 {
				names := prefixed(rapid.SliceOfN(name, count, count).Example(seed))
				if diff := gocmp.Diff(want, profileOfWorld(t, names, options)); diff != "" {
					t.Errorf("names %q: profile (-want +got):\n%s", names, diff)
				}
			}
		})
	}
}

// The profile has no text that a server or a proxy sends in other places: error messages,
// values and names of headers, unknown fields, links, pages.
func TestProfileHasNoTextOfResponses(t *testing.T) {
	t.Parallel()
	const canary = "Quetzalbird"
	body := func(text string) []byte { return []byte(strings.ReplaceAll(text, "CANARY", canary)) }
	for name, fault := range map[string]opasim.Fault{
		"error":             {Path: "/users/{name}", Status: 404, Body: body(`{"code":404,"message":"The user CANARY does not exist","type":"CANARY","CANARY":1,"labels":{"user":"CANARY"}}`)},
		"errors":            {Path: "/users/{name}", Status: 400, Body: body(`{"message":"CANARY","errors":[{"path":"CANARY","CANARY":{"CANARY":["CANARY"]}}]}`)},
		"text":              {Path: "/users/{name}", Status: 400, Body: body("CANARY")},
		"page":              {Path: "*", Status: 200, Body: body("<p>CANARY</p>")},
		"sign-in":           {Path: "/service_token", Status: 401, Body: body(`{"message":"CANARY","type":"authentication_error"}`)},
		"redirect":          {Path: "/groups", Redirect: "https://" + canary + ".example/?team=" + canary},
		"header":            {Path: "*", Header: http.Header{"X-" + canary: {canary}, "Set-Cookie": {canary}, "Server": {canary}, "X-Request-Id": {canary}}},
		"media type":        {Path: "/groups", Header: http.Header{"Content-Type": {"application/" + canary + "; charset=" + canary}}},
		"invalid type":      {Path: "/groups", Header: http.Header{"Content-Type": {canary + "; ;;"}}},
		"limit":             {Path: "*", Header: http.Header{"X-Ratelimit-Limit": {canary}, "Date": {canary}}},
		"link":              {Path: "/groups", Header: http.Header{"Link": {"<https://" + canary + `.example>; rel="next"; title="` + canary + `"`}}},
		"unknown fields":    {Path: "/groups", Status: 200, Body: body(`{"list":[{"id":"CANARY","name":"CANARY","CANARY":"CANARY","CANARY_at":null,"tags":{"CANARY":"x"}}],"CANARY":{}}`)},
		"deep":              {Path: "/groups", Status: 200, Body: body(`{"list":[{"id":"1","roles":[{"a":{"b":{"c":{"d":{"e":{"CANARY":"CANARY"}}}}}}]}]}`)},
		"status":            {Method: "GET", Path: "/access_reports/{id}", Status: 200, Body: body(`{"id":"CANARY","status":"CANARY"}`)},
		"CSV":               {Path: "/access_reports/{id}/report", Status: 200, Header: http.Header{"Content-Type": {"text/csv"}}, Body: body("CANARY,CANARY\nCANARY,\"CANARY\"\n")},
		"CSV in one column": {Path: "/access_reports/{id}/report", Status: 200, Header: http.Header{"Content-Type": {"text/csv"}}, Body: body("CANARY")},
		"JSON":              {Path: "/access_reports/{id}/report", Status: 200, Body: body(`{"CANARY":"CANARY"}`)},
		"JSON string":       {Path: "/access_reports/{id}/report", Status: 200, Body: body(`"User Name,Account,CANARY"`)},
		"known columns": {Path: "/access_reports/{id}/report", Status: 200, Header: http.Header{"Content-Type": {"text/csv"}}, Body: body(
			"User Name,User Type,User Status,Resource Name,Resource Type,Account,Privileges,Conditions,CANARY\n" +
				"larry.linuxadmin,CANARY,CANARY,web-01,CANARY,CANARY,CANARY,\"MFA, CANARY (CANARY)\",CANARY\n")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := opasim.Start(t, opasim.Options{Faults: []opasim.Fault{fault}})
			c := checkTenant(t, configured(t, sim, config{"max_retries": 0}), larryOnWeb)
			if strings.Contains(strings.ToLower(c.profile), strings.ToLower(canary)) || strings.Contains(c.profile, "larry") || strings.Contains(c.profile, "web-01") {
				t.Errorf("got the profile\n%s\nwant no text of the tenant", c.profile)
			}
		})
	}
}
