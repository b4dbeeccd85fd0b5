package tenantprofile

import (
	"encoding/json"
	"math"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
)

func TestMask(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                         "",
		"User Name":                "User Name",
		"user_name":                "user_name",
		"userName":                 "userName",
		"Benutzer":                 "<title 8>",
		"BENUTZER-Name":            "<upper 8>-Name",
		"größe":                    "<other 5>",
		"web01":                    "<alphanumeric 5>",
		"4711":                     "<digits 4>",
		"FIDO3":                    "<upperalphanumeric 5>",
		"Fido3":                    "<titlealphanumeric 5>",
		"FIDo3":                    "<mixedalphanumeric 5>",
		"McDonald":                 "<title 2><title 6>",
		"x@acme.example":           "<lower 1>@<lower 4>.<lower 7>",
		"a\u202eb":                 "<lower 1><other 1><lower 1>",
		"line\r\nend":              "<lower 4><other 1>\n<lower 3>",
		"日本":                       "<other 2>",
		"\xff":                     "<other 1>",
		"User\u00a0Name":           "User<other 1>Name",
		"Policy (<lower 3>)":       "Policy (<<lower 5> <digits 1>>)",
		"resource group · project": "resource group <other 1> project",
	} {
		if got := columnWords.mask(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// Every word of a masked text is in the glossary, or is a placeholder.
func TestMaskKeepsOnlyWordsOfTheGlossary(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		text := rapid.String().Draw(r, "text")
		masked := columnWords.mask(text)
		for rest := masked; rest != ""; {
			if strings.HasPrefix(rest, "<") {
				if end := strings.IndexByte(rest, '>'); end > 0 && strings.Count(rest[:end], " ") == 1 {
					rest = rest[end+1:]
					continue
				}
			}
			word, after := cutWord(rest)
			rest = after
			if word == "" {
				rest = strings.TrimPrefix(rest, string([]rune(rest)[:1]))
			} else if !columnWords[strings.ToLower(word)] {
				r.Fatalf("%q: got the word %q in %q, want only words of the glossary", text, word, masked)
			}
		}
	})
}

func TestShapeOf(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`1`:                           `"number"`,
		`{}`:                          `{}`,
		`[]`:                          `[]`,
		`{"list":[]}`:                 `{"list":[]}`,
		`{"list":null}`:               `{"list":"null"}`,
		`{"list":[[{"id":"x"}]]}`:     `{"list":[[{"id":"text"}]]}`,
		`{"labels":{"env":"prod"}}`:   `{"labels":"map"}`,
		`{"users":{"larry.admin":1}}`: `{"users":"map"}`,
		`{"labels":null}`:             `{"labels":"null"}`,
		`{"acme_id":"x","team":true}`: `{"<lower 4>_<lower 2>":"text","team":"bool"}`,
		`{"members":{"service_admin":1,"root":2}}`:                     `{"<lower 7>":"map"}`,
		`{"members":{"id":1,"team_gateway":2}}`:                        `{"<lower 7>":"map"}`,
		`{"members":{"id":1,"name":2}}`:                                `{"<lower 7>":{"id":"number","name":"number"}}`,
		`{"users":{"team_gateway":1,"admin":2}}`:                       `{"users":"map"}`,
		`{"users":{"id":1,"team_gateway":2}}`:                          `{"users":{"id":"number","<lower 4>_<lower 7>":"number"}}`,
		`{"service_admin":1,"list":[{"adminGateway":1,"details":{}}]}`: `{"<lower 7>_<lower 5>":"number","list":[{"<lower 5><title 7>":"number","details":{}}]}`,
		`{"deleted_at":"0001-01-01T00:00:00Z","created_at":"2026-01-01T00:00:00.123Z","id":"6ba7b810-9dad-11d1-80b4-00c04fd430c8","name":""}`://
		`{"created_at":"timestamp","deleted_at":"zero timestamp","id":"uuid","name":"empty text"}`,
		`{"list":[{"id":"x"},{"id":1,"name":null}]}`: `{"list":[{"id":"number | text","name?":"null"}]}`,
		`{"roles":[null,{"id":"x"},["y"]]}`:          `{"roles":[{"any_of":["null",{"id":"text"},["text"]]}]}`,
	} {
		shape, ok := shapeOf([]byte(text))
		var got any
		if err := json.Unmarshal([]byte(jsonOf(shape)), &got); err != nil {
			t.Fatal(err)
		}
		var expected any
		if err := json.Unmarshal([]byte(want), &expected); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(expected, got); !ok || diff != "" {
			t.Errorf("%s: (-want +got)\n%s", text, diff)
		}
	}
	if shape, ok := shapeOf([]byte("<html>")); ok {
		t.Errorf("got the shape %v of a page, want none", shape)
	}
}

