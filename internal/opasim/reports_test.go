package opasim_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

func TestStatusFollowsTheClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newTenant(t, opasim.Options{Generation: 8 * time.Second})
		report := x.create("larry.linuxadmin")
		start := time.Now()
		for _, step := range []struct {
			at       time.Duration
			status   string
			updated  string
			download int
		}{
			{0, "CREATED", "2000-01-01T00:00:00.000000Z", http.StatusConflict},
			{1999 * time.Millisecond, "CREATED", "2000-01-01T00:00:00.000000Z", http.StatusConflict},
			{2 * time.Second, "IN PROGRESS", "2000-01-01T00:00:02.000000Z", http.StatusConflict},
			{7999 * time.Millisecond, "IN PROGRESS", "2000-01-01T00:00:02.000000Z", http.StatusConflict},
			{8 * time.Second, "COMPLETED", "2000-01-01T00:00:08.000000Z", http.StatusOK},
			{time.Hour - time.Second, "COMPLETED", "2000-01-01T00:00:08.000000Z", http.StatusOK},
		} {
			time.Sleep(step.at - time.Since(start))
			got := x.get(report)
			if got.field(t, "status") != step.status || got.field(t, "updated_at") != step.updated ||
				got.field(t, "created_at") != "2000-01-01T00:00:00.000000Z" {
				t.Errorf("after %v: got %s, want status %s since %s", step.at, got.body, step.status, step.updated)
			}
			x.wantStatus("download after "+step.at.String(), x.get(report+"/report"), step.download)
		}
		x.wantViolations()
	})
}

func TestCreateReturnsTheReport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newTenant(t, opasim.Options{})
		for _, test := range []struct{ name, target, status string }{
			{"user", userTarget(x.World().User("larry.linuxadmin").ID), "COMPLETED"},
			{"user without access", userTarget(x.World().User("neil.newcomer").ID), "COMPLETED_BUT_EMPTY"},
			{"disabled user", userTarget(x.World().User("dana.disabled").ID), "COMPLETED_BUT_EMPTY"},
			{"server", resourceTarget(x.World().Servers("web-01")[0].ID), "COMPLETED"},
			{"server without access", resourceTarget(x.World().Servers("island-01")[0].ID), "COMPLETED_BUT_EMPTY"},
		} {
			got := x.post("/access_reports", test.target)
			object := got.object(t)
			delete(object, "id")
			var details any
			if err := json.Unmarshal([]byte(test.target), &details); err != nil {
				t.Fatal(err)
			}
			want := map[string]any{
				"details": details, "status": test.status,
				"created_at": "2000-01-01T00:00:00.000000Z", "updated_at": "2000-01-01T00:00:00.000000Z",
			}
			if diff := cmp.Diff(want, object); diff != "" || got.status != http.StatusCreated {
				t.Errorf("%s: got status %d, want 201 (-want +got):\n%s", test.name, got.status, diff)
			}
		}
		x.wantViolations()
	})
}

func TestCreateErrors(t *testing.T) {
	x := newTenant(t, opasim.Options{})
	id := x.World().User("larry.linuxadmin").ID
	web := x.World().Servers("web-01")[0].ID
	for _, test := range []struct {
		name, body string
		status     int
		violation  string // "" if a correct client may send it
	}{
		{"invalid JSON", `user`, 400, "invalid JSON"},
		{"empty object", `{}`, 400, "exactly one"},
		{"both", `{"user":{"id":"` + id + `","resource_type_filter":"server"},"resource":{"id":"` + web + `","resource_type":"server"}}`, 400, "exactly one"},
		{"two values", userTarget(id) + `{}`, 400, "more than one JSON value"},
		{"unknown subject kind", `{"group":{"id":"` + id + `"}}`, 400, `unknown field "group"`},
		{"the other kind's type key", `{"user":{"id":"` + id + `","resource_type":"server"}}`, 400, `unknown field "resource_type"`},
		{"other case", `{"User":{"id":"` + id + `","resource_type_filter":"server"}}`, 400, `unknown field "User"`},
		{"no type", `{"user":{"id":"` + id + `"}}`, 400, "want id and resource_type_filter"},
		{"no id", `{"resource":{"resource_type":"server"}}`, 400, "want id and resource_type"},
		{"another type", `{"user":{"id":"` + id + `","resource_type_filter":"database"}}`, 400, ""},
		{"a name instead of an id", userTarget("larry.linuxadmin"), 400, ""},
		{"unknown user", userTarget("00000000-0000-4000-8000-000000000000"), 404, ""},
		{"unknown server", resourceTarget("00000000-0000-4000-8000-000000000000"), 404, ""},
		{"a server's id as a user", userTarget(web), 404, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			x.ResetLog()
			x.wantStatus("response", x.post("/access_reports", test.body), test.status)
			x.wantViolation(test.violation)
		})
	}
}

