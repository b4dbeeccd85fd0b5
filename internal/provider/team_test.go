package provider_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/privileged-access/terraform-provider-opa/internal/clitest"
	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// teamRows returns the rows of the reports on all users or servers that are not deleted.
func teamRows(world *opasim.World, kind string) []any {
	var rows []subjectRow
	if kind == "user" {
		for _, user := range world.Users() {
			if user.Status != "DELETED" {
				rows = append(rows, userRows(world, user.ID)...)
			}
		}
	} else {
		for _, server := range world.AllServers() {
			if server.DeletedAt == "" {
				rows = append(rows, resourceRows(world, server.ID)...)
			}
		}
	}
	return wantRows(rows)
}

// fewServers is a world with fewer servers than users.
func fewServers(t *testing.T) *opasim.World {
	t.Helper()
	return clitest.World(t, `
		user "ann" {}
		user "bob" { type = "service" }
		user "cleo" { status = "DISABLED" }
		user "dan" {
			status     = "DELETED"
			deleted_at = "2025-01-31T12:00:00Z"
		}
		group "all" { members = ["ann", "bob", "cleo", "dan"] }
		resource_group "g" {
			project "p" {
				server "db" {}
				server "db" { enrollment = 2 }
			}
		}
		policy "p" {
			groups = ["all"]
			rule "r" {
				servers { project = "p" }
				individual = ["user"]
				shared     = ["root"]
				conditions = ["mfa"]
			}
		}`)
}

// The side with fewer subjects is chosen unless subject_type is set, and both sides have
// the same rows apart from their subjects.
func TestTeamAccessReport(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		world     *opasim.World
		arguments config
		kind      string
		reports   int
	}{
		"fewer users":                        {opasim.DefaultWorld(), nil, "user", 10},
		"all servers":                        {opasim.DefaultWorld(), config{"subject_type": "resource"}, "resource", 12},
		"fewer servers":                      {fewServers(t), nil, "resource", 2},
		"all users":                          {fewServers(t), config{"subject_type": "user"}, "user", 3},
		"no servers":                         {clitest.World(t, `user "ann" {}`), nil, "user", 1},
		"cross-check":                        {opasim.DefaultWorld(), config{"cross_check": true}, "user", 22},
		"cross-check of duplicate hostnames": {fewServers(t), config{"cross_check": true}, "resource", 5},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := opasim.Start(t, opasim.Options{World: test.world, Shuffle: true, PageSize: 2, OnlyServiceUsers: true, Generation: 50 * time.Millisecond})
			state, diags := configured(t, sim).read("opa_team_access_report", test.arguments)
			if diags != "" {
				t.Fatalf("got %s\nwant no diagnostics", diags)
			}
			if diff := gocmp.Diff(teamRows(test.world, test.kind), state["rows"]); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
			if state["subject_type"] != test.kind || state["resource_type"] != "server" || state["row_count"] != state["total_row_count"] || state["row_count"] != int64(len(state["rows"].([]any))) {
				t.Errorf("got subject_type %v, resource_type %v, %v of %v rows, want %s, server and all rows", state["subject_type"], state["resource_type"], state["row_count"], state["total_row_count"], test.kind)
			}
			ids := map[any]bool{}
			for _, id := range column(t, state, "subjects", "report_id") {
				ids[id] = true
			}
			if created := sim.Count(http.MethodPost, "/access_reports"); created != test.reports || len(ids) != test.reports {
				t.Errorf("got %d created reports and %d IDs, want %d", created, len(ids), test.reports)
			}
			checkContract(t, sim)
		})
	}
}

// All subjects of the team are listed with their names and IDs.
func TestTeamSubjects(t *testing.T) {
	t.Parallel()
	world := fewServers(t)
	sim := opasim.Start(t, opasim.Options{World: world, PageSize: 1})
	state, diags := configured(t, sim).read("opa_team_access_report", config{"cross_check": true, "include_rows": config{"user_name": []any{"ann"}, "account": []any{"root"}}})
	if diags != "" {
		t.Fatalf("got %s\nwant no diagnostics", diags)
	}
	var servers []any
	for _, server := range world.Servers("db") {
		servers = append(servers, server.ID)
	}
	slices.SortFunc(servers, func(a, b any) int { return strings.Compare(a.(string), b.(string)) })
	for attribute, want := range map[string][]any{
		"subject_type":    {"user", "user", "user", "resource", "resource"},
		"subject_id":      append([]any{world.User("ann").ID, world.User("bob").ID, world.User("cleo").ID}, servers...),
		"name":            {"ann", "bob", "cleo", "db", "db"},
		"status":          {"COMPLETED", "COMPLETED", "COMPLETED_BUT_EMPTY", "COMPLETED", "COMPLETED"},
		"row_count":       {int64(2), int64(0), int64(0), int64(1), int64(1)},
		"total_row_count": {int64(4), int64(4), int64(0), int64(4), int64(4)},
		"error":           {nil, nil, nil, nil, nil},
	} {
		if diff := gocmp.Diff(want, column(t, state, "subjects", attribute)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", attribute, diff)
		}
	}
	if state["row_count"] != int64(2) || state["total_row_count"] != int64(8) {
		t.Errorf("got %v of %v rows, want 2 of 8", state["row_count"], state["total_row_count"])
	}
	for _, attribute := range []string{"created_at", "updated_at"} {
		if column(t, state, "subjects", attribute)[0] == nil {
			t.Errorf("got null for %s, want a timestamp", attribute)
		}
	}
}