// A list of many small values has no shape, because decoding it needs much memory.
func TestLarge(t *testing.T) {
	t.Parallel()
	e := exchange{request: "GET /groups", response: Response{Status: http.StatusOK}}
	e.describe([]byte(`{"list":[` + strings.Repeat("[],", maxTokens) + `[]]}`))
	if e.response.Body != "large" || e.elements != 0 {
		t.Errorf("got the body %v with %d elements, want a large one", e.response.Body, e.elements)
	}
	e.describe([]byte(`{"list":[` + strings.Repeat(`{"id":"x"},`, 1000) + `{"id":"x"}]}`))
	if e.response.Body == "large" || e.elements != 1001 {
		t.Errorf("got the body %v with %d elements, want the shape of 1001", e.response.Body, e.elements)
	}
}

func TestSteps(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64][2]int{0: {0, 0}, 1: {1, 1}, 3: {5, 2}, 4: {5, 5}, 10: {10, 10}, 11: {20, 10}, math.MaxInt64: {maxStep, maxStep}, math.MinInt64: {0, -maxStep}, 149: {200, 100}, 150: {200, 200}, 2000: {2000, 2000}, -7: {0, -5}, -10: {0, -10}} {
		if got := [2]int{atMost(n), about(n)}; got != want {
			t.Errorf("%d: got at most and about %v, want %v", n, got, want)
		}
	}
}

func TestCSVOf(t *testing.T) {
	t.Parallel()
	const rows = "u1,human,ACTIVE,web,server,root,user,MFA\n"
	const header = "User Name,User Type,User Status,Resource Name,Resource Type,Account,Privileges,Conditions\n"
	for text, want := range map[string]CSV{
		header + rows: {Delimiter: ",", LineEnd: "LF", Quoting: "none", HasHeader: true, Columns: 8, Rows: "one"},
		header + rows + strings.Replace(rows, "u1", "u2", 1):                                        {Delimiter: ",", LineEnd: "LF", Quoting: "none", HasHeader: true, Columns: 8, Rows: "several", Order: "sorted"},
		header + strings.Replace(rows, "u1", "u2", 1) + rows:                                        {Delimiter: ",", LineEnd: "LF", Quoting: "none", HasHeader: true, Columns: 8, Rows: "several", Order: "reversed"},
		header + strings.Replace(rows, "u1", "u2", 1) + rows + strings.Replace(rows, "u1", "u3", 1): {Delimiter: ",", LineEnd: "LF", Quoting: "none", HasHeader: true, Columns: 8, Rows: "several", Order: "other"},
		header + rows + rows: {Delimiter: ",", LineEnd: "LF", Quoting: "none", HasHeader: true, Columns: 8, Rows: "several"},
		header:               {Delimiter: ",", LineEnd: "LF", Quoting: "none", HasHeader: true, Columns: 8, Rows: "none"},
		"\ufeff" + strings.ReplaceAll(strings.ReplaceAll(header+rows, ",", ";"), "\n", "\r\n"): {BOM: true, Delimiter: ";", LineEnd: "CRLF", Quoting: "none", HasHeader: true, Columns: 8, Rows: "one"},
		rows: {Delimiter: ",", LineEnd: "LF", Quoting: "none", Columns: 8, Rows: "one"},
		`"` + strings.ReplaceAll(strings.TrimSuffix(header, "\n"), ",", `","`) + "\"\n" + rows: {Delimiter: ",", LineEnd: "LF", Quoting: "all", HasHeader: true, Columns: 8, Rows: "one"},
	} {
		decoded, err := accessreport.Decode(t.Context(), text, nil)
		if err != nil {
			t.Fatal(err)
		}
		got := csvOf(download{[]byte(text), false}, decoded)
		if want.HasHeader != (len(got.Header) == 8) {
			t.Errorf("%q: got the header %q", text, got.Header)
		}
		got.Header = nil
		if diff := cmp.Diff(&want, got); diff != "" {
			t.Errorf("%q: (-want +got)\n%s", text, diff)
		}
	}
	// A text that cannot be decoded may begin with a row.
	for text, want := range map[string]string{
		"Benutzer;Server\n":                                                "<title 8>|<title 6>",
		"Benutzer;Server;User Name\n":                                      "<title 8>|Server|User Name",
		"Benutzer;Server;user-id\n":                                        "<title 8>|Server|user-id",
		"Team Gateway,Server,User Name\n":                                  "<title 4> <title 7>|Server|User Name",
		"larry,ACTIVE,web-1\n":                                             "<other 1>|<other 1>|<other 1>",
		"user,a@b.example,server\n":                                        "<other 1>|<other 1>|<other 1>",
		"server.gateway,Mensch,team-admin,user\n":                          "<lower 6>.<lower 7>|<title 6>|<lower 4>-<lower 5>|<lower 4>",
		"Access report for Admin Team Gateway\nUser Name,Account,Server\n": "<title 6> <lower 6> <lower 3> <title 5> <title 4> <title 7>",
	} {
		if got := strings.Join(csvOf(download{[]byte(text), false}, nil).Header, "|"); got != want {
			t.Errorf("%q: got the header %q, want %q", text, got, want)
		}
	}
}

