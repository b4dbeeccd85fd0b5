package opasim_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

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
			x := x.in(t)
			x.ResetLog()
			x.wantStatus("response", x.post("/access_reports", test.body), test.status)
			x.wantViolation(test.violation)
		})
	}
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