// A report or a page that fails never results in a team report that looks complete.
func TestTeamReportFailures(t *testing.T) {
	t.Parallel()
	larry := opasim.DefaultWorld().User("larry.linuxadmin").ID
	web := opasim.DefaultWorld().Servers("web-01")[0].ID
	failCreate := func(id string) func(string) int {
		return func(subject string) int {
			if subject == id {
				return http.StatusBadRequest
			}
			return 0
		}
	}
	page := func(path string, nth int) opasim.Options {
		return opasim.Options{PageSize: 2, Faults: []opasim.Fault{{Method: http.MethodGet, Path: path, Nth: nth, Status: http.StatusForbidden}}}
	}
	for name, test := range map[string]struct {
		tenant    opasim.Options
		arguments config
		want      string
	}{
		"a user":                   {opasim.Options{FailCreate: failCreate(larry)}, nil, "error: Missing access reports"},
		"a user, partial":          {opasim.Options{FailCreate: failCreate(larry)}, config{"allow_partial": true}, "warning: Missing access reports"},
		"a server, cross-check":    {opasim.Options{FailCreate: failCreate(web)}, config{"cross_check": true}, "error: Missing access reports"},
		"all reports, partial":     {opasim.Options{FailCreate: func(string) int { return http.StatusBadRequest }}, config{"allow_partial": true}, "error: Missing access reports"},
		"a page of users":          {page("/users", 3), config{"allow_partial": true}, "error: "},
		"a page of service users":  {page("/users", 7), nil, "error: "},
		"a page of servers":        {page("/all_servers", 2), nil, "error: "},
		"servers of a user report": {page("/all_servers", 2), config{"subject_type": "user"}, ""},
		"no subjects":              {opasim.Options{World: fewServers(t), Faults: []opasim.Fault{{Path: "/all_servers", Status: 200, Body: []byte(`{"list":[]}`)}}}, config{"subject_type": "resource"}, "error: Empty selection"},
		"no subjects, allowed":     {opasim.Options{World: fewServers(t), Faults: []opasim.Fault{{Path: "/all_servers", Status: 200, Body: []byte(`{"list":[]}`)}}}, config{"subject_type": "resource", "allow_empty": true}, "warning: Empty selection"},
		"no subjects, cross-check": {opasim.Options{World: fewServers(t), Faults: []opasim.Fault{{Path: "/all_servers", Status: 200, Body: []byte(`{"list":[]}`)}}}, config{"subject_type": "resource", "allow_empty": true, "cross_check": true}, "error: Cross-check failed"},
		"both arguments":           {opasim.Options{}, config{"cross_check": true, "allow_partial": true}, "error: Invalid Attribute Combination"},
		"neither argument":         {opasim.Options{}, config{"cross_check": false, "allow_partial": false}, ""},
		"only one":                 {opasim.Options{}, config{"cross_check": true, "allow_partial": false}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			state, diags := configured(t, opasim.Start(t, test.tenant)).read("opa_team_access_report", test.arguments)
			if !strings.HasPrefix(diags, test.want) || test.want == "" && diags != "" || (state == nil) != strings.HasPrefix(test.want, "error") {
				t.Fatalf("got %v and %s\nwant %q", state, diags, test.want)
			}
			if name == "a user, partial" && (state["status"] != "PARTIAL" || !slices.Contains(column(t, state, "subjects", "row_count"), nil)) {
				t.Errorf("got status %v and subjects %v, want PARTIAL and one without a row_count", state["status"], state["subjects"])
			}
		})
	}
}

