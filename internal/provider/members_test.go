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

// rowsOf are the rows of many users or servers in one list.
func rowsOf(world *opasim.World, users []string, hosts []*opasim.Host) []any {
	var rows []opasim.Row
	for _, name := range users {
		rows = append(rows, world.UserRows(world.User(name).ID, "server")...)
	}
	for _, host := range hosts {
		rows = append(rows, world.ResourceRows(host.ID, "server")...)
	}
	return wantRows(rows)
}

func column(t *testing.T, state map[string]any, list, attribute string) (cells []any) {
	t.Helper()
	elements, ok := state[list].([]any)
	if !ok {
		t.Fatalf("%s is %v", list, state[list])
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
	const pikett = "Pikett A/B #1: 100% Zürich"
	for name, test := range map[string]struct {
		arguments config
		users     []string
	}{
		"by name":             {config{"user_names": []any{"larry.linuxadmin", "ci-deployer", "neil.newcomer"}}, []string{"ci-deployer", "larry.linuxadmin", "neil.newcomer"}},
		"by id":               {config{"user_ids": []any{world.User("rené.reader").ID, world.User("dora.database").ID}}, []string{"dora.database", "rené.reader"}},
		"a group":             {config{"group_name": pikett}, []string{"paula+pager@example.com", "rené.reader"}},
		"a group's active":    {config{"group_name": "linux-admins", "user_status": []any{"ACTIVE"}}, []string{"larry.linuxadmin"}},
		"a group's all":       {config{"group_name": "linux-admins"}, []string{"dana.disabled", "greta.gone", "larry.linuxadmin"}},
		"a group's services":  {config{"group_name": "automation", "user_type": "service"}, []string{"backup-runner", "ci-deployer"}},
		"none of a group":     {config{"group_name": "automation", "user_type": "human"}, nil},
		"a group of nobody":   {config{"group_name": "nobody-yet"}, nil},
		"an empty set":        {config{"user_names": []any{}}, nil},
		"of one who has none": {config{"user_names": []any{"neil.newcomer"}}, []string{"neil.newcomer"}},
	} {
		t.Run(name, func(t *testing.T) {
			arguments := with(config{"allow_empty": test.users == nil}, test.arguments)
			state, diags := s.read("opa_user_access_reports", arguments)
			if wantWarning := test.users == nil; wantWarning != strings.HasPrefix(diags, "warning: Empty selection") || !wantWarning && diags != "" {
				t.Fatal(diags)
			}
			if diff := gocmp.Diff(rowsOf(world, test.users, nil), state["rows"]); diff != "" {
				t.Error(diff)
			}
			var names, ids []any
			for _, user := range test.users {
				names, ids = append(names, user), append(ids, world.User(user).ID)
			}
			if diff := gocmp.Diff(names, column(t, state, "users", "user_name")) + gocmp.Diff(ids, column(t, state, "users", "user_id")); diff != "" {
				t.Error(diff)
			}
			rows := int64(0)
			for _, count := range column(t, state, "users", "row_count") {
				rows += count.(int64)
			}
			if state["row_count"] != rows || rows != int64(len(state["rows"].([]any))) || state["reused"] != false {
				t.Errorf("row_count %v, reused %v", state["row_count"], state["reused"])
			}
			wantStatus := any("COMPLETED")
			switch {
			case test.users == nil:
				wantStatus = nil
			case rows == 0:
				wantStatus = "COMPLETED_BUT_EMPTY"
			}
			if state["status"] != wantStatus || (state["created_at"] == nil) != (test.users == nil) {
				t.Errorf("status %v, created_at %v", state["status"], state["created_at"])
			}
		})
	}
	for _, violation := range sim.Violations() {
		t.Errorf("against the API's contract: %s", violation)
	}
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
		"by hostname":      {config{"hostnames": []any{"web-01", "win-01"}}, []*opasim.Host{web, world.Servers("win-01")[0]}},
		"by id":            {config{"resource_ids": []any{web.ID}}, []*opasim.Host{web}},
		"a project's name": {config{"project_name": "storefront"}, storefront},
		"a project's id":   {config{"project_id": web.ProjectID}, storefront},
		"a resource group": {config{"resource_group_id": web.ResourceGroupID}, commerce},
	} {
		t.Run(name, func(t *testing.T) {
			state, diags := s.read("opa_resource_access_reports", test.arguments)
			if diags != "" {
				t.Fatal(diags)
			}
			if diff := gocmp.Diff(rowsOf(world, nil, test.hosts), state["rows"]); diff != "" {
				t.Error(diff)
			}
			if n := len(column(t, state, "resources", "hostname")); n != len(test.hosts) {
				t.Errorf("%d resources, not %d", n, len(test.hosts))
			}
		})
	}
	for _, violation := range sim.Violations() {
		t.Errorf("against the API's contract: %s", violation)
	}
}

