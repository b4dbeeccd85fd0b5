package opasim_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// A profile with anything that no check of a tenant writes is refused, in words that name the
// place and what is allowed.
func TestParseProfileRefusesUnknownWords(t *testing.T) {
	t.Parallel()
	type cases = map[string]func(object)
	set := func(part string, field string, value any) func(object) {
		return func(p object) { p[part].(object)[field] = value }
	}
	csv := func(field string, value any) func(object) { return func(p object) { csvOf(p)[field] = value } }
	response := func(field string, value any) func(object) {
		return func(p object) { responsesOf(p, "GET /users")[0].(object)[field] = value }
	}
	first := func(list, field string, value any) func(object) {
		return func(p object) { p[list].([]any)[0].(object)[field] = value }
	}
	observed := func(name, text string) func(object) {
		return func(p object) {
			p["assumptions"] = []any{object{"name": name, "held": true, "observed": text}}
		}
	}
	twice := func(list string) func(object) {
		return func(p object) { p[list] = append(p[list].([]any), p[list].([]any)[0]) }
	}
	for _, group := range []cases{{
		`credentials "password": want one of "api_key", "bearer_token"`: func(p object) { p["credentials"] = "password" },
		"credentials is missing":                                           func(p object) { delete(p, "credentials") },
		"checks is missing":                                                func(p object) { p["checks"] = nil },
		"assumptions is missing":                                           func(p object) { p["assumptions"] = nil },
		"requests is missing":                                              func(p object) { p["requests"] = nil },
		"reports is missing":                                               func(p object) { delete(p, "reports") },
		"timing is missing":                                                func(p object) { delete(p, "timing") },
		`checks: name "weather": want one of "sign_in"`:                    first("checks", "name", "weather"),
		`checks: sign_in: status "great": want one of "pass"`:              first("checks", "status", "great"),
		`checks: "sign_in" occurs twice`:                                   twice("checks"),
		`assumptions: name "weather": want one of "create-response"`:       first("assumptions", "name", "weather"),
		`assumptions: "create-response" occurs twice`:                      twice("assumptions"),
		`redirects: observed "weather": want one of "a response is a redi`: observed("redirects", "weather"),
	}, {
		"create-response: observed status: got 42, want 200 to 299":    observed("create-response", "42, status CREATED"),
		"create-response: observed status: got 1000, want 200 to 299":  observed("create-response", "1000, status CREATED"),
		"create-response: observed status: got -5, want 200 to 299":    observed("create-response", "-5, status CREATED"),
		`create-response: observed "0201, status CREATED": want a`:     observed("create-response", "0201, status CREATED"),
		`create-response: observed "201": want a status from 200`:      observed("create-response", "201"),
		`create-response: observed "DANCING": want one of "CREATED"`:   observed("create-response", "201, status DANCING"),
		"download-early: observed status: got 99, want 200":            observed("download-early", "99, json"),
		`download-early: observed "poem": want one of "empty", "html"`: observed("download-early", "409, poem"),
	}, {
		`requests: "GET /weather": want a request of the API`:               first("requests", "request", "GET /weather"),
		`requests: "PUT /users": want a request of the API`:                 first("requests", "request", "PUT /users"),
		`"GET /users?weather": want parameters of contains, starts_with`:    first("requests", "request", "GET /users?weather"),
		`"GET /users?count&contains": want parameters of contains`:          first("requests", "request", "GET /users?count&contains"),
		`"GET /users?count&count": want parameters of contains`:             first("requests", "request", "GET /users?count&count"),
		`requests: "GET /access_reports" occurs twice`:                      twice("requests"),
		`"GET /access_reports": want at least one response`:                 first("requests", "responses", []any{}),
		`response 1 of "GET /users": header "X Y": want a name of a header`: response("headers", []any{"X Y"}),
		`header "": want a name of a header`:                                response("headers", []any{""}),
		`header "X-<other 3>": want a name of a header`:                     response("headers", []any{"X-<other 3>"}),
		`header "Date" occurs twice`:                                        response("headers", []any{"Date", "Date"}),
		`header "content-length": want none of Content-Length`:              response("headers", []any{"content-length"}),
		`headers[0]": control characters are not allowed`:                   response("headers", []any{"A\r\nB: c"}),
		`media_type": control characters are not allowed`:                   response("media_type", "text/\r\nX: y"),
		`media_type "text/": want one such as`:                              response("media_type", "text/"),
		"body: got <nil>, want a shape":                                     response("body", nil),
		"body: any_of: want a list of two or three shapes":                  response("body", object{"any_of": []any{}}),
		"body: any_of has two objects":                                      response("body", object{"any_of": []any{object{}, object{}}}),
		"body: any_of has two lists":                                        response("body", object{"any_of": []any{[]any{}, []any{}}}),
		"body: any_of has kinds of scalars twice":                           response("body", object{"any_of": []any{"text", "uuid"}}),
		`body: the field "id" occurs twice`:                                 response("body", object{"id": "uuid", "id?": "text"}),
	}, {
		`reports: user: delimiter "\n": want one of "", ","`:      csv("delimiter", "\n"),
		`reports: user: delimiter "\"": want one of`:              csv("delimiter", `"`),
		`reports: user: delimiter "e": want one of`:               csv("delimiter", "e"),
		`reports: user: line_end "VT": want one of "LF", "CRLF"`:  csv("line_end", "VT"),
		`reports: user: quoting "single": want one of "", "none"`: csv("quoting", "single"),
		`reports: user: rows "many": want one of "", "none"`:      csv("rows", "many"),
		`reports: user: order "descending": want one of "", "so`:  csv("order", "descending"),
		"reports: user: columns: got 3, want 8, the number of":    csv("columns", 3),
		"reports: user: header: want at least one cell":           csv("header", []any{}),
		"reports: user: columns: got 1001, want 0 to 1000": func(p object) {
			csvOf(p)["has_header"], csvOf(p)["header"], csvOf(p)["columns"] = false, []any{}, 1001
		},
		"reports: user: columns: got -1, want 0 to 1000": func(p object) {
			csvOf(p)["has_header"], csvOf(p)["header"], csvOf(p)["columns"] = false, []any{}, -1
		},
		`reports.user.header[0]": the masked words of the profile have more than 1048576 characters`: csv("header", []any{strings.Repeat("<lower 1000>", 20_000)}),
		`reports.words.privileges[0]": a masked word must have 1 to 1000`:                            set("reports", "words", object{"privileges": []any{"<lower 99999999>"}}),
		`reports.conditions[0].text": control characters are not allowed`:                            set("reports", "conditions", []any{object{"text": "a\x00b", "requires": []any{}, "understood": true}}),
		`reports: user_status "DANCING": want one of "CREATED"`:                                      set("reports", "user_status", "DANCING"),
		`reports: resource_status "DANCING": want one of "CREATED"`:                                  set("reports", "resource_status", "DANCING"),
		`reports: words: column "weather": want one of "user_type"`:                                  set("reports", "words", object{"weather": []any{"x"}}),
		"reports: conditions or words are missing":                                                   set("reports", "words", nil),
	}, {
		"timing: user_report_ms: got -5, want 0 to 1000000000":           set("timing", "user_report_ms", -5),
		"timing: resource_report_ms: got 1000000001, want 0":             set("timing", "resource_report_ms", 1_000_000_001),
		"timing: token_lifetime_s: got -1, want 0":                       set("timing", "token_lifetime_s", -1),
		"timing: clock_skew_s: got 1000000001, want -1000000000":         set("timing", "clock_skew_s", 1_000_000_001),
		"timing: report_clock_skew_s: got -1000000001, want -1000000000": set("timing", "report_clock_skew_s", -1_000_000_001),
		"timing: rate_limit: got -5, want 0":                             set("timing", "rate_limit", -5),
		"timing: page_size: got -5, want 0":                              set("timing", "page_size", -5),
		"timing: page_size: got 1000001, want 0 to 1000000":              set("timing", "page_size", 1_000_001),
	}} {
		for want, change := range group {
			_, err := opasim.ParseProfile(profileText(t, "default", change))
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got error %v, want one with %q", err, want)
			}
		}
	}
}

// Every stored profile parses.
func TestParseStoredProfiles(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/profiles/*.json")
	if err != nil || len(files) < 10 {
		t.Fatalf("got %d profiles and error %v, want at least 10", len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		if _, err := opasim.ParseProfile(profileText(t, name, func(object) {})); err != nil {
			t.Errorf("%s: got error %v, want none", name, err)
		}
	}
}

// A text in UTF-16 has one byte order mark.
func TestOneByteOrderMark(t *testing.T) {
	t.Parallel()
	for _, bom := range []bool{false, true} {
		x := newTenant(t, opasim.Options{CSV: opasim.CSV{Charset: "utf-16", BOM: bom}})
		got := x.get(x.create("ci-deployer") + "/report").body
		if want := "\xff\xfeU\x00"; !strings.HasPrefix(got, want) {
			t.Errorf("BOM %t: got %.8q, want a text that begins with %q", bom, got, want)
		}
	}
}
