package provider_test

import (
	"net/http"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// A failure between the creation of a report and its rows is an error, and never looks
// like a report with fewer rows.
func TestFailuresAreNeverNoAccess(t *testing.T) {
	t.Parallel()
	const (
		header = reportHeader
		row    = "larry.linuxadmin,human,ACTIVE,web-01,server,root,user,MFA\n"
	)
	response := func(status int, contentType, body string) opasim.Options {
		return opasim.Options{Faults: []opasim.Fault{{
			Path: "/access_reports/{id}/report", After: true, Status: status, Body: []byte(body), Header: http.Header{"Content-Type": {contentType}},
		}}}
	}
	csv := func(body string) opasim.Options { return response(200, "text/csv", body) }
	finalStatus := func(status string) opasim.Options {
		return opasim.Options{FinalStatus: func(string, int) string { return status }}
	}
	body := func(path, body string) opasim.Options {
		return opasim.Options{Faults: []opasim.Fault{{Path: path, After: true, Status: 200, Body: []byte(body)}}}
	}
	for name, test := range map[string]struct {
		options opasim.Options
		rows    int
		err     string // title of the error; "" for rows
	}{
		"ERROR":                  {finalStatus("ERROR"), 0, "Report generation failed"},
		"always CREATED":         {finalStatus("CREATED"), 0, "Report timeout"},
		"always IN PROGRESS":     {finalStatus("IN PROGRESS"), 0, "Report timeout"},
		"always IN_PROGRESS":     {finalStatus("IN_PROGRESS"), 0, "Report timeout"},
		"lowercase status":       {finalStatus("completed"), 0, "Report timeout"},
		"blank status":           {finalStatus(" "), 0, "Report timeout"},
		"one row":                {csv(header + row), 1, ""},
		"row without line break": {csv(header + strings.TrimSpace(row)), 1, ""},
		"header without rows":    {csv(header), 0, ""},
		"truncated header":       {csv(header[:40]), 0, "Invalid access report"},
		"empty body":             {csv(""), 0, "Unexpected response from OPA"},
		"whitespace":             {csv(" \n"), 0, "Unexpected response from OPA"},
		"only a byte order mark": {csv("\ufeff"), 0, "Invalid access report"},
		"HTML":                   {response(200, "text/html", "<html>sign in</html>"), 0, "Unexpected response from OPA"},
		"HTML as CSV":            {csv("<!doctype html>"), 0, "Unexpected response from OPA"},
		"JSON":                   {response(200, "application/json", `{"list":[]}`), 0, "Unexpected response from OPA"},
		"JSON list":              {response(200, "application/json", `[]`), 0, "Unexpected response from OPA"},
		"JSON as CSV":            {csv(`{"list":null}`), 0, "Unexpected response from OPA"},
		"null":                   {response(200, "application/json", "null"), 0, "Invalid access report"},
		"plain text":             {response(200, "text/plain", "OK"), 0, "Invalid access report"},
		"unclosed quote":         {csv(header + row + "\"neil,human,ACTIVE,web-01,server,root,user,\n"), 0, "Invalid access report"},
		"short row":              {csv(header + row + "neil,human,ACTIVE\n"), 0, "Invalid access report"},
		"NUL character":          {csv(header + row + "neil\x00,human,ACTIVE,web-01,server,root,user,\n"), 0, "Invalid access report"},
		"invalid UTF-8":          {csv(header + "n\xffil,human,ACTIVE,web-01,server,root,user,\n"), 0, "Unexpected response from OPA"},
		"UTF-16":                 {csv("\xff\xfeU\x00s\x00"), 0, "Unexpected response from OPA"},
		"duplicate header":       {csv(strings.Replace(header, "User Type", "User Name", 1) + row), 0, "Invalid access report"},
		"two account columns":    {csv(strings.Replace(strings.Replace(header, "User Type", "Identity", 1), "Account", "Account Name", 1) + row), 0, "Invalid access report"},
		"missing conditions":     {csv(strings.Replace(header, "Conditions", "Limits", 1) + row), 0, "Invalid access report"},
		"204":                    {response(204, "text/csv", ""), 0, "Unexpected response from OPA"},
		"206":                    {response(206, "text/csv", header+row), 0, "Unexpected response from OPA"},
		"304":                    {response(304, "text/csv", ""), 0, "Unexpected redirect"},
		"other content type":     {response(200, "application/vnd.ms-excel", header+row), 1, ""},
		"no content type":        {response(200, "", header+row), 1, ""},
		"invalid gzip":           {opasim.Options{Faults: []opasim.Fault{{Path: "/access_reports/{id}/report", After: true, Header: http.Header{"Content-Encoding": {"gzip"}}}}}, 0, "Unexpected response from OPA"},
		"unknown encoding":       {opasim.Options{Faults: []opasim.Fault{{Path: "/access_reports/{id}/report", After: true, Header: http.Header{"Content-Encoding": {"zstd"}}}}}, 0, "Unexpected response from OPA"},
		"body without length":    {opasim.Options{Faults: []opasim.Fault{{Path: "/access_reports/{id}/report", Framing: opasim.FramingClose}}}, 0, "Unexpected response from OPA"},
		"report on another user": {
			body("/access_reports", `{"id":"11111111-1111-4111-8111-111111111111","status":"COMPLETED_BUT_EMPTY","details":{"user":{"id":"22222222-2222-4222-8222-222222222222"}}}`),
			0, "Unexpected response from OPA",
		},
		"report on a resource": {
			body("/access_reports", `{"id":"11111111-1111-4111-8111-111111111111","status":"COMPLETED_BUT_EMPTY","details":{"resource":{"id":"22222222-2222-4222-8222-222222222222"}}}`),
			0, "Unexpected response from OPA",
		},
		"empty report object": {body("/access_reports", `{}`), 0, "Unexpected response from OPA"},
		"empty user object":   {body("/users/{name}", `{}`), 0, "Unexpected response from OPA"},
		"null user":           {body("/users/{name}", `null`), 0, "Unexpected response from OPA"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := opasim.Start(t, test.options)
			s := configured(t, sim, config{"max_retries": 0})
			const user = "larry.linuxadmin"
			timeout := "1m"
			if test.err == "Report timeout" {
				timeout = "3s"
			}
			state, diags := s.read("opa_user_access_report", config{"user_name": user, "timeouts": map[string]any{"read": timeout}})
			if test.err != "" {
				if state != nil || !strings.HasPrefix(diags, "error: "+test.err) {
					t.Errorf("got state %v\n%s\nwant the error %s", state, diags, test.err)
				}
				return
			}
			if state == nil || state["row_count"] != int64(test.rows) {
				t.Fatalf("got state %v, want %d rows\n%s", state, test.rows, diags)
			}
			if test.rows == 0 && !strings.HasPrefix(diags, "warning: ") {
				t.Errorf("got no rows, want a warning\n%s", diags)
			}
		})
	}
}

