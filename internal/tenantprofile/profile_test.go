package tenantprofile

import (
	"encoding/json"
	"math"
	"net/http"
	"os"
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