// The words for no conditions are kept, so that they still mean none in a replay.
func TestWordsForNoneAreKept(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"-", "--", "None", "N/A", "n/a", "NA", "null", "nil", "No condition", "no conditions", "(none)", "[]", "'N/A'"} {
		if !accessreport.MeansNone(text) {
			t.Errorf("%q: got a text that means some condition, want none: is the test out of date?", text)
		}
		if got := maskConditions(text, accessreport.Requirements{}); got != text {
			t.Errorf("%q: got %q, want the same", text, got)
		}
	}
}

// Failures remain in their order, and each is there once.
func TestOrderOfFailures(t *testing.T) {
	t.Parallel()
	r := NewRecorder(nil, "acme")
	for _, status := range []int{429, 200, 401, 429, 401, 200} {
		r.record(exchange{request: "GET /users", response: Response{Status: status, Headers: []string{}}}, nil)
	}
	var got []int
	for _, response := range r.requests()[0].Responses {
		got = append(got, response.Status)
	}
	if diff := cmp.Diff([]int{200, 429, 401}, got); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
}

// The profile says why a report cannot be decoded, and blames the header only for its own.
func TestDecodeProblem(t *testing.T) {
	t.Parallel()
	const header = "User Name,User Type,User Status,Resource Name,Resource Type,Account,Privileges,Conditions"
	const row = "u1,human,ACTIVE,web,server,root,user,MFA"
	for text, want := range map[string]string{
		"Benutzer,Rechner\n":                            headerProblem,
		header + "\n" + row + ",x\n":                    "a row has another number of cells than the header",
		header + "\n" + row + "\n\"" + row:              "the text cannot be decoded",
		header + ",Notes,Notes\n" + row + ",a,b\n":      "columns are repeated",
		strings.ReplaceAll(header+"\n"+row, "\n", "\r"): "the text cannot be decoded",
	} {
		if got := decodeProblem([]byte(text)); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestLineEndCR(t *testing.T) {
	t.Parallel()
	c := csvOf(download{[]byte("User Name,Account\rlarry,root\r"), false}, nil)
	if c.LineEnd != "CR" || c.Columns != 2 {
		t.Errorf("got the line end %s and %d columns, want CR and 2", c.LineEnd, c.Columns)
	}
}

// What is recorded of an unusual response can be replayed.
func TestLimitsOfReplay(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]int{0: 999, 99: 999, 101: 999, 200: 200, 599: 599, 600: 600, 999: 999} {
		if got := statusOf(status); got != want {
			t.Errorf("status %d: got %d, want %d", status, got, want)
		}
	}
	header := http.Header{"Date": {"x"}, "X Y": {"x"}, "Content-Length": {"1"}, "Transfer-Encoding": {"chunked"}, "Größe": {"x"}}
	if got := strings.Join(headerNames(header), " "); got != "Date" {
		t.Errorf("got the headers %q, want Date only", got)
	}
	if got := noWords.mask(strings.Repeat("z", 1001) + strings.Repeat("9", 5)); got != "<alphanumeric 1000>" {
		t.Errorf("got the mask %q, want one of 1000 characters", got)
	}
	text := strings.Repeat("Benutzer;", 1000) + "Server\n"
	c := csvOf(download{[]byte(text), false}, nil)
	c.limitColumns()
	if c.Columns != 1000 || len(c.Header) != 1000 {
		t.Errorf("got %d columns and %d cells, want 1000 each", c.Columns, len(c.Header))
	}
}

// Of a header of which too few columns are known without report_columns, only headings
// remain: it may be a row.
func TestMappedHeader(t *testing.T) {
	t.Parallel()
	const text = "gateway-admin,Server,team.server,User,team,x\nu1,web,server,root,user,MFA\n"
	decoded, err := accessreport.Decode(t.Context(), text, map[string]string{
		"account": "gateway-admin", "privileges": "team.server", "conditions": "x",
	})
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join(csvOf(download{[]byte(text), false}, decoded).Header, "|")
	if want := "<lower 7>-<lower 5>|Server|<lower 4>.<lower 6>|User|<lower 4>|<lower 1>"; got != want {
		t.Errorf("got the header %s, want %s", got, want)
	}
}

// Objects with many fields have the same shape at each time.
func TestShapeIsDeterministic(t *testing.T) {
	t.Parallel()
	object := map[string]any{}
	for i := range 4 * maxFields {
		name := "x" + strings.Repeat("a", i%20) + "_" + strings.Repeat("b", 1+i/20)
		object[name] = []any{1, "x", nil, true}[i%4]
	}
	text, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	want, _ := shapeOf(text)
	for range 10 {
		got, _ := shapeOf(text)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("(-first +other)\n%s", diff)
		}
	}
}