// One report for each of a group of 300, within the bounds, in one read.
func TestBatchLimits(t *testing.T) {
	world := opasim.GenerateWorld(300, 2)
	sim := opasim.Start(t, opasim.Options{World: world, PageSize: 100, Generation: 300 * time.Millisecond, Latency: 2 * time.Millisecond})
	s := configured(t, sim, config{"max_concurrent_requests": 6, "max_pending_reports": 40})
	state, diags := s.read("opa_user_access_reports", config{"group_name": "all-users"})
	if diags != "" {
		t.Fatal(diags)
	}
	reports := map[any]bool{}
	for _, id := range column(t, state, "users", "report_id") {
		reports[id] = true
	}
	creates := sim.Count(http.MethodPost, "/access_reports")
	if len(reports) != 300 || creates != 300 || state["row_count"] != int64(600) {
		t.Errorf("%d reports, %d creates, %v rows", len(reports), creates, state["row_count"])
	}
	if sim.MaxInFlight() > 6 || sim.MaxPending() > 40 || sim.MaxPending() < 20 || sim.Logins() != 1 {
		t.Errorf("%d requests in flight, %d reports pending, %d logins", sim.MaxInFlight(), sim.MaxPending(), sim.Logins())
	}
	if n := sim.Count(http.MethodGet, "/groups/{name}/users"); n != 3 {
		t.Errorf("%d pages of members", n)
	}
}

// Naming users takes little more than their reports: 100 names, 100 ids.
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
			t.Errorf("%s: %v rows, %d requests\n%s", argument, state["row_count"], len(sim.Requests()), diags)
		}
	}
}

// However many data blocks name a subject at the same time, it has one report.
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
				t.Error(diags)
			}
		})
	}
	wait.Wait()
	if creates := sim.Count(http.MethodPost, "/access_reports"); creates != 2 {
		t.Errorf("%d reports for two users", creates)
	}
}

// One who is named in two ways is one, and the rows are not doubled.
func TestDuplicateSubjects(t *testing.T) {
	sim := opasim.Start(t, opasim.Options{})
	id := sim.World().User("larry.linuxadmin").ID
	state, diags := configured(t, sim).read("opa_user_access_reports", config{"user_ids": []any{id, strings.ToUpper(id)}})
	if diff := gocmp.Diff(rowsOf(sim.World(), []string{"larry.linuxadmin"}, nil), state["rows"]); diff != "" || diags != "" || len(state["users"].([]any)) != 1 {
		t.Error(diags, diff)
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
		t.Errorf("%v\n%s", state, diags)
	}

	arguments["allow_partial"] = true
	state, diags = s.read("opa_user_access_reports", arguments)
	if state == nil || !strings.HasPrefix(diags, "warning: ") || !strings.Contains(diags, "2 of 4 reports are missing") {
		t.Fatalf("%v\n%s", state, diags)
	}
	if diff := gocmp.Diff(rowsOf(world, []string{"ci-deployer", "larry.linuxadmin"}, nil), state["rows"]); diff != "" {
		t.Error(diff)
	}
	if state["status"] != "PARTIAL" {
		t.Errorf("status %v", state["status"])
	}
	for _, element := range state["users"].([]any) {
		user := element.(map[string]any)
		missing := user["user_name"] == "dora.database" || user["user_name"] == "nobody.here"
		if missing != (user["error"] != nil) || missing != (user["row_count"] == nil) || missing != (user["report_id"] == nil) {
			t.Errorf("%v", user)
		}
	}
}

// What befalls everybody is no matter of single members, and nothing that is
// all missing is a result.
func TestAllowPartialErrors(t *testing.T) {
	arguments := config{"user_names": []any{"larry.linuxadmin", "dora.database"}, "allow_partial": true}
	for name, test := range map[string]struct {
		options  opasim.Options
		provider config
		want     string
	}{
		"a wrong key":       {provider: config{"key_secret": "not-the-secret"}, want: "error: API key refused"},
		"a missing role":    {options: opasim.Options{MissingRole: true}, want: "error: Missing role"},
		"not one report":    {options: opasim.Options{FinalStatus: func(string, int) string { return "ERROR" }}, want: "error: Missing access reports"},
		"not one user":      {options: opasim.Options{World: opasim.GenerateWorld(1, 1)}, want: "error: Missing access reports"},
		"nothing but time":  {options: opasim.Options{Generation: time.Hour}, want: "error: Missing access reports"},
		"a group not there": {want: "error: Group not found"},
		"an answer that is no list": {
			options: opasim.Options{Faults: []opasim.Fault{{Path: "/groups/{name}/users", Status: 200, Body: []byte(`{"code":503,"type":"service_offline","message":"temporarily unavailable"}`)}}},
			want:    "error: Unexpected response from OPA",
		},
		"a deleted group": {
			options: opasim.Options{Faults: []opasim.Fault{
				{Path: "/groups/{name}/users", Status: 200, Body: []byte(`{"list":[]}`)},
				{Path: "/groups/{name}", Status: 200, Body: []byte(`{"id":"x","name":"no such group","deleted_at":"2025-01-31T12:00:00Z"}`)},
			}},
			want: "error: Group not found",
		},
		"members without what they are chosen by": {
			options: opasim.Options{Faults: []opasim.Fault{{Path: "/groups/{name}/users", Status: 200, Body: []byte(`{"list":[{"id":"x","name":"y","status":"ACTIVE"}]}`)}}},
			want:    "error: Unexpected response from OPA",
		},
	} {
		t.Run(name, func(t *testing.T) {
			arguments := config{"timeouts": map[string]any{"read": "2s"}, "allow_partial": arguments["allow_partial"], "user_names": arguments["user_names"]}
			if strings.Contains(name, "group") || strings.Contains(name, "list") || strings.Contains(name, "members") {
				arguments["user_names"], arguments["group_name"], arguments["user_type"] = nil, "no such group", "human"
			}
			state, diags := configured(t, opasim.Start(t, test.options), test.provider).read("opa_user_access_reports", arguments)
			if state != nil || !strings.HasPrefix(diags, test.want) || strings.Count(diags, "error: ") != 1 {
				t.Errorf("%v\n%s", state, diags)
			}
		})
	}
}