func TestFinalStatus(t *testing.T) {
	x := newTenant(t, opasim.Options{
		NotReadyStatus: http.StatusTooEarly,
		FinalStatus: func(_ string, attempt int) string {
			return []string{"", "ERROR", "PAUSED", "COMPLETED_BUT_EMPTY", "COMPLETED", ""}[attempt]
		},
	})
	header := "User Name,User Type,User Status,Resource Name,Resource Type,Account,Privileges,Conditions\n"
	for _, want := range []struct {
		status   string
		download int
		body     string
	}{
		{"ERROR", http.StatusTooEarly, ""},
		{"PAUSED", http.StatusTooEarly, ""},
		{"COMPLETED_BUT_EMPTY", http.StatusTooEarly, ""},
		{"COMPLETED", http.StatusOK, header},
	} {
		report := x.create("neil.newcomer")
		if status := x.get(report).field(t, "status"); status != want.status {
			t.Errorf("got status %s, want %s", status, want.status)
		}
		got := x.get(report + "/report")
		if got.status != want.download || want.body != "" && got.body != want.body {
			t.Errorf("%s: download: got %+v, want status %d and body %q", want.status, got, want.download, want.body)
		}
	}
	if status := x.get(x.create("neil.newcomer")).field(t, "status"); status != "COMPLETED_BUT_EMPTY" {
		t.Errorf("got status %s, want the default of a report without rows", status)
	}
}

func TestGenerationFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := opasim.DefaultWorld()
		x := newTenant(t, opasim.Options{GenerationFor: func(id string) time.Duration {
			if id == w.User("dora.database").ID {
				return time.Minute
			}
			return 10 * time.Second
		}})
		slow, fast := x.create("dora.database"), x.create("larry.linuxadmin")
		time.Sleep(20 * time.Second)
		third := x.create("larry.linuxadmin")
		for report, want := range map[string]string{slow: "IN PROGRESS", fast: "COMPLETED", third: "CREATED"} {
			if got := x.get(report).field(t, "status"); got != want {
				t.Errorf("got status %s, want %s", got, want)
			}
		}
		if got := x.MaxPending(); got != 2 {
			t.Errorf("MaxPending: got %d, want 2", got)
		}
	})
}

func TestListOrder(t *testing.T) {
	for _, test := range []struct {
		order opasim.ListOrder
		want  string
	}{
		{"", "new old older"},
		{opasim.NewestFirst, "new old older"},
		{opasim.OldestFirst, "older old new"},
	} {
		x := newTenant(t, opasim.Options{ListOrder: test.order})
		larry := x.World().User("larry.linuxadmin").ID
		names := map[string]string{
			x.AddReport(opasim.PastReport{UserID: larry, Age: time.Hour}):                                       "old",
			x.AddReport(opasim.PastReport{UserID: larry, Age: 2 * time.Hour, Status: "ERROR", Deleted: true}):   "older",
			x.AddReport(opasim.PastReport{ResourceID: x.World().Servers("web-01")[0].ID, Age: 5 * time.Second}): "new",
		}
		got := x.get("/access_reports").list(t, "id")
		for i, id := range got {
			got[i] = names[id]
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("order %q: got %v, want %s", test.order, got, test.want)
		}
	}
}

