package provider_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// rowsOf returns the rows of users and servers in one list.
func rowsOf(world *opasim.World, users []string, hosts []*opasim.Host) []any {
	var rows []subjectRow
	for _, name := range users {
		rows = append(rows, userRows(world, world.User(name).ID)...)
	}
	for _, host := range hosts {
		rows = append(rows, resourceRows(world, host.ID)...)
	}
	return wantRows(rows)
}

// column returns an attribute of all elements of a list in the state.
func column(t *testing.T, state map[string]any, list, attribute string) (cells []any) {
	t.Helper()
	elements, ok := state[list].([]any)
	if !ok {
		t.Fatalf("%s: got %v, want a list", list, state[list])
	}
	for _, element := range elements {
		cells = append(cells, element.(map[string]any)[attribute])
	}
	return cells
}

func TestUserAccessReports(t *testing.T) {
	sim := opasim.Start(t, opasim.Options{Generation: 100 * time.Millisecond, Shuffle: true, PageSize: 2})
	world := sim.World()
	s := configured(t, sim)
	const escapedGroup = "Pikett A/B #1: 100% Zürich" // with characters that a path escapes
	for name, test := range map[string]struct {
		arguments config
		users     []string
	}{
		"user names":            {config{"user_names": []any{"larry.linuxadmin", "ci-deployer", "neil.newcomer"}}, []string{"ci-deployer", "larry.linuxadmin", "neil.newcomer"}},
		"user IDs":              {config{"user_ids": []any{world.User("rené.reader").ID, world.User("dora.database").ID}}, []string{"dora.database", "rené.reader"}},
		"group":                 {config{"group_name": escapedGroup}, []string{"paula+pager@example.com", "rené.reader"}},
		"active members":        {config{"group_name": "linux-admins", "user_status": []any{"ACTIVE"}}, []string{"larry.linuxadmin"}},
		"all members":           {config{"group_name": "linux-admins"}, []string{"dana.disabled", "greta.gone", "larry.linuxadmin"}},
		"service users":         {config{"group_name": "automation", "user_type": "service"}, []string{"backup-runner", "ci-deployer"}},
		"no members of type":    {config{"group_name": "automation", "user_type": "human"}, nil},
		"group without members": {config{"group_name": "nobody-yet"}, nil},
		"empty set":             {config{"user_names": []any{}}, nil},
		"user without access":   {config{"user_names": []any{"neil.newcomer"}}, []string{"neil.newcomer"}},
	} {
		t.Run(name, func(t *testing.T) {
			arguments := with(config{"allow_empty": test.users == nil}, test.arguments)
			state, diags := s.read("opa_user_access_reports", arguments)
			if wantWarning := test.users == nil; wantWarning != strings.HasPrefix(diags, "warning: Empty selection") || !wantWarning && diags != "" {
				t.Fatalf("got %s\nwant a warning on an empty selection: %t", diags, wantWarning)
			}
			if diff := gocmp.Diff(rowsOf(world, test.users, nil), state["rows"]); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
			var names, ids []any
			for _, user := range test.users {
				names, ids = append(names, user), append(ids, world.User(user).ID)
			}
			if diff := gocmp.Diff(names, column(t, state, "users", "user_name")) + gocmp.Diff(ids, column(t, state, "users", "user_id")); diff != "" {
				t.Errorf("names and IDs (-want +got):\n%s", diff)
			}
			wantRowCount := int64(0)
			for _, count := range column(t, state, "users", "row_count") {
				wantRowCount += count.(int64)
			}
			if state["row_count"] != wantRowCount || wantRowCount != int64(len(state["rows"].([]any))) || state["reused"] != false {
				t.Errorf("got row_count %v, %d rows, reused %v, want %d rows, reused false", state["row_count"], len(state["rows"].([]any)), state["reused"], wantRowCount)
			}
			wantStatus := any("COMPLETED")
			switch {
			case test.users == nil:
				wantStatus = nil
			case wantRowCount == 0:
				wantStatus = "COMPLETED_BUT_EMPTY"
			}
			if state["status"] != wantStatus || (state["created_at"] == nil) != (test.users == nil) {
				t.Errorf("got status %v, created_at %v, want status %v, created_at null: %t", state["status"], state["created_at"], wantStatus, test.users == nil)
			}
		})
	}
	checkContract(t, sim)
}

