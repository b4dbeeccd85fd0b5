package provider_test

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// rowsNaming is a report with a row for each name in the column of its subject;
// the names in the other column all differ.
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

// A report is about one subject: rows that name others are an error, and one
// name that is not known is a warning.
func TestReportSubject(t *testing.T) {
	t.Parallel()
	const (
		wrong      = "error: Report subject mismatch"
		missing    = "error: Missing access reports" // as a list says it
		unexpected = "warning: Unexpected name in an access report"
	)
	for name, test := range map[string]struct {
		kind  string
		names []string
		want  string   // how the diagnostics begin; "" for none
		byID  string   // the same for a report that was chosen by its id
		says  []string // what they contain
	}{
		"the user's name":            {kind: "user", names: []string{"larry.linuxadmin", "larry.linuxadmin"}},
		"in capitals":                {kind: "user", names: []string{"LARRY.LINUXADMIN"}},
		"the user's name and email":  {kind: "user", names: []string{"larry.linuxadmin", "larry.linuxadmin@example.com"}},
		"an unknown user":            {kind: "user", names: []string{"mallory", "mallory"}, want: unexpected, says: []string{`"mallory"`, `user "larry.linuxadmin"`}},
		"the user and somebody else": {kind: "user", names: []string{"larry.linuxadmin", "mallory"}, want: wrong, byID: wrong, says: []string{`"mallory"`, "user_name"}},
		"two unknown users":          {kind: "user", names: []string{"trent", "mallory", "trent"}, want: wrong, byID: wrong, says: []string{`"trent", "mallory"`}},
		"many unknown users":         {kind: "user", names: []string{"a", "b", "c", "d", "e", "f", "g"}, want: wrong, byID: wrong, says: []string{`"e" and more`}},
		"a user of a terminal":       {kind: "user", names: []string{"\x1b[2Jmallory"}, want: unexpected, says: []string{"[2Jmallory"}},
		"the server's hostname":      {kind: "resource", names: []string{"web-01"}},
		"the server's other names":   {kind: "resource", names: []string{"web-01.storefront.example.com", "shop.example.com", "WEB-01"}},
		"an unknown server":          {kind: "resource", names: []string{"web-02", "web-02"}, want: unexpected, says: []string{`"web-02"`, `resource "web-01"`}},
		"the server and another":     {kind: "resource", names: []string{"shop.example.com", "web-02"}, want: wrong, byID: wrong, says: []string{`"web-02"`, "resource_name"}},
		"two unknown servers":        {kind: "resource", names: []string{"web-02", "web-03"}, want: wrong, byID: wrong, says: []string{`"web-02", "web-03"`}},
	} {
		sim := opasim.Start(t, reportsOf(rowsNaming(test.kind, test.names...)))
		s := configured(t, sim)
		reads := map[string]config{
			"opa_access_report":                {"report_id": sim.AddReport(opasim.PastReport{UserID: sim.World().User("larry.linuxadmin").ID})},
			"opa_user_access_report":           {"user_name": "larry.linuxadmin"},
			"opa_user_access_reports":          {"user_names": []any{"larry.linuxadmin"}},
			"ephemeral.opa_user_access_report": {"user_name": "larry.linuxadmin"},
		}
		if test.kind == "resource" {
			reads = map[string]config{
				"opa_access_report":                    {"report_id": sim.AddReport(opasim.PastReport{ResourceID: sim.World().Servers("web-01")[0].ID})},
				"opa_resource_access_report":           {"hostname": "web-01"},
				"opa_resource_access_reports":          {"hostnames": []any{"web-01"}},
				"ephemeral.opa_resource_access_report": {"canonical_name": "web-01.storefront.example.com"},
			}
		}
		for read, arguments := range reads {
			t.Run(name+", "+read, func(t *testing.T) {
				t.Parallel()
				state, diags := s.readOrOpen(read, arguments)
				want := test.want
				switch {
				case read == "opa_access_report":
					want = test.byID
				case want == wrong && strings.HasSuffix(read, "s"):
					want = missing
				}
				if (state == nil) != strings.HasPrefix(want, "error: ") || !strings.HasPrefix(diags, want) || want == "" && diags != "" {
					t.Fatalf("state %v\ngot  %s\nwant %s", state, diags, want)
				}
				for _, part := range test.says {
					if want != "" && !strings.Contains(diags, part) {
						t.Errorf("got  %s\nwant it to contain %s", diags, part)
					}
				}
				if strings.Contains(diags, "\x1b") {
					t.Errorf("a control character: %q", diags)
				}
			})
		}
	}
}

