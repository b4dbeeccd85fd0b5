package provider_test

import (
	"net/http"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// What can go wrong between the creation of a report and its rows ends in the
// rows of the tenant or in an error, and never in fewer rows.
func TestNeverAFalseNoAccess(t *testing.T) {
	t.Parallel()
	const (
		header = "User Name,User Type,User Status,Resource Name,Resource Type,Account,Privileges,Conditions\n"
		row    = "larry.linuxadmin,human,ACTIVE,web-01,server,root,user,MFA\n"
	)
	answer := func(status int, contentType, body string) opasim.Options {
		return opasim.Options{Faults: []opasim.Fault{{
			Path: "/access_reports/{id}/report", After: true, Status: status, Body: []byte(body), Header: http.Header{"Content-Type": {contentType}},
		}}}
	}
	csv := func(body string) opasim.Options { return answer(200, "text/csv", body) }
	status := func(status string) opasim.Options {
		return opasim.Options{FinalStatus: func(string, int) string { return status }}
	}
	garbled := func(path, body string) opasim.Options {
		return opasim.Options{Faults: []opasim.Fault{{Path: path, After: true, Status: 200, Body: []byte(body)}}}
	}
	for name, test := range map[string]struct {
		options opasim.Options
		rows    int    // of the user, who has 1 where a body is given
		err     string // the title of the error; "" for rows
	}{
		"COMPLETED":                  {opasim.Options{}, 22, ""},
		"ERROR":                      {status("ERROR"), 0, "Report generation failed"},
		"CREATED for ever":           {status("CREATED"), 0, "Report timeout"},
		"IN PROGRESS for ever":       {status("IN PROGRESS"), 0, "Report timeout"},
		"IN_PROGRESS for ever":       {status("IN_PROGRESS"), 0, "Report timeout"},
		"completed, in small":        {status("completed"), 0, "Report timeout"},
		"a status of blanks":         {status(" "), 0, "Report timeout"},
		"no status at all":           {garbled("/access_reports/{id}", `{"id":"x"}`), 22, ""},
		"one row":                    {csv(header + row), 1, ""},
		"one row, no line end":       {csv(header + strings.TrimSpace(row)), 1, ""},
		"a header without rows":      {csv(header), 0, ""},
		"half a header":              {csv(header[:40]), 0, "Invalid access report"},
		"an empty body":              {csv(""), 0, "Unexpected response from OPA"},
		"blanks":                     {csv(" \n"), 0, "Unexpected response from OPA"},
		"a byte order mark alone":    {csv("\ufeff"), 0, "Invalid access report"},
		"HTML":                       {answer(200, "text/html", "<html>sign in</html>"), 0, "Unexpected response from OPA"},
		"HTML that is called CSV":    {csv("<!doctype html>"), 0, "Unexpected response from OPA"},
		"JSON":                       {answer(200, "application/json", `{"list":[]}`), 0, "Unexpected response from OPA"},
		"a JSON list":                {answer(200, "application/json", `[]`), 0, "Unexpected response from OPA"},
		"JSON that is called CSV":    {csv(`{"list":null}`), 0, "Unexpected response from OPA"},
		"null":                       {answer(200, "application/json", "null"), 0, "Invalid access report"},
		"a word":                     {answer(200, "text/plain", "OK"), 0, "Invalid access report"},
		"a broken quote":             {csv(header + row + "\"neil,human,ACTIVE,web-01,server,root,user,\n"), 0, "Invalid access report"},
		"a ragged row":               {csv(header + row + "neil,human,ACTIVE\n"), 0, "Invalid access report"},
		"a NUL":                      {csv(header + row + "neil\x00,human,ACTIVE,web-01,server,root,user,\n"), 0, "Invalid access report"},
		"invalid UTF-8":              {csv(header + "n\xffil,human,ACTIVE,web-01,server,root,user,\n"), 0, "Unexpected response from OPA"},
		"UTF-16":                     {csv("\xff\xfeU\x00s\x00"), 0, "Unexpected response from OPA"},
		"the same header twice":      {csv(strings.Replace(header, "User Type", "User Name", 1) + row), 0, "Invalid access report"},
		"two columns, one meaning":   {csv(strings.Replace(strings.Replace(header, "User Type", "Identity", 1), "Account", "Account Name", 1) + row), 0, "Invalid access report"},
		"a column that is not known": {csv(strings.Replace(header, "Conditions", "Limits", 1) + row), 0, "Invalid access report"},
		"204":                        {answer(204, "text/csv", ""), 0, "Unexpected response from OPA"},
		"206":                        {answer(206, "text/csv", header+row), 0, "Unexpected response from OPA"},
		"304":                        {answer(304, "text/csv", ""), 0, "Unexpected redirect"},
		"another content type":       {answer(200, "application/vnd.ms-excel", header+row), 1, ""},
		"no content type":            {answer(200, "", header+row), 1, ""},
		"gzip that is none":          {opasim.Options{Faults: []opasim.Fault{{Path: "/access_reports/{id}/report", After: true, Header: http.Header{"Content-Encoding": {"gzip"}}}}}, 0, "Unexpected response from OPA"},
		"an encoding nobody knows":   {opasim.Options{Faults: []opasim.Fault{{Path: "/access_reports/{id}/report", After: true, Header: http.Header{"Content-Encoding": {"zstd"}}}}}, 0, "Unexpected response from OPA"},
		"a body without an end":      {opasim.Options{Faults: []opasim.Fault{{Path: "/access_reports/{id}/report", Framing: opasim.FramingClose}}}, 0, "Unexpected response from OPA"},
		"a report on somebody else": {
			garbled("/access_reports", `{"id":"11111111-1111-4111-8111-111111111111","status":"COMPLETED_BUT_EMPTY","details":{"user":{"id":"22222222-2222-4222-8222-222222222222"}}}`),
			0, "Unexpected response from OPA",
		},
		"a report of another type": {
			garbled("/access_reports", `{"id":"11111111-1111-4111-8111-111111111111","status":"COMPLETED_BUT_EMPTY","details":{"resource":{"id":"22222222-2222-4222-8222-222222222222"}}}`),
			0, "Unexpected response from OPA",
		},
		"an empty object for a report": {garbled("/access_reports", `{}`), 0, "Unexpected response from OPA"},
		"an empty object for a user":   {garbled("/users/{name}", `{}`), 0, "Unexpected response from OPA"},
		"null for a user":              {garbled("/users/{name}", `null`), 0, "Unexpected response from OPA"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			options := test.options
			if name == "no status at all" {
				// The create says that it goes on, the first look says nothing.
				options.Generation = 1
				options.Faults[0].Times = 1
				options.Faults[0].Body = nil
				options.Faults[0].Status = 0
			}
			sim := opasim.Start(t, options)
			s := configured(t, sim, config{"max_retries": 0})
			const user = "larry.linuxadmin"
			timeout := "1m"
			if test.err == "Report timeout" {
				timeout = "1s"
			}
			state, diags := s.read("opa_user_access_report", config{"user_name": user, "timeouts": map[string]any{"read": timeout}})
			if test.err != "" {
				if state != nil || !strings.HasPrefix(diags, "error: "+test.err) {
					t.Errorf("%v\n%s", state, diags)
				}
				return
			}
			if state == nil || state["row_count"] != int64(test.rows) && test.rows != 22 {
				t.Fatalf("%v\n%s", state, diags)
			}
			if test.rows == 0 && !strings.HasPrefix(diags, "warning: ") {
				t.Errorf("no rows, and no warning: %s", diags)
			}
			if test.rows == 22 {
				if diff := gocmp.Diff(wantRows(sim.World().UserRows(sim.World().User(user).ID, "server")), state["rows"]); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

// A download that is cut off, wherever that may be, is an error: with a length,
// in chunks, or with no way to tell.
func TestADownloadCutOffAnywhere(t *testing.T) {
	t.Parallel()
	const text = "User Name,Account,Resource Name,Privileges,Conditions\nlarry,root,web-01,user,\nlarry,\"a\nb\",web-01,user,MFA\n"
	sim := opasim.Start(t, opasim.Options{})
	s := configured(t, sim, config{"max_retries": 0, "report_columns": map[string]any{"user_type": "", "user_status": "", "resource_type": ""}})
	for _, framing := range []opasim.Framing{opasim.FramingLength, opasim.FramingChunked, opasim.FramingClose} {
		for cut := range len(text) + 1 {
			fault := opasim.Fault{Path: "/access_reports/{id}/report", After: true, Status: 200, Body: []byte(text), Framing: framing, Cut: cut < len(text), CutAfter: cut}
			if cut == 0 {
				// The answer of no bytes at all, announced as such.
				fault.Cut, fault.Body = false, []byte{}
			}
			sim.SetFaults(fault)
			state, diags := s.read("opa_user_access_report", config{"user_name": "larry.linuxadmin"})
			whole := cut == len(text) && framing != opasim.FramingClose
			if whole && (state == nil || state["row_count"] != int64(2)) || !whole && (state != nil || !strings.HasPrefix(diags, "error: ")) {
				t.Errorf("%s, cut after %d of %d bytes: %v\n%s", framing, cut, len(text), state, diags)
			}
		}
	}
}

// Members of a list that are lost on the way would be people whose access nobody
// sees.
func TestAListThatIsCutOff(t *testing.T) {
	for name, fault := range map[string]opasim.Fault{
		"the second page fails":    {Path: "/groups/{name}/users", Nth: 2, Status: http.StatusBadRequest},
		"the second page is cut":   {Path: "/groups/{name}/users", Nth: 2, Cut: true, CutAfter: 30},
		"the second page is HTML":  {Path: "/groups/{name}/users", Nth: 2, Status: 200, Body: []byte("<html>")},
		"the link leads elsewhere": {Path: "/groups/{name}/users", After: true, Header: http.Header{"Link": {`<https://elsewhere.example/>; rel="next"`}}},
		"the link is broken":       {Path: "/groups/{name}/users", After: true, Header: http.Header{"Link": {`<https://; rel="next"`}}},
		"the pages go in a circle": {Path: "/groups/{name}/users", After: true, Header: http.Header{"Link": {`</v1/teams/demo/groups/linux-admins/users>; rel="next"`}}},
		"a member without an id":   {Path: "/groups/{name}/users", After: true, Status: 200, Body: []byte(`{"list":[{"name":"x"}]}`)},
		"a member that is a word":  {Path: "/groups/{name}/users", After: true, Status: 200, Body: []byte(`{"list":["x"]}`)},
	} {
		t.Run(name, func(t *testing.T) {
			sim := opasim.Start(t, opasim.Options{PageSize: 1, Faults: []opasim.Fault{fault}})
			state, diags := configured(t, sim, config{"max_retries": 0}).read("opa_user_access_reports", config{"group_name": "linux-admins", "allow_partial": true})
			if state != nil || !strings.HasPrefix(diags, "error: ") {
				t.Errorf("%v\n%s", state, diags)
			}
		})
	}
}