func TestPastReport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// The test's clock is at 2000-01-01T00:00:00Z, the server's an hour ahead.
		x := newTenant(t, opasim.Options{ClockSkew: time.Hour, Generation: time.Minute})
		larry, web := x.World().User("larry.linuxadmin").ID, x.World().Servers("web-01")[0].ID
		user := func(id, resourceType string) any {
			return map[string]any{"user": map[string]any{"id": id, "resource_type_filter": resourceType}}
		}
		tests := []struct {
			name     string
			past     opasim.PastReport
			details  any
			status   string
			created  string
			download int
		}{
			{"now", opasim.PastReport{UserID: larry}, user(larry, "server"), "COMPLETED", "2000-01-01T01:00:00.000000Z", 200},
			{
				"older",
				opasim.PastReport{UserID: larry, Age: 90 * time.Minute},
				user(larry, "server"), "COMPLETED", "1999-12-31T23:30:00.000000Z", 200,
			},
			{
				"another type",
				opasim.PastReport{UserID: larry, ResourceType: "secret"},
				user(larry, "secret"), "COMPLETED_BUT_EMPTY", "2000-01-01T01:00:00.000000Z", 409,
			},
			{
				"another type of a resource",
				opasim.PastReport{ResourceID: web, ResourceType: "database", Status: "COMPLETED"},
				map[string]any{"resource": map[string]any{"id": web, "resource_type": "database"}},
				"COMPLETED", "2000-01-01T01:00:00.000000Z", 200,
			},
			{
				"in progress",
				opasim.PastReport{UserID: larry, Status: opasim.StatusInProgress, Age: time.Hour},
				user(larry, "server"), "IN PROGRESS", "2000-01-01T00:00:00.000000Z", 409,
			},
			{
				"created",
				opasim.PastReport{UserID: larry, Status: opasim.StatusCreated},
				user(larry, "server"), "CREATED", "2000-01-01T01:00:00.000000Z", 409,
			},
		}
		paths := make([]string, len(tests))
		for i, test := range tests {
			paths[i] = "/access_reports/" + x.AddReport(test.past)
		}
		for _, later := range []time.Duration{0, 24 * time.Hour} {
			time.Sleep(later)
			for i, test := range tests {
				want := map[string]any{
					"details": test.details, "status": test.status, "created_at": test.created, "updated_at": test.created,
				}
				got := x.get(paths[i]).object(t)
				delete(got, "id")
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s, after %v (-want +got):\n%s", test.name, later, diff)
				}
				x.wantStatus("download: "+test.name, x.get(paths[i]+"/report"), test.download)
			}
		}
		if got := x.MaxPending(); got != 0 {
			t.Errorf("MaxPending: got %d, want 0", got)
		}
		x.wantViolations()
	})
}

func TestFailCreate(t *testing.T) {
	w := opasim.DefaultWorld()
	larry, dora := w.User("larry.linuxadmin").ID, w.User("dora.database").ID
	web := w.Servers("web-01")[0].ID
	failures := map[string]int{dora: http.StatusServiceUnavailable, web: http.StatusTeapot}
	x := newTenant(t, opasim.Options{FailCreate: func(id string) int { return failures[id] }})
	for _, test := range []struct {
		target string
		status int
		kind   string
	}{
		{userTarget(larry), 201, ""},
		{userTarget(dora), 503, "service_offline"},
		{userTarget(strings.ToUpper(dora)), 503, "service_offline"},
		{resourceTarget(web), 418, "unknown_error"},
		{userTarget(web), 404, "not_found"}, // FailCreate is not called
		{userTarget(larry), 201, ""},
	} {
		got := x.post("/access_reports", test.target)
		if got.status != test.status || test.kind != "" && got.field(t, "type") != test.kind {
			t.Errorf("%s: got %+v, want status %d and type %q", test.target, got, test.status, test.kind)
		}
	}
	if got := x.get("/access_reports").list(t, "id"); len(got) != 2 {
		t.Errorf("got %d reports, want the 2 of larry", len(got))
	}
	x.wantViolations()
}

func TestUnorderedList(t *testing.T) {
	x := newTenant(t, opasim.Options{ListOrder: opasim.Unordered, PageSize: 2})
	ids := make([]string, 5)
	for i := range ids {
		ids[i] = strings.TrimPrefix(x.create("larry.linuxadmin"), "/access_reports/")
	}
	pages, _ := x.walk("/access_reports", "next", "id")
	slices.Sort(ids)
	if diff := cmp.Diff(ids, strings.Fields(strings.Join(pages, " "))); diff != "" {
		t.Errorf("ids (-want +got):\n%s", diff)
	}
	x.wantViolations()
}

