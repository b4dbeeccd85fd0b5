package provider_test

import (
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// asOfTenant returns a tenant whose access has changed: a day ago, larry needed MFA to be
// root on web-01.
func asOfTenant(t *testing.T) *opasim.Server {
	t.Helper()
	world := func(conditions string) *opasim.World {
		w, err := opasim.ParseWorld("world.hcl", []byte(`
			user "larry" {}
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
			policy "admins" {
				groups = ["admins"]
				rule "root" {
					servers {
						hostname = "web-01"
					}
					shared     = ["root"]
					conditions = [`+conditions+`]
				}
			}
		`))
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	return opasim.Start(t, opasim.Options{World: world(`"gateway"`), Past: []opasim.Past{{World: world(`"gateway", "mfa"`), Age: 24 * time.Hour}}})
}

// as_of returns the access of that time in every data source and ephemeral resource with
// rows, and creates no report. report_changes finds what became weaker since.
func TestAsOf(t *testing.T) {
	t.Parallel()
	sim := asOfTenant(t)
	s := configured(t, sim)
	asOf := time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)
	now, diags := s.read("opa_user_access_report", config{"user_name": "larry"})
	if now == nil {
		t.Fatal(diags)
	}
	created := sim.Count(http.MethodPost, "/access_reports")
	for name, arguments := range map[string]config{
		"opa_user_access_report":      {"user_name": "larry"},
		"opa_resource_access_report":  {"hostname": "web-01"},
		"opa_user_access_reports":     {"user_names": []any{"larry"}},
		"opa_resource_access_reports": {"project_name": "storefront"},
		"opa_team_access_report":      {},
	} {
		arguments = maps.Clone(arguments)
		arguments["as_of"] = asOf
		before, diags := s.read(name, arguments)
		if before == nil {
			t.Errorf("%s: got %s, want a state", name, diags)
			continue
		}
		if before["reused"] != true || before["row_count"] != int64(1) {
			t.Errorf("%s: got reused %v and %v rows, want an existing report with one row", name, before["reused"], before["row_count"])
		}
		// A selection has only the subjects that exist now.
		_, selected := before["project_name"]
		_, team := before["subjects"]
		if got, problem := s.call("report_evidence", before); problem != "" || got.(map[string]any)["complete"] == (selected && name != "opa_resource_access_report" || team) {
			t.Errorf("%s: got evidence %v and error %q, want it complete unless the subjects were selected", name, got, problem)
		}
		changes, problem := s.call("report_changes", before["rows"], now["rows"])
		parts, _ := changes.(map[string]any)
		weakened, _ := parts["weakened"].([]any)
		if len(weakened) != 1 || weakened[0].(map[string]any)["lost"].([]any)[0] != "mfa" {
			t.Errorf("%s: got %v and error %q, want one row that lost MFA", name, changes, problem)
		}

		// The zero time is a time, too.
		for _, early := range []string{time.Now().Add(-48 * time.Hour).UTC().Format(time.RFC3339), "0001-01-01T00:00:00Z", "0001-01-01T02:00:00+02:00"} {
			arguments["as_of"] = early
			if state, diags := s.read(name, arguments); state != nil || !strings.Contains(diags, "was created at or before") {
				t.Errorf("%s, as of %s: got %v and %s, want an error", name, early, state, diags)
			}
		}
		arguments["as_of"] = time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
		if state, diags := s.read(name, arguments); state != nil || !strings.Contains(diags, "as_of must not be in the future") {
			t.Errorf("%s, in the future: got %v and %s, want an error", name, state, diags)
		}
	}
	if n := sim.Count(http.MethodPost, "/access_reports") - created; n != 0 {
		t.Errorf("got %d new reports, want none", n)
	}
	for _, arguments := range []config{{"as_of": asOf, "max_age": "1h"}, {"as_of": asOf, "cross_check": true}} {
		if state, diags := s.read("opa_team_access_report", arguments); state != nil || !strings.Contains(diags, "Invalid Attribute Combination") {
			t.Errorf("%v: got %q, want an error about the combination", arguments, diags)
		}
	}
}

// With allow_partial, a member without a report at that time is missing, and the result is
// PARTIAL. Without it, and if all are missing, the read fails.
func TestAsOfWithoutSomeReports(t *testing.T) {
	t.Parallel()
	sim := opasim.Start(t, opasim.Options{})
	sim.AddReport(opasim.PastReport{UserID: sim.World().User("larry.linuxadmin").ID, Age: 24 * time.Hour})
	s := configured(t, sim)
	asOf := time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)
	some := config{"user_names": []any{"larry.linuxadmin", "dora.database"}, "as_of": asOf}
	if state, diags := s.read("opa_user_access_reports", some); state != nil || !strings.Contains(diags, "Missing access reports") {
		t.Errorf("got %v and %s, want an error", state, diags)
	}
	some["allow_partial"] = true
	if state, diags := s.read("opa_user_access_reports", some); state == nil || state["status"] != "PARTIAL" || !strings.Contains(diags, "dora.database: No report at that time") {
		t.Errorf("allow_partial: got %v and %s, want a partial result", state["status"], diags)
	}
	none := config{"user_names": []any{"dora.database"}, "as_of": asOf, "allow_partial": true}
	if state, diags := s.read("opa_user_access_reports", none); state != nil || !strings.Contains(diags, "error: ") {
		t.Errorf("none: got %v and %s, want an error", state, diags)
	}
	if n := sim.Count(http.MethodPost, "/access_reports"); n != 0 {
		t.Errorf("got %d new reports, want none", n)
	}
}

// created_after and created_before are exclusive, and a period that cannot contain a
// report is an error.
func TestCreatedBefore(t *testing.T) {
	t.Parallel()
	sim := opasim.Start(t, opasim.Options{})
	larry := sim.World().User("larry.linuxadmin").ID
	old := sim.AddReport(opasim.PastReport{UserID: larry, Age: 48 * time.Hour})
	sim.AddReport(opasim.PastReport{UserID: larry, Age: time.Hour})
	s := configured(t, sim)
	ago := func(d time.Duration) string { return time.Now().Add(-d).UTC().Format(time.RFC3339) }
	for _, arguments := range []config{{"created_before": ago(24 * time.Hour)}, {"created_before": ago(24 * time.Hour), "created_after": ago(72 * time.Hour)}} {
		state, diags := s.read("opa_access_reports", arguments)
		reports, _ := state["reports"].([]any)
		if len(reports) != 1 || reports[0].(map[string]any)["report_id"] != old {
			t.Errorf("%v: got %v and %s, want only the older report %s", arguments, reports, diags, old)
		}
	}
	for _, after := range []string{ago(time.Hour), ago(24 * time.Hour)} {
		if state, diags := s.read("opa_access_reports", config{"created_before": ago(24 * time.Hour), "created_after": after}); state != nil || !strings.Contains(diags, "created_before must be later than created_after") {
			t.Errorf("after %s: got %v and %s, want an error", after, state, diags)
		}
	}
}