func TestResourceAccessReports(t *testing.T) {
	sim := opasim.Start(t, opasim.Options{PageSize: 2})
	world := sim.World()
	s := configured(t, sim)
	web := world.Servers("web-01")[0]
	var storefront, commerce []*opasim.Host
	for _, host := range world.AllServers() {
		if host.DeletedAt == "" && host.ResourceGroupName == "commerce" {
			commerce = append(commerce, host)
			if host.ProjectName == "storefront" {
				storefront = append(storefront, host)
			}
		}
	}
	for name, test := range map[string]struct {
		arguments config
		hosts     []*opasim.Host
	}{
		"hostnames":      {config{"hostnames": []any{"web-01", "win-01"}}, []*opasim.Host{web, world.Servers("win-01")[0]}},
		"resource IDs":   {config{"resource_ids": []any{web.ID}}, []*opasim.Host{web}},
		"project name":   {config{"project_name": "storefront"}, storefront},
		"project ID":     {config{"project_id": web.ProjectID}, storefront},
		"resource group": {config{"resource_group_id": web.ResourceGroupID}, commerce},
	} {
		t.Run(name, func(t *testing.T) {
			state, diags := s.read("opa_resource_access_reports", test.arguments)
			if diags != "" {
				t.Fatalf("got %s\nwant no diagnostics", diags)
			}
			if diff := gocmp.Diff(rowsOf(world, nil, test.hosts), state["rows"]); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
			if n := len(column(t, state, "resources", "hostname")); n != len(test.hosts) {
				t.Errorf("got %d resources, want %d", n, len(test.hosts))
			}
		})
	}
	checkContract(t, sim)
}

// A batch of 300 members creates one report each, within the limits of the provider.
func TestBatchLimits(t *testing.T) {
	world := opasim.GenerateWorld(300, 2)
	sim := opasim.Start(t, opasim.Options{World: world, PageSize: 100, Generation: 300 * time.Millisecond, Latency: 2 * time.Millisecond})
	s := configured(t, sim, config{"max_concurrent_requests": 6, "max_pending_reports": 40})
	state, diags := s.read("opa_user_access_reports", config{"group_name": "all-users"})
	if diags != "" {
		t.Fatalf("got %s\nwant no diagnostics", diags)
	}
	reports := map[any]bool{}
	for _, id := range column(t, state, "users", "report_id") {
		reports[id] = true
	}
	creates := sim.Count(http.MethodPost, "/access_reports")
	if len(reports) != 300 || creates != 300 || state["row_count"] != int64(600) {
		t.Errorf("got %d reports, %d creates, %v rows, want 300, 300, 600", len(reports), creates, state["row_count"])
	}
	if sim.MaxInFlight() > 6 || sim.MaxPending() > 40 || sim.MaxPending() < 20 || sim.Logins() != 1 {
		t.Errorf("got %d requests in flight, %d reports pending, %d logins, want at most 6, 20 to 40, 1", sim.MaxInFlight(), sim.MaxPending(), sim.Logins())
	}
	if n := sim.Count(http.MethodGet, "/groups/{name}/users"); n != 3 {
		t.Errorf("got %d pages of members, want 3", n)
	}
}

// A selection of 100 names or IDs needs few requests in addition to those for the
// reports.
func TestManyUsersNeedFewRequests(t *testing.T) {
	world := opasim.GenerateWorld(100, 1)
	for _, argument := range []string{"user_names", "user_ids"} {
		sim := opasim.Start(t, opasim.Options{World: world, Generation: 200 * time.Millisecond})
		var values []any
		for _, user := range world.Users() {
			values = append(values, map[string]string{"user_names": user.Name, "user_ids": user.ID}[argument])
		}
		state, diags := configured(t, sim).read("opa_user_access_reports", config{argument: values})
		if diags != "" || state["row_count"] != int64(100) || len(sim.Requests()) > 345 {
			t.Errorf("%s: got %v rows, %d requests, want 100 rows, at most 345 requests, no diagnostics\n%s", argument, state["row_count"], len(sim.Requests()), diags)
		}
	}
}

// Data sources that select the same subject concurrently share one report.
func TestConcurrentBatchesShareReports(t *testing.T) {
	sim := opasim.Start(t, opasim.Options{Generation: 400 * time.Millisecond})
	s := configured(t, sim)
	var wait sync.WaitGroup
	for _, read := range []struct {
		name      string
		arguments config
	}{
		{"opa_user_access_reports", config{"user_names": []any{"larry.linuxadmin", "dora.database"}}},
		{"opa_user_access_reports", config{"group_name": "database-operators"}},
		{"opa_user_access_report", config{"user_name": "larry.linuxadmin"}},
	} {
		wait.Go(func() {
			if _, diags := s.read(read.name, read.arguments); diags != "" {
				t.Errorf("got %s\nwant no diagnostics", diags)
			}
		})
	}
	wait.Wait()
	if creates := sim.Count(http.MethodPost, "/access_reports"); creates != 2 {
		t.Errorf("got %d reports for two users, want 2", creates)
	}
}