// Where OPA does not tell what a report is about, one name in one of the two
// columns shows it.
func TestReportWithoutSubject(t *testing.T) {
	t.Parallel()
	const id = "11111111-1111-4111-8111-111111111111"
	for name, test := range map[string]struct {
		csv string
		ok  bool
	}{
		"one user":              {rowsNaming("user", "a", "A"), true},
		"one resource":          {rowsNaming("resource", "a", "a"), true},
		"one row":               {rowsNaming("user", "a"), true},
		"many of both":          {rowsNaming("user", "a", "b"), false},
		"no rows":               {reportHeader, true},
		"two reports, joined":   {rowsNaming("user", "a", "a") + strings.TrimPrefix(rowsNaming("resource", "b", "b"), reportHeader), false},
		"the columns are wrong": {rowsNaming("resource", "b", "c"), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			options := reportsOf(test.csv)
			options.Faults[0].After = false
			options.Faults = append(options.Faults, opasim.Fault{Path: "/access_reports/{id}", Status: http.StatusOK, Body: []byte(`{"id":"` + id + `","status":"COMPLETED"}`)})
			state, diags := configured(t, opasim.Start(t, options)).read("opa_access_report", config{"report_id": id})
			if (state != nil) != test.ok || strings.HasPrefix(diags, "error: Report subject mismatch") == test.ok {
				t.Errorf("state %v, want one: %t\n%s", state, test.ok, diags)
			}
		})
	}
}

// If names cannot be looked up, nothing shows that they mean the same.
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
			t.Errorf("%s: state %v\ngot  %s\nwant an error on the subject", kind, state, diags)
		}
	}
}

// A report to reuse that is about something else is replaced by a new one.
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
				t.Errorf("reused %v, %d creates, %s\nwant a new report", state["reused"], sim.Count(http.MethodPost, "/access_reports"), diags)
			}
		})
	}
}

// One member whose report is about something else is missing, as any other.
func TestMemberSubjectMismatch(t *testing.T) {
	t.Parallel()
	sim := opasim.Start(t, opasim.Options{})
	world := sim.World()
	bad := sim.AddReport(opasim.PastReport{UserID: world.User("dora.database").ID})
	sim.AddReport(opasim.PastReport{UserID: world.User("larry.linuxadmin").ID})
	fault := opasim.Fault{Path: "/access_reports/" + bad + "/report", Status: http.StatusOK, Body: []byte(rowsNaming("user", "dora.database", "mallory"))}
	sim.SetFaults(fault, opasim.Fault{Method: http.MethodPost, Path: "/access_reports", Status: http.StatusBadRequest})
	state, diags := configured(t, sim).read("opa_user_access_reports", config{
		"user_names": []any{"larry.linuxadmin", "dora.database"}, "max_age": "1h", "allow_partial": true,
	})
	if state == nil || state["status"] != "PARTIAL" || !strings.Contains(diags, "1 of 2 reports are missing") {
		t.Fatalf("status %v, want PARTIAL\n%s", state["status"], diags)
	}
	for _, name := range column(t, state, "rows", "user_name") {
		if name != "larry.linuxadmin" {
			t.Errorf("a row of %v, want larry.linuxadmin only", name)
		}
	}
}
