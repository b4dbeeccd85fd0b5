package opasim_test

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// pastReportTest is a report with the JSON and the download status that it must have.
type pastReportTest struct {
	name     string
	past     opasim.PastReport
	details  any
	status   string
	created  string
	download int
}

func pastReportTests(w *opasim.World) []pastReportTest {
	larry, web := w.User("larry.linuxadmin").ID, w.Servers("web-01")[0].ID
	user := func(id, resourceType string) any {
		return map[string]any{"user": map[string]any{"id": id, "resource_type_filter": resourceType}}
	}
	return []pastReportTest{
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
}

func TestPastReport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// The test's clock is at 2000-01-01T00:00:00Z, the server's an hour ahead.
		x := newTenant(t, opasim.Options{ClockSkew: time.Hour, Generation: time.Minute})
		tests := pastReportTests(x.World())
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

// Past worlds have reports on their users and servers, with the access of that time. The
// IDs of users and servers are those of the current world.
func TestPastWorlds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const world = `
			user "larry" {}
			user "ann" {}
			user "gone" {
				status     = "DELETED"
				deleted_at = "2000-01-01T00:00:00Z"
			}
			user "terraform-reporter" {
				type = "service"
			}
			group "api-clients" {
				roles   = ["security_admin"]
				members = ["terraform-reporter"]
			}
			group "admins" {
				members = ["larry"]
			}
			resource_group "commerce" {
				project "storefront" {
					server "web-01" {}
				}
			}
		`
		const policy = `
			policy "admins" {
				groups = ["admins"]
				rule "sign-in" {
					servers {
						hostname = "web-01"
					}
					individual = ["admin"]
				}
			}
		`
		parse := func(text string) *opasim.World {
			w, err := opasim.ParseWorld("world.hcl", []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			return w
		}
		x := newTenant(t, opasim.Options{World: parse(world), Past: []opasim.Past{{World: parse(world + policy), Age: time.Hour}}})
		got := map[string]int{}
		for _, id := range x.get("/access_reports").list(t, "id") {
			report := x.get("/access_reports/" + id).object(t)
			if got, want := report["created_at"], "1999-12-31T23:00:00.000000Z"; got != want {
				t.Errorf("got created_at %v, want %s", got, want)
			}
			subject, _ := json.Marshal(report["details"])
			rows := 0
			if download := x.get("/access_reports/" + id + "/report"); download.status == 200 {
				rows = strings.Count(download.body, "larry,admin,\n")
			}
			got[string(subject)] = rows
		}
		w := x.World()
		user := func(name string) string {
			return `{"user":{"id":"` + w.User(name).ID + `","resource_type_filter":"server"}}`
		}
		want := map[string]int{
			user("larry"): 1, user("ann"): 0, user("terraform-reporter"): 0,
			`{"resource":{"id":"` + w.Servers("web-01")[0].ID + `","resource_type":"server"}}`: 1,
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("rows by subject (-want +got):\n%s", diff)
		}
	})
}