// A subject that is selected twice is one member, and has its rows once.
func TestDuplicateSubjects(t *testing.T) {
	sim := opasim.Start(t, opasim.Options{})
	id := sim.World().User("larry.linuxadmin").ID
	state, diags := configured(t, sim).read("opa_user_access_reports", config{"user_ids": []any{id, strings.ToUpper(id)}})
	if diff := gocmp.Diff(rowsOf(sim.World(), []string{"larry.linuxadmin"}, nil), state["rows"]); diff != "" || diags != "" || len(column(t, state, "users", "user_id")) != 1 {
		t.Errorf("got diagnostics %q, users %v, want one user; rows (-want +got):\n%s", diags, state["users"], diff)
	}
}

func TestFailedMembers(t *testing.T) {
	world := opasim.DefaultWorld()
	dora := world.User("dora.database").ID
	sim := opasim.Start(t, opasim.Options{FailCreate: func(id string) int {
		if id == dora {
			return http.StatusBadRequest
		}
		return 0
	}})
	s := configured(t, sim)
	arguments := config{"user_names": []any{"larry.linuxadmin", "dora.database", "nobody.here", "ci-deployer"}}

	state, diags := s.read("opa_user_access_reports", arguments)
	if state != nil || !strings.Contains(diags, "2 of 4 reports are missing") || !strings.Contains(diags, "dora.database: ") || !strings.Contains(diags, "nobody.here: ") {
		t.Errorf("got state %v\n%s\nwant an error that lists dora.database and nobody.here", state, diags)
	}

	arguments["allow_partial"] = true
	state, diags = s.read("opa_user_access_reports", arguments)
	if state == nil || !strings.HasPrefix(diags, "warning: ") || !strings.Contains(diags, "2 of 4 reports are missing") {
		t.Fatalf("got state %v\n%s\nwant a warning about 2 missing reports", state, diags)
	}
	if diff := gocmp.Diff(rowsOf(world, []string{"ci-deployer", "larry.linuxadmin"}, nil), state["rows"]); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if state["status"] != "PARTIAL" {
		t.Errorf("got status %v, want PARTIAL", state["status"])
	}
	for _, element := range state["users"].([]any) {
		user := element.(map[string]any)
		missing := user["user_name"] == "dora.database" || user["user_name"] == "nobody.here"
		if missing != (user["error"] != nil) || missing != (user["row_count"] == nil) || missing != (user["report_id"] == nil) {
			t.Errorf("got %v, want an error and no report: %t", user, missing)
		}
	}
}

// allow_partial does not allow an error that affects all members, or a result
// without any report.
func TestAllowPartialErrors(t *testing.T) {
	users := config{"user_names": []any{"larry.linuxadmin", "dora.database"}}
	group := config{"group_name": "no such group", "user_type": "human"}
	members := func(body string) opasim.Fault {
		return opasim.Fault{Path: "/groups/{name}/users", Status: http.StatusOK, Body: []byte(body)}
	}
	for name, test := range map[string]struct {
		options   opasim.Options
		provider  config
		arguments config
		want      string
	}{
		"wrong key":     {provider: config{"key_secret": "not-the-secret"}, arguments: users, want: "error: API key refused"},
		"missing role":  {options: opasim.Options{MissingRole: true}, arguments: users, want: "error: Missing role"},
		"no report":     {options: opasim.Options{FinalStatus: func(string, int) string { return "ERROR" }}, arguments: users, want: "error: Missing access reports"},
		"no user":       {options: opasim.Options{World: opasim.GenerateWorld(1, 1)}, arguments: users, want: "error: Missing access reports"},
		"timeout":       {options: opasim.Options{Generation: time.Hour}, arguments: users, want: "error: Missing access reports"},
		"no such group": {arguments: group, want: "error: Group not found"},
		"not a list": {
			options:   opasim.Options{Faults: []opasim.Fault{members(`{"code":503,"type":"service_offline","message":"temporarily unavailable"}`)}},
			arguments: group, want: "error: Unexpected response from OPA",
		},
		"deleted group": {
			options: opasim.Options{Faults: []opasim.Fault{
				members(`{"list":[]}`),
				{Path: "/groups/{name}", Status: http.StatusOK, Body: []byte(`{"id":"x","name":"no such group","deleted_at":"2025-01-31T12:00:00Z"}`)},
			}},
			arguments: group, want: "error: Group not found",
		},
		"members without a user type": {
			options:   opasim.Options{Faults: []opasim.Fault{members(`{"list":[{"id":"x","name":"y","status":"ACTIVE"}]}`)}},
			arguments: group, want: "error: Unexpected response from OPA",
		},
	} {
		t.Run(name, func(t *testing.T) {
			arguments := with(config{"timeouts": map[string]any{"read": "4s"}, "allow_partial": true}, test.arguments)
			state, diags := configured(t, opasim.Start(t, test.options), test.provider).read("opa_user_access_reports", arguments)
			if state != nil || !strings.HasPrefix(diags, test.want) || strings.Count(diags, "error: ") != 1 {
				t.Errorf("got state %v\n%s\nwant one error, %s", state, diags, test.want)
			}
		})
	}
}