// Rows that one side does not have are an error that names them and their side, unless
// they are there when their subjects are read again.
func TestCrossCheck(t *testing.T) {
	t.Parallel()
	omit := func(kind string, attempts int) func(string, string, int, opasim.Row) bool {
		return func(reportKind, _ string, attempt int, row opasim.Row) bool {
			return reportKind == kind && attempt <= attempts && row.ResourceName == "web-01" && row.Account == "root"
		}
	}
	const always = 1000
	root := 0
	for _, row := range teamRows(opasim.DefaultWorld(), "user") {
		if row.(map[string]any)["account"] == "root" {
			root++
		}
	}
	others := len(teamRows(opasim.DefaultWorld(), "user")) - root
	for name, test := range map[string]struct {
		omit    func(string, string, int, opasim.Row) bool
		want    []string
		created int
	}{
		"missing in reports on users":   {omit("user", always), []string{"only in the reports on servers: \"larry.linuxadmin\" on \"web-01\" as \"root\"", "Rows only in reports on users: 0\nRows only in reports on servers: 1"}, 24},
		"missing in reports on servers": {omit("resource", always), []string{"only in the reports on users: \"larry.linuxadmin\" on \"web-01\" as \"root\"", "Rows only in reports on users: 1\nRows only in reports on servers: 0"}, 24},
		"missing on both sides": {
			func(kind, _ string, _ int, row opasim.Row) bool { return (kind == "user") == (row.Account == "root") },
			[]string{"only in the reports on users:", "only in the reports on servers:", fmt.Sprintf("  - and %d more", others+root-10), fmt.Sprintf("Rows only in reports on users: %d\nRows only in reports on servers: %d", others, root)},
			0,
		},
		"missing at first in reports on users":   {omit("user", 1), nil, 24},
		"missing at first in reports on servers": {omit("resource", 1), nil, 24},
		"an empty report": {
			func(kind, _ string, attempt int, row opasim.Row) bool {
				return kind == "user" && attempt == 1 && row.UserName == "ci-deployer"
			}, nil, 22 + 1 + 4,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := opasim.Start(t, opasim.Options{OmitRow: test.omit})
			state, diags := configured(t, sim).read("opa_team_access_report", config{"cross_check": true, "include_rows": config{"account": []any{"no-such-account"}}})
			if got := sim.Count(http.MethodPost, "/access_reports"); got != test.created && test.created > 0 {
				t.Errorf("got %d created reports, want %d", got, test.created)
			}
			if test.want == nil {
				if diags != "" || state["total_row_count"] != int64(len(teamRows(sim.World(), "user"))) {
					t.Errorf("got %s and %v rows\nwant no diagnostics and all rows", diags, state["total_row_count"])
				}
				return
			}
			if state != nil || !strings.HasPrefix(diags, "error: Cross-check failed") {
				t.Fatalf("got %v and %s\nwant an error", state, diags)
			}
			for _, want := range test.want {
				if !strings.Contains(diags, want) {
					t.Errorf("got %s\nwant it to contain %q", diags, want)
				}
			}
			if got := strings.Count(diags, ", report "); got > 10 {
				t.Errorf("got %d rows in the message, want at most 10", got)
			}
		})
	}
}

// A cross-check with reports from before and after a change of the team reads the subjects
// that the change affects again, also those that were added or deleted.
func TestCrossCheckOfAChangedTeam(t *testing.T) {
	t.Parallel()
	deleted := "deleted_at = \"2025-01-31T12:00:00Z\""
	for name, replacements := range map[string][]string{
		"a new user":       {"%users%", `user "cleo" {}`, "%members%", `, "cleo"`},
		"a new server":     {"%servers%", `server "app" {}`},
		"a deleted user":   {"%bob%", "\nstatus = \"DELETED\"\n" + deleted + "\n"},
		"a deleted server": {"%web%", deleted},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before, after := clitest.World(t, twoUsers()), clitest.World(t, twoUsers(replacements...))
			sim := opasim.Start(t, opasim.Options{World: before})
			for _, user := range before.Users() {
				sim.AddReport(opasim.PastReport{UserID: user.ID, Age: time.Minute})
			}
			for _, server := range before.AllServers() {
				sim.AddReport(opasim.PastReport{ResourceID: server.ID, Age: time.Minute})
			}
			sim.SetWorld(after)
			state, diags := configured(t, sim).read("opa_team_access_report", config{"cross_check": true, "subject_type": "user", "max_age": "1h"})
			if diags != "" {
				t.Fatalf("got %s\nwant no diagnostics", diags)
			}
			if diff := gocmp.Diff(teamRows(after, "user"), state["rows"]); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
	}
}