func TestTemplate(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"users":                         "GET /users",
		"users/larry":                   "GET /users/{name}",
		"users/a%2Fb":                   "GET /users/{name}",
		"access_reports/1/report":       "GET /access_reports/{id}/report",
		"access_reports/1/other":        "other",
		"acme":                          "other",
		"groups/admins/users":           "GET /groups/{name}/users",
		"workloads/acme-ci/issue_token": "GET /workloads/{connection}/issue_token",
	} {
		if got, _ := template("GET", path); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}

func TestMediaType(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		"":                              "",
		"text/csv":                      "text/csv",
		"text/csv; charset=UTF-8":       "text/csv; charset=utf-8",
		"text/csv; charset=acme":        "text/csv; charset=other",
		"application/vnd.acme+json":     "application/<lower 3>.<lower 4>+json",
		"application/json; team=x":      "application/json",
		"text/csv; charset=utf-8; ; ;;": "invalid",
	} {
		if got := mediaType(http.Header{"Content-Type": {header}}); got != want {
			t.Errorf("%q: got %q, want %q", header, got, want)
		}
	}
}

// typicalExchanges returns the exchanges of a check of a tenant. It downloads the report on
// the user before it is complete.
func typicalExchanges() []exchange {
	ok := func(request, id, body string) exchange {
		e := exchange{
			request: request, id: id, parameters: url.Values{}, header: http.Header{"Date": {"Mon, 05 Jan 2026 10:00:00 GMT"}},
			response: Response{Status: http.StatusOK, MediaType: "application/json", Framing: "length"},
		}
		e.describe([]byte(body))
		return e
	}
	with := func(e exchange, query string) exchange {
		e.parameters, _ = url.ParseQuery(query)
		return e
	}
	status := func(e exchange, status int) exchange {
		e.response.Status = status
		return e
	}
	const user = `{"id":"u","name":"larry","status":"ACTIVE"}`
	const report = `{"id":"r","details":{"user":{"id":"u"}},"created_at":"2026-01-05T10:00:00Z","status":`
	return []exchange{
		ok("POST /service_token", "", `{"bearer_token":"t","expires_at":"2026-01-05T11:00:00Z"}`),
		ok("GET /users", "", `{"list":[`+user+`]}`),
		ok("GET /groups", "", `{"list":[{"id":"g"}]}`),
		ok("GET /all_servers", "", `{"list":[{"id":"s"}]}`),
		ok(listRequest, "", `{"list":[]}`),
		ok("GET /users/{name}", "larry", user),
		ok("GET /users_by_id/{id}", "u", user),
		with(ok("GET /users", "", `{"list":[`+user+`]}`), "contains=larry&count=200"),
		with(ok("GET /users", "", `{"list":[]}`), "contains=larry&count=200&include_service_users=true"),
		with(ok("GET /all_servers", "", `{"list":[{"id":"s"}]}`), "id=s"),
		status(ok(createRequest, "", report+`"CREATED"}`), http.StatusCreated),
		status(ok(downloadRequest, "r", `{"type":"conflict"}`), http.StatusConflict),
		ok(readRequest, "r", report+`"COMPLETED"}`),
		ok(downloadRequest, "r", "User Name,Account\nlarry,root\n"),
		ok(listRequest, "", `{"list":[`+report+`"COMPLETED"}]}`),
	}
}