func TestDeletedAtOfReports(t *testing.T) {
	for _, zero := range []bool{false, true} {
		x := newTenant(t, opasim.Options{ZeroDeletedAt: zero})
		larry := x.World().User("larry.linuxadmin").ID
		kept := x.get("/access_reports/" + x.AddReport(opasim.PastReport{UserID: larry})).object(t)["deleted_at"]
		gone := x.get("/access_reports/" + x.AddReport(opasim.PastReport{UserID: larry, Deleted: true})).object(t)["deleted_at"]
		if zero != (kept == "0001-01-01T00:00:00Z") || gone == nil {
			t.Errorf("ZeroDeletedAt %v: got deleted_at %v for an existing and %v for a deleted report, want a timestamp for the latter", zero, kept, gone)
		}
	}
}

func TestNestedList(t *testing.T) {
	x := newTenant(t, opasim.Options{NestedList: true})
	if got := x.get("/access_reports").body; got != `{"list":[[]]}` {
		t.Errorf("empty list: got %s, want a nested list", got)
	}
	x.create("larry.linuxadmin")
	if got := x.get("/access_reports").body; !strings.HasPrefix(got, `{"list":[[{"`) {
		t.Errorf("got %s, want a nested list", got)
	}
}

func TestListLag(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newTenant(t, opasim.Options{ListLag: 5 * time.Second})
		started := time.Now()
		x.create("larry.linuxadmin")
		for _, step := range []struct {
			at   time.Duration
			want int
		}{{0, 0}, {4999 * time.Millisecond, 0}, {5 * time.Second, 1}} {
			time.Sleep(step.at - time.Since(started))
			if got := x.get("/access_reports").list(t, "id"); len(got) != step.want {
				t.Errorf("after %v: got %d reports, want %d", step.at, len(got), step.want)
			}
		}
		x.wantViolations()
	})
}

func TestMissingReportFields(t *testing.T) {
	for name, test := range map[string]struct {
		options                opasim.Options
		details, listedDetails bool
		createdAt              any
	}{
		"all fields":               {opasim.Options{}, true, true, "2000-01-01T00:00:00.000000Z"},
		"no details in lists":      {opasim.Options{ListPartialReports: true}, true, false, "2000-01-01T00:00:00.000000Z"},
		"no details":               {opasim.Options{NoReportDetails: true}, false, false, "2000-01-01T00:00:00.000000Z"},
		"no created_at":            {opasim.Options{NullCreatedAt: true}, true, true, nil},
		"database clock is behind": {opasim.Options{DatabaseSkew: -3 * time.Second}, true, true, "1999-12-31T23:59:57.000000Z"},
	} {
		synctest.Test(t, func(t *testing.T) {
			x := newTenant(t, test.options)
			report := x.get(x.create("larry.linuxadmin")).object(t)
			var listed struct {
				List []map[string]any `json:"list"`
			}
			if err := json.Unmarshal([]byte(x.get("/access_reports").body), &listed); err != nil || len(listed.List) != 1 {
				t.Fatalf("%s: got list %v and error %v, want one report", name, listed, err)
			}
			for _, got := range []struct {
				object  map[string]any
				details bool
			}{{report, test.details}, {listed.List[0], test.listedDetails}} {
				if _, ok := got.object["details"]; ok != got.details || got.object["created_at"] != test.createdAt {
					t.Errorf("%s: got %v, want details %t, created_at %v", name, got.object, got.details, test.createdAt)
				}
			}
		})
	}
}

func TestSetWorldKeepsExistingReports(t *testing.T) {
	x := newTenant(t, opasim.Options{World: parseWorld(t, smallWorld)})
	before := x.create("ann")
	x.SetWorld(parseWorld(t, strings.Replace(smallWorld, `["admin"]`, `["user"]`, 1)))
	after := x.create("ann")
	for report, want := range map[string]string{before: "ann,admin", after: "ann,user"} {
		if got := x.get(report + "/report").body; !strings.Contains(got, want) {
			t.Errorf("got %s\nwant a row with %s", got, want)
		}
	}
}

func TestUnknownReport(t *testing.T) {
	x := newTenant(t, opasim.Options{})
	for _, path := range []string{"/access_reports/x", "/access_reports/x/report"} {
		x.wantStatus(path, x.get(path), http.StatusNotFound)
	}
	x.wantViolations()
}