// A poll whose response has no status is repeated.
func TestMissingReportStatus(t *testing.T) {
	t.Parallel()
	sim := opasim.Start(t, opasim.Options{})
	larry := sim.World().User("larry.linuxadmin").ID
	id := sim.AddReport(opasim.PastReport{UserID: larry})
	sim.SetFaults(opasim.Fault{Path: "/access_reports/" + id, Status: http.StatusOK, Body: []byte(`{"id":"` + id + `"}`), Times: 1})
	state, diags := configured(t, sim, config{"max_retries": 0}).read("opa_access_report", config{"report_id": id})
	if diags != "" {
		t.Fatalf("got %s\nwant no diagnostics", diags)
	}
	if diff := gocmp.Diff(wantRows(userRows(sim.World(), larry)), state["rows"]); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if got := sim.Count(http.MethodGet, "/access_reports/{id}"); got != 2 {
		t.Errorf("got %d polls, want 2", got)
	}
}

// A download that is truncated after any number of bytes is an error, with a content
// length, in chunks, or with neither.
func TestTruncatedDownload(t *testing.T) {
	t.Parallel()
	const text = "User Name,Account,Resource Name,Privileges,Conditions\nlarry,root,web-01,user,\nlarry,\"a\nb\",web-01,user,MFA\n"
	sim := opasim.Start(t, opasim.Options{})
	s := configured(t, sim, config{"max_retries": 0, "report_columns": map[string]any{"user_type": "", "user_status": "", "resource_type": ""}})
	for _, framing := range []opasim.Framing{opasim.FramingLength, opasim.FramingChunked, opasim.FramingClose} {
		for cut := range len(text) + 1 {
			fault := opasim.Fault{Path: "/access_reports/{id}/report", After: true, Status: 200, Body: []byte(text), Framing: framing, Cut: cut < len(text), CutAfter: cut}
			if cut == 0 {
				// A complete response without a body.
				fault.Cut, fault.Body = false, []byte{}
			}
			sim.SetFaults(fault)
			state, diags := s.read("opa_user_access_report", config{"user_name": "larry.linuxadmin"})
			complete := cut == len(text) && framing != opasim.FramingClose
			if complete && (state == nil || state["row_count"] != int64(2)) || !complete && (state != nil || !strings.HasPrefix(diags, "error: ")) {
				t.Errorf("%s, truncated after %d of %d bytes: got state %v, want a state: %t\n%s", framing, cut, len(text), state, complete, diags)
			}
		}
	}
}

// If the list of a group's members cannot be read completely, the read fails: the
// access of the other members would be missing.
func TestIncompleteMemberList(t *testing.T) {
	for name, fault := range map[string]opasim.Fault{
		"second page fails":        {Path: "/groups/{name}/users", Nth: 2, Status: http.StatusBadRequest},
		"second page is truncated": {Path: "/groups/{name}/users", Nth: 2, Cut: true, CutAfter: 30},
		"second page is HTML":      {Path: "/groups/{name}/users", Nth: 2, Status: 200, Body: []byte("<html>")},
		"link to another host":     {Path: "/groups/{name}/users", After: true, Header: http.Header{"Link": {`<https://elsewhere.example/>; rel="next"`}}},
		"invalid link":             {Path: "/groups/{name}/users", After: true, Header: http.Header{"Link": {`<https://; rel="next"`}}},
		"links in a loop":          {Path: "/groups/{name}/users", After: true, Header: http.Header{"Link": {`</v1/teams/demo/groups/linux-admins/users>; rel="next"`}}},
		"member without an ID":     {Path: "/groups/{name}/users", After: true, Status: 200, Body: []byte(`{"list":[{"name":"x"}]}`)},
		"member as a string":       {Path: "/groups/{name}/users", After: true, Status: 200, Body: []byte(`{"list":["x"]}`)},
	} {
		t.Run(name, func(t *testing.T) {
			sim := opasim.Start(t, opasim.Options{PageSize: 1, Faults: []opasim.Fault{fault}})
			state, diags := configured(t, sim, config{"max_retries": 0}).read("opa_user_access_reports", config{"group_name": "linux-admins", "allow_partial": true})
			if state != nil || !strings.HasPrefix(diags, "error: ") {
				t.Errorf("got state %v\n%s\nwant an error", state, diags)
			}
		})
	}
}