// assumptionsOf returns the assumptions after exchanges.
func assumptionsOf(exchanges []exchange) []Assumption {
	r := NewRecorder(nil, "acme")
	r.exchanges = exchanges
	return r.assumptions(nil)
}

// A failure that is transient changes no assumption, before any request.
func TestAssumptionsDespiteTransientFailures(t *testing.T) {
	t.Parallel()
	want := assumptionsOf(typicalExchanges())
	if len(want) < 20 {
		t.Fatalf("got %d assumptions, want more: %v", len(want), want)
	}
	for i, failing := range typicalExchanges() {
		for _, status := range []int{http.StatusRequestTimeout, http.StatusTooManyRequests, 499, http.StatusInternalServerError, http.StatusServiceUnavailable} {
			failing.header = http.Header{} // of a proxy
			failing.response = Response{Status: status, MediaType: "text/html", Framing: "close", Body: "html"}
			failing.object, failing.listed = wireReport{}, nil
			if diff := cmp.Diff(want, assumptionsOf(slices.Insert(typicalExchanges(), i, failing))); diff != "" {
				t.Errorf("status %d before exchange %d, %s: (-without +with)\n%s", status, i, failing.request, diff)
			}
		}
	}
}

// Nothing is known of a tenant whose responses are all transient failures, except that a
// limit was in one.
func TestAssumptionsOfTransientFailures(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusTooManyRequests, http.StatusServiceUnavailable} {
		exchanges := typicalExchanges()
		exchanges = slices.Delete(exchanges, 11, 12) // two early downloads that fail the same show how the tenant answers
		for i := range exchanges {
			exchanges[i].response = Response{Status: status, Body: "empty"}
			exchanges[i].object, exchanges[i].listed = wireReport{}, nil
		}
		if got := assumptionsOf(exchanges); len(got) > 0 {
			t.Errorf("status %d: got %v, want no assumptions", status, got)
		}
		exchanges[0].header = http.Header{"X-Ratelimit-Limit": {"10"}}
		want := []Assumption{{"rate-limit-headers", true, "present"}}
		if diff := cmp.Diff(want, assumptionsOf(exchanges)); diff != "" {
			t.Errorf("status %d, with a limit: (-want +got)\n%s", status, diff)
		}
	}
}