// The two kinds of reports may use different names for the same user or server.
func TestCrossCheckOfDifferentNames(t *testing.T) {
	t.Parallel()
	world := clitest.World(t, `
		user "ann" { email = "Ann@example.com" }
		group "all" { members = ["ann"] }
		resource_group "g" {
			project "p" {
				server "db" { canonical_name = "db.example.com" }
			}
		}
		policy "p" {
			groups = ["all"]
			rule "r" {
				servers { project = "p" }
				individual = ["user"]
			}
		}`)
	for name, test := range map[string]struct {
		user, server string // of the existing report on the server
		again        int    // reports that are created, because the existing ones differ
	}{
		"the same names":    {"ann", "db", 0},
		"an email":          {"ann@example.com", "db", 0},
		"a canonical name":  {"ann", "DB.example.com", 0},
		"an unknown name":   {"anne", "db", 2},
		"an unknown server": {"ann", "db2", 0}, // with a warning
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := opasim.Start(t, opasim.Options{World: world})
			id := sim.AddReport(opasim.PastReport{ResourceID: world.Servers("db")[0].ID})
			sim.AddReport(opasim.PastReport{UserID: world.User("ann").ID})
			row := fmt.Sprintf("%s,human,ACTIVE,%s,server,ann,user,\n", test.user, test.server)
			sim.SetFaults(opasim.Fault{Path: "/access_reports/" + id + "/report", Status: 200, Header: http.Header{"Content-Type": {"text/csv"}}, Body: []byte(reportHeader + row), After: true})
			state, diags := configured(t, sim).read("opa_team_access_report", config{"cross_check": true, "max_age": "1h", "subject_type": "user"})
			if diags != "" || state["row_count"] != int64(1) {
				t.Fatalf("got %v and %s\nwant one row", state, diags)
			}
			if got := sim.Count(http.MethodPost, "/access_reports"); got != test.again {
				t.Errorf("got %d created reports, want %d", got, test.again)
			}
		})
	}
}

// twoUsers returns the text of a world with access of ann and bob to db and web. The
// replacements are placeholders and what to write there, in pairs.
func twoUsers(replacements ...string) string {
	const text = `
		user "ann" {}
		user "bob" { %bob% }
		%users%
		group "all" { members = ["ann", "bob" %members%] }
		resource_group "g" {
			project "p" {
				server "db" {}
				server "web" { %web% }
				%servers%
			}
		}
		policy "p" {
			groups = ["all"]
			rule "r" {
				servers { %granted% }
				individual = ["user"]
			}
		}`
	return strings.NewReplacer(append(replacements,
		"%bob%", "", "%users%", "", "%members%", "", "%web%", "", "%servers%", "", "%granted%", `project = "p"`)...).Replace(text)
}

// Users of every status are in the team, whatever a tenant does with filters on statuses.
func TestTeamUsersOfEveryStatus(t *testing.T) {
	t.Parallel()
	suspended := fewServers(t)
	suspended.User("bob").Status = "SUSPENDED"
	for name, test := range map[string]struct {
		tenant opasim.Options
		users  []any
	}{
		"default":           {opasim.Options{World: fewServers(t)}, []any{"ann", "bob", "cleo"}},
		"one status":        {opasim.Options{World: fewServers(t), OneStatus: true}, []any{"ann", "bob", "cleo"}},
		"active by default": {opasim.Options{World: fewServers(t), ActiveByDefault: true}, []any{"ann", "bob", "cleo"}},
		"an unknown status": {opasim.Options{World: suspended}, []any{"ann", "bob", "cleo"}},
		"filters ignored":   {opasim.Options{World: fewServers(t), IgnoreServerFilters: true}, []any{"ann", "bob", "cleo"}},
	} {
		state, diags := configured(t, opasim.Start(t, test.tenant)).read("opa_team_access_report", config{"subject_type": "user"})
		if diags != "" {
			t.Fatalf("%s: got %s\nwant no diagnostics", name, diags)
		}
		if diff := gocmp.Diff(test.users, column(t, state, "subjects", "name")); diff != "" {
			t.Errorf("%s: users (-want, +got):\n%s", name, diff)
		}
	}
}

// A user or server that is missing in the second list was not proven to be deleted, so its
// rows must not disappear.
func TestCrossCheckOfAShrunkenList(t *testing.T) {
	t.Parallel()
	for name, arguments := range map[string]config{
		"users":   {"cross_check": true, "subject_type": "user"},
		"servers": {"cross_check": true, "subject_type": "resource"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			omitBob := func(kind, _ string, _ int, row opasim.Row) bool { return kind == "user" && row.UserName == "bob" }
			empty := []byte(`{"list":[]}`)
			sim := opasim.Start(t, opasim.Options{World: clitest.World(t, twoUsers()), OmitRow: omitBob, Faults: []opasim.Fault{
				{Path: "/users", Nth: 5, Status: http.StatusOK, Body: empty},
				{Path: "/all_servers", Nth: 2, Status: http.StatusOK, Body: empty},
			}})
			state, diags := configured(t, sim).read("opa_team_access_report", arguments)
			if state != nil || !strings.HasPrefix(diags, "error: Cross-check failed") {
				t.Errorf("got %v and %s\nwant an error", state, diags)
			}
		})
	}
}