func TestMaxAge(t *testing.T) {
	for _, skew := range []time.Duration{0, 3 * time.Hour, -3 * time.Hour} {
		t.Run(fmt.Sprintf("clock skew %s", skew), func(t *testing.T) {
			sim := opasim.Start(t, opasim.Options{ClockSkew: skew, PageSize: 2})
			world := sim.World()
			larry, web := world.User("larry.linuxadmin").ID, world.Servers("web-01")[0].ID
			decoys := []opasim.PastReport{
				{UserID: larry, Age: 2 * time.Hour},                        // too old
				{UserID: larry, Age: time.Minute, Deleted: true},           // deleted
				{UserID: larry, Age: time.Minute, Status: "ERROR"},         // failed
				{UserID: larry, Age: time.Minute, Status: "IN PROGRESS"},   // unfinished
				{UserID: larry, Age: time.Minute, ResourceType: "vault"},   // of another type
				{UserID: world.User("dora.database").ID, Age: time.Minute}, // on another subject
				{ResourceID: web, Age: time.Minute},
			}
			for _, decoy := range decoys {
				sim.AddReport(decoy)
			}
			s := configured(t, sim)
			read := func(maxAge string) map[string]any {
				state, diags := s.read("opa_user_access_report", config{"user_name": "larry.linuxadmin", "max_age": maxAge})
				if diags != "" {
					t.Fatal(diags)
				}
				if diff := gocmp.Diff(wantRows(world.UserRows(larry, "server")), state["rows"]); diff != "" {
					t.Error(diff)
				}
				return state
			}
			made := read("1h")
			if made["reused"] != false || sim.Count(http.MethodPost, "/access_reports") != 1 {
				t.Errorf("a decoy was taken: %v", made["report_id"])
			}
			again := read("1h")
			if again["reused"] != true || again["report_id"] != made["report_id"] || sim.Count(http.MethodPost, "/access_reports") != 1 {
				t.Errorf("reused %v, %v, not %v", again["reused"], again["report_id"], made["report_id"])
			}
			older := read("3h")
			if older["report_id"] != made["report_id"] {
				t.Error("the newest was not taken")
			}
			lists := sim.Count(http.MethodGet, "/access_reports")
			// A list takes long enough for all members to ask for it.
			sim.SetFaults(opasim.Fault{Method: http.MethodGet, Path: "/access_reports", Delay: 100 * time.Millisecond})
			many, diags := s.read("opa_user_access_reports", config{"group_name": "staff", "max_age": "1h"})
			if diags != "" || many["reused"] != true || sim.Count(http.MethodPost, "/access_reports") != 4 {
				t.Errorf("%s, %d creates", diags, sim.Count(http.MethodPost, "/access_reports"))
			}
			// Five members, four pages of reports: one list for all of them.
			if pages := sim.Count(http.MethodGet, "/access_reports") - lists; pages > 4 {
				t.Errorf("%d pages of reports were read", pages)
			}
		})
	}
	t.Run("a report that was cleared away", func(t *testing.T) {
		sim := opasim.Start(t, opasim.Options{})
		id := sim.AddReport(opasim.PastReport{UserID: sim.World().User("larry.linuxadmin").ID, Age: time.Minute})
		sim.SetFaults(opasim.Fault{Path: "/access_reports/" + id + "/report", Status: http.StatusNotFound})
		state, diags := configured(t, sim).read("opa_user_access_report", config{"user_name": "larry.linuxadmin", "max_age": "1h"})
		if diags != "" || state["reused"] != false || state["report_id"] == id {
			t.Errorf("%s %v", diags, state["report_id"])
		}
	})
}
