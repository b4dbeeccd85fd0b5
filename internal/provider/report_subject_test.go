package provider_test

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// rowsNaming returns the CSV of a report with a row for each name in the column of
// the subject. The names in the other column are different in each row.
func rowsNaming(kind string, names ...string) string {
	var text strings.Builder
	text.WriteString(reportHeader)
	for i, name := range names {
		user, resource := name, fmt.Sprint("other-", i)
		if kind == "resource" {
			user, resource = resource, user
		}
		text.WriteString(user + ",human,ACTIVE," + resource + ",server,root,user,\n")
	}
	return text.String()
}

// subjectReads returns the arguments of all data sources and ephemeral resources that
// have a report on larry.linuxadmin, or, for the kind resource, on web-01.
func subjectReads(sim *opasim.Server, kind string) map[string]config {
	if kind == "resource" {
		return map[string]config{
			"opa_access_report":                    {"report_id": sim.AddReport(opasim.PastReport{ResourceID: sim.World().Servers("web-01")[0].ID})},
			"opa_resource_access_report":           {"hostname": "web-01"},
			"opa_resource_access_reports":          {"hostnames": []any{"web-01"}},
			"ephemeral.opa_resource_access_report": {"canonical_name": "web-01.storefront.example.com"},
		}
	}
	return map[string]config{
		"opa_access_report":                {"report_id": sim.AddReport(opasim.PastReport{UserID: sim.World().User("larry.linuxadmin").ID})},
		"opa_user_access_report":           {"user_name": "larry.linuxadmin"},
		"opa_user_access_reports":          {"user_names": []any{"larry.linuxadmin"}},
		"ephemeral.opa_user_access_report": {"user_name": "larry.linuxadmin"},
	}
}

// If the rows of a report have several subjects, the read fails. If all rows have one
// unexpected name for the subject, the read succeeds with a warning.
func TestReportSubject(t *testing.T) {
	t.Parallel()
	const (
		mismatch   = "error: Report subject mismatch"
		missing    = "error: Missing access reports" // of a batch
		unexpected = "warning: Unexpected name in an access report"
	)
	for name, test := range map[string]struct {
		kind     string
		names    []string
		want     string   // prefix of the diagnostics; "" for none
		byID     string   // the same for a report that is selected by its ID
		contains []string // parts of the diagnostics
	}{
		"user name":                 {kind: "user", names: []string{"larry.linuxadmin", "larry.linuxadmin"}},
		"user name in capitals":     {kind: "user", names: []string{"LARRY.LINUXADMIN"}},
		"user name and email":       {kind: "user", names: []string{"larry.linuxadmin", "larry.linuxadmin@example.com"}},
		"unknown user":              {kind: "user", names: []string{"mallory", "mallory"}, want: unexpected, contains: []string{`"mallory"`, `user "larry.linuxadmin"`}},
		"user and another":          {kind: "user", names: []string{"larry.linuxadmin", "mallory"}, want: mismatch, byID: mismatch, contains: []string{`"mallory"`, "user_name"}},
		"two unknown users":         {kind: "user", names: []string{"trent", "mallory", "trent"}, want: mismatch, byID: mismatch, contains: []string{`"trent", "mallory"`}},
		"many unknown users":        {kind: "user", names: []string{"a", "b", "c", "d", "e", "f", "g"}, want: mismatch, byID: mismatch, contains: []string{`"e" and more`}},
		"control character":         {kind: "user", names: []string{"\x1b[2Jmallory"}, want: unexpected, contains: []string{"[2Jmallory"}},
		"hostname":                  {kind: "resource", names: []string{"web-01"}},
		"other names of the server": {kind: "resource", names: []string{"web-01.storefront.example.com", "shop.example.com", "WEB-01"}},
		"unknown server":            {kind: "resource", names: []string{"web-02", "web-02"}, want: unexpected, contains: []string{`"web-02"`, `resource "web-01"`}},
		"server and another":        {kind: "resource", names: []string{"shop.example.com", "web-02"}, want: mismatch, byID: mismatch, contains: []string{`"web-02"`, "resource_name"}},
		"two unknown servers":       {kind: "resource", names: []string{"web-02", "web-03"}, want: mismatch, byID: mismatch, contains: []string{`"web-02", "web-03"`}},
	} {
		sim := opasim.Start(t, reportsOf(rowsNaming(test.kind, test.names...)))
		s := configured(t, sim)
		for read, arguments := range subjectReads(sim, test.kind) {
			t.Run(name+", "+read, func(t *testing.T) {
				t.Parallel()
				state, diags := s.readOrOpen(read, arguments)
				want := test.want
				switch {
				case read == "opa_access_report":
					want = test.byID
				case want == mismatch && strings.HasSuffix(read, "s"):
					want = missing
				}
				if (state == nil) != strings.HasPrefix(want, "error: ") || !strings.HasPrefix(diags, want) || want == "" && diags != "" {
					t.Fatalf("got state %v, diagnostics %s\nwant diagnostics that begin with %q, and a state unless it is an error", state, diags, want)
				}
				for _, part := range test.contains {
					if want != "" && !strings.Contains(diags, part) {
						t.Errorf("got %s\nwant it to contain %s", diags, part)
					}
				}
				if strings.Contains(diags, "\x1b") {
					t.Errorf("got %q, want no control characters", diags)
				}
			})
		}
	}
}