// Reports of different ages differ in a chain of subjects, of which each is read again.
func TestCrossCheckOfReportsOfDifferentAges(t *testing.T) {
	t.Parallel()
	before := clitest.World(t, twoUsers("%granted%", `hostname = "db"`))
	after := clitest.World(t, twoUsers())
	sim := opasim.Start(t, opasim.Options{World: before})
	sim.AddReport(opasim.PastReport{UserID: before.User("ann").ID, Age: time.Minute})
	sim.AddReport(opasim.PastReport{ResourceID: before.Servers("web")[0].ID, Age: time.Minute})
	sim.SetWorld(after)
	state, diags := configured(t, sim).read("opa_team_access_report", config{"cross_check": true, "subject_type": "user", "max_age": "1h"})
	if diags != "" {
		t.Fatalf("got %s\nwant no diagnostics", diags)
	}
	if diff := gocmp.Diff(teamRows(after, "user"), state["rows"]); diff != "" {
		t.Errorf("rows (-want, +got):\n%s", diff)
	}
}

// A deleted user on whom OPA refuses reports does not make a cross-check fail.
func TestCrossCheckWithDeletedUsers(t *testing.T) {
	t.Parallel()
	deleted := "\nstatus = \"DELETED\"\ndeleted_at = \"2025-01-31T12:00:00Z\"\n"
	before, after := clitest.World(t, twoUsers()), clitest.World(t, twoUsers("%bob%", deleted))
	bob := after.User("bob").ID
	sim := opasim.Start(t, opasim.Options{World: before, FailCreate: func(id string) int {
		if id == bob {
			return http.StatusNotFound
		}
		return 0
	}})
	for _, server := range before.AllServers() {
		sim.AddReport(opasim.PastReport{ResourceID: server.ID, Age: time.Minute})
	}
	sim.SetWorld(after)
	state, diags := configured(t, sim).read("opa_team_access_report", config{"cross_check": true, "subject_type": "user", "max_age": "1h"})
	if diags != "" {
		t.Fatalf("got %s\nwant no diagnostics", diags)
	}
	if diff := gocmp.Diff([]any{"ann", "db", "web"}, column(t, state, "subjects", "name")); diff != "" {
		t.Errorf("subjects (-want, +got):\n%s", diff)
	}
}

// A column that one report does not have is still compared in the others.
func TestCrossCheckOfMissingColumns(t *testing.T) {
	t.Parallel()
	withoutConditions := func(server string) []byte {
		return []byte("User Name,User Type,User Status,Resource Name,Resource Type,Account,Privileges\n" +
			"ann,human,ACTIVE," + server + ",server,ann,user\nbob,human,ACTIVE," + server + ",server,bob,user\n")
	}
	for name, test := range map[string]struct {
		servers []string
		want    string
	}{
		"one server":  {[]string{"db"}, "error: Cross-check failed\nOnly some of the reports"},
		"all servers": {[]string{"db", "web"}, "warning: Columns not compared\nThe cross-check did not compare these columns, because the reports on users or on servers do not have them: conditions."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			world := clitest.World(t, twoUsers())
			sim := opasim.Start(t, opasim.Options{World: world})
			var faults []opasim.Fault
			for _, hostname := range test.servers {
				id := sim.AddReport(opasim.PastReport{ResourceID: world.Servers(hostname)[0].ID, Age: time.Minute})
				faults = append(faults, opasim.Fault{Path: "/access_reports/" + id + "/report", After: true, Status: http.StatusOK, Body: withoutConditions(hostname), Header: http.Header{"Content-Type": {"text/csv"}}})
			}
			sim.SetFaults(faults...)
			s := configured(t, sim, config{"report_columns": config{"conditions": ""}})
			state, diags := s.read("opa_team_access_report", config{"cross_check": true, "subject_type": "user", "max_age": "1h"})
			if (state == nil) != strings.HasPrefix(test.want, "error") || !strings.HasPrefix(diags, test.want) {
				t.Errorf("got %v and %s\nwant %s", state, diags, test.want)
			}
		})
	}
}