// addUnusableReports adds reports that cannot be reused for a report on a user that
// is at most an hour old.
func addUnusableReports(sim *opasim.Server, userID string) {
	world := sim.World()
	for _, report := range []opasim.PastReport{
		{UserID: userID, Age: 2 * time.Hour}, // too old
		{UserID: userID, Age: time.Minute, Deleted: true},
		{UserID: userID, Age: time.Minute, Status: "ERROR"},
		{UserID: userID, Age: time.Minute, Status: "IN PROGRESS"},
		{UserID: userID, Age: time.Minute, ResourceType: "vault"},
		{UserID: world.User("dora.database").ID, Age: time.Minute}, // another subject
		{ResourceID: world.Servers("web-01")[0].ID, Age: time.Minute},
	} {
		sim.AddReport(report)
	}
}

func TestMaxAge(t *testing.T) {
	for _, skew := range []time.Duration{0, 3 * time.Hour, -3 * time.Hour} {
		t.Run(fmt.Sprintf("clock skew %s", skew), func(t *testing.T) {
			sim := opasim.Start(t, opasim.Options{ClockSkew: skew, PageSize: 2})
			larry := sim.World().User("larry.linuxadmin").ID
			addUnusableReports(sim, larry)
			creates := func() int { return sim.Count(http.MethodPost, "/access_reports") }
			s := configured(t, sim)
			read := func(maxAge string) map[string]any {
				state, diags := s.read("opa_user_access_report", config{"user_name": "larry.linuxadmin", "max_age": maxAge})
				if diags != "" {
					t.Fatalf("got %s\nwant no diagnostics", diags)
				}
				if diff := gocmp.Diff(wantRows(userRows(sim.World(), larry)), state["rows"]); diff != "" {
					t.Errorf("rows (-want +got):\n%s", diff)
				}
				return state
			}
			created := read("1h")
			if created["reused"] != false || creates() != 1 {
				t.Errorf("got report %v, reused %v, %d creates, want a new report", created["report_id"], created["reused"], creates())
			}
			reused := read("1h")
			if reused["reused"] != true || reused["report_id"] != created["report_id"] || creates() != 1 {
				t.Errorf("got report %v, reused %v, %d creates, want report %v reused", reused["report_id"], reused["reused"], creates(), created["report_id"])
			}
			newest := read("3h")
			if newest["report_id"] != created["report_id"] {
				t.Errorf("got report %v, want the newest, %v", newest["report_id"], created["report_id"])
			}
			lists := sim.Count(http.MethodGet, "/access_reports")
			// A list takes long enough for all members to request it.
			sim.SetFaults(opasim.Fault{Method: http.MethodGet, Path: "/access_reports", Delay: 100 * time.Millisecond})
			batch, diags := s.read("opa_user_access_reports", config{"group_name": "staff", "max_age": "1h"})
			if diags != "" || batch["reused"] != true || creates() != 4 {
				t.Errorf("got diagnostics %q, reused %v, %d creates, want none, true, 4", diags, batch["reused"], creates())
			}
			// Five members and four pages of reports: all members share one list.
			if pages := sim.Count(http.MethodGet, "/access_reports") - lists; pages > 4 {
				t.Errorf("got %d pages of reports, want at most 4", pages)
			}
		})
	}
}

// A reusable report whose download no longer exists is replaced by a new one.
func TestReusedReportNotFound(t *testing.T) {
	sim := opasim.Start(t, opasim.Options{})
	id := sim.AddReport(opasim.PastReport{UserID: sim.World().User("larry.linuxadmin").ID, Age: time.Minute})
	sim.SetFaults(opasim.Fault{Path: "/access_reports/" + id + "/report", Status: http.StatusNotFound})
	state, diags := configured(t, sim).read("opa_user_access_report", config{"user_name": "larry.linuxadmin", "max_age": "1h"})
	if diags != "" || state["reused"] != false || state["report_id"] == id {
		t.Errorf("got diagnostics %q, report %v, reused %v, want a new report", diags, state["report_id"], state["reused"])
	}
}