// An assumption about the response to a request is based on responses that show it.
func TestAssumptionsOfResponses(t *testing.T) {
	t.Parallel()
	const byID, counted = "GET /users_by_id/{id}", "GET /users"
	for _, test := range []struct {
		request  string
		statuses []int
		name     string
		want     string // "" if it is not observed
	}{
		{byID, []int{200}, "users-by-id", "the endpoint exists"},
		{byID, []int{429, 503, 200}, "users-by-id", "the endpoint exists"},
		{byID, []int{401, 200}, "users-by-id", "the endpoint exists"},
		{byID, []int{503, 404}, "users-by-id", "the endpoint does not exist, or is refused"},
		{byID, []int{403}, "users-by-id", "the endpoint does not exist, or is refused"},
		{byID, []int{429, 503}, "users-by-id", ""},
		{counted, []int{429, 200}, "page-size", "the parameter count is accepted"},
		{counted, []int{400}, "page-size", "the parameter count is refused"},
		{counted, []int{422, 200}, "page-size", "the parameter count is refused"},
		{counted, []int{401}, "page-size", ""},
		{counted, []int{429}, "page-size", ""},
		{readRequest, []int{429, 200}, "report-read-lag", "a new report was found at once"},
		{readRequest, []int{503, 404, 200}, "report-read-lag", "a new report was not found at first"},
		{readRequest, []int{403}, "report-read-lag", ""},
		{readRequest, []int{503}, "report-read-lag", ""},
		{downloadRequest, []int{503, 409}, "download-early", "409, json"},
		{downloadRequest, []int{503, 503}, "download-early", "503, json"},
		{downloadRequest, []int{503}, "download-early", ""},
		{downloadRequest, []int{429, 503}, "download-early", ""},
		{downloadRequest, []int{403}, "download-lag", ""},
	} {
		var exchanges []exchange
		for _, status := range test.statuses {
			exchanges = append(exchanges, exchange{request: test.request, id: "r", parameters: url.Values{"count": {"200"}}, response: Response{Status: status}})
		}
		observed := ""
		for _, a := range assumptionsOf(exchanges) {
			if a.Name == test.name {
				observed = a.Observed
			}
		}
		if observed != test.want {
			t.Errorf("%s with %v: got %s %q, want %q", test.request, test.statuses, test.name, observed, test.want)
		}
	}
}

// Lists that were read before a report was created do not show whether new reports are in
// the list.
func TestListsBeforeTheReport(t *testing.T) {
	t.Parallel()
	exchanges := typicalExchanges()
	last := len(exchanges) - 1
	exchanges = slices.Insert(exchanges[:last], 5, exchanges[4], exchanges[4])
	for _, a := range assumptionsOf(exchanges) {
		if a.Name == "report-list-lag" {
			t.Errorf("got %v, want no such assumption", a)
		}
	}
}

// The last list that has a report describes it.
func TestListedReport(t *testing.T) {
	t.Parallel()
	r := NewRecorder(nil, "acme")
	r.exchanges = typicalExchanges()
	if got, ok := r.ListedReport("R"); !ok || got.Status != "COMPLETED" || got.CreatedAt != "2026-01-05T10:00:00Z" || !got.Dated || got.Time.Hour() != 10 {
		t.Errorf("got %v and %t, want the report", got, ok)
	}
	if got, ok := r.ListedReport("another"); ok {
		t.Errorf("got %v, want none", got)
	}
}

func TestUnknownStatuses(t *testing.T) {
	t.Parallel()
	r := NewRecorder(nil, "acme")
	for _, status := range []string{"QUEUED", "CREATED", "RUNNING", "QUEUED", "COMPLETED"} {
		r.exchanges = append(r.exchanges, exchange{request: readRequest, object: wireReport{ID: "r", Status: status}, response: Response{Status: http.StatusOK}})
	}
	if diff := cmp.Diff([]string{"QUEUED", "RUNNING"}, r.UnknownStatuses("R")); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// Every assumption in the code is a fact of API.md.
func TestAssumptionsAreFacts(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("assumptions.go")
	if err != nil {
		t.Fatal(err)
	}
	api, err := os.ReadFile("../opasim/API.md")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, part := range strings.Split(string(source), `observe("`)[1:] {
		name, _, _ := strings.Cut(part, `"`)
		found++
		if !strings.Contains(string(api), "\n| `"+name+"` |") {
			t.Errorf("got the assumption %s, want a fact of API.md", name)
		}
	}
	if found < 15 {
		t.Errorf("got %d assumptions in the code, want more: is the test out of date?", found)
	}
}