// If OPA does not return the subject of a report, one of the columns must have a
// single name.
func TestReportWithoutSubject(t *testing.T) {
	t.Parallel()
	const id = "11111111-1111-4111-8111-111111111111"
	for name, test := range map[string]struct {
		csv   string
		valid bool
	}{
		"one user":           {rowsNaming("user", "a", "A"), true},
		"one resource":       {rowsNaming("resource", "a", "a"), true},
		"one row":            {rowsNaming("user", "a"), true},
		"several of both":    {rowsNaming("user", "a", "b"), false},
		"no rows":            {reportHeader, true},
		"two joined reports": {rowsNaming("user", "a", "a") + strings.TrimPrefix(rowsNaming("resource", "b", "b"), reportHeader), false},
		"swapped columns":    {rowsNaming("resource", "b", "c"), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			options := reportsOf(test.csv)
			options.Faults[0].After = false
			options.Faults = append(options.Faults, opasim.Fault{Path: "/access_reports/{id}", Status: http.StatusOK, Body: []byte(`{"id":"` + id + `","status":"COMPLETED"}`)})
			state, diags := configured(t, opasim.Start(t, options)).read("opa_access_report", config{"report_id": id})
			if (state != nil) != test.valid || strings.HasPrefix(diags, "error: Report subject mismatch") == test.valid {
				t.Errorf("got state %v, want a state: %t\n%s", state, test.valid, diags)
			}
		})
	}
}

// If the names of a subject cannot be looked up, two names may mean two subjects, so
// the read fails.
func TestSubjectLookupErrors(t *testing.T) {
	t.Parallel()
	for kind, names := range map[string][]string{
		"user": {"larry.linuxadmin", "larry.linuxadmin@example.com"}, "resource": {"web-01", "shop.example.com"},
	} {
		options := reportsOf(rowsNaming(kind, names...))
		for _, path := range []string{"/users", "/users_by_id/{id}", "/all_servers"} {
			options.Faults = append(options.Faults, opasim.Fault{Path: path, Status: http.StatusInternalServerError})
		}
		sim := opasim.Start(t, options)
		past := opasim.PastReport{UserID: sim.World().User("larry.linuxadmin").ID}
		if kind == "resource" {
			past = opasim.PastReport{ResourceID: sim.World().Servers("web-01")[0].ID}
		}
		state, diags := configured(t, sim, config{"max_retries": 0}).read("opa_access_report", config{"report_id": sim.AddReport(past)})
		if state != nil || !strings.HasPrefix(diags, "error: Report subject mismatch") {
			t.Errorf("%s: got state %v, diagnostics %s\nwant the error Report subject mismatch", kind, state, diags)
		}
	}
}

// A reusable report about another subject is replaced by a new one.
func TestReusedReportSubjectMismatch(t *testing.T) {
	t.Parallel()
	for read, arguments := range map[string]config{
		"opa_user_access_report":           {"user_name": "larry.linuxadmin"},
		"opa_user_access_reports":          {"user_names": []any{"larry.linuxadmin"}},
		"ephemeral.opa_user_access_report": {"user_name": "larry.linuxadmin"},
	} {
		t.Run(read, func(t *testing.T) {
			t.Parallel()
			options := reportsOf(rowsNaming("user", "larry.linuxadmin", "mallory"))
			options.Faults[0].Times = 1
			sim := opasim.Start(t, options)
			sim.AddReport(opasim.PastReport{UserID: sim.World().User("larry.linuxadmin").ID})
			arguments := with(config{"max_age": "1h"}, maps.Clone(arguments))
			state, diags := configured(t, sim).readOrOpen(read, arguments)
			if diags != "" || state["reused"] != false || sim.Count(http.MethodPost, "/access_reports") != 1 {
				t.Errorf("got reused %v, %d creates, want a new report and no diagnostics\n%s", state["reused"], sim.Count(http.MethodPost, "/access_reports"), diags)
			}
		})
	}
}

// A member whose report is about another subject is missing from the result.
func TestMemberSubjectMismatch(t *testing.T) {
	t.Parallel()
	sim := opasim.Start(t, opasim.Options{})
	world := sim.World()
	mismatched := sim.AddReport(opasim.PastReport{UserID: world.User("dora.database").ID})
	sim.AddReport(opasim.PastReport{UserID: world.User("larry.linuxadmin").ID})
	fault := opasim.Fault{Path: "/access_reports/" + mismatched + "/report", Status: http.StatusOK, Body: []byte(rowsNaming("user", "dora.database", "mallory"))}
	sim.SetFaults(fault, opasim.Fault{Method: http.MethodPost, Path: "/access_reports", Status: http.StatusBadRequest})
	state, diags := configured(t, sim).read("opa_user_access_reports", config{
		"user_names": []any{"larry.linuxadmin", "dora.database"}, "max_age": "1h", "allow_partial": true,
	})
	if state == nil || state["status"] != "PARTIAL" || !strings.Contains(diags, "1 of 2 reports are missing") {
		t.Fatalf("got status %v, want PARTIAL and a warning about 1 missing report\n%s", state["status"], diags)
	}
	for _, name := range column(t, state, "rows", "user_name") {
		if name != "larry.linuxadmin" {
			t.Errorf("got a row of %v, want only larry.linuxadmin", name)
		}
	}
}
