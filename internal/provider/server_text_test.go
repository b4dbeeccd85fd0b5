package provider_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"unicode"
	"unicode/utf16"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-log/tflogtest"
	"github.com/hashicorp/terraform-plugin-log/tfsdklog"
	"github.com/hashicorp/terraform-plugin-log/tfsdklogtest"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// place is where a server may put a text so that it reaches a message.
type place struct {
	dataSource string
	arguments  config
	fault      func(text string) opasim.Fault
	header     bool // a header cannot hold every text
}

// places are all kinds of texts of a server's that messages repeat.
func places() map[string]place {
	const (
		user   = "larry.linuxadmin"
		id     = "11111111-1111-4111-8111-111111111111"
		report = "opa_user_access_report"
	)
	larry := config{"user_name": user, "timeouts": map[string]any{"read": "400ms"}}
	body := func(path string, status int, format string) func(string) opasim.Fault {
		return func(text string) opasim.Fault {
			cell := `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
			f := opasim.Fault{Path: path, Status: status, Body: []byte(strings.NewReplacer("QUOTED", jsonOf(text), "CELL", cell, "TEXT", text).Replace(format))}
			if strings.HasSuffix(path, "/report") {
				f.Header = http.Header{"Content-Type": {"text/csv"}}
			}
			return f
		}
	}
	header := func(path string, status int, name, format, body string) func(string) opasim.Fault {
		return func(text string) opasim.Fault {
			return opasim.Fault{Path: path, Status: status, After: status == 0, Body: []byte(body), Header: http.Header{name: {fmt.Sprintf(format, text)}}}
		}
	}
	some := func(list ...string) config {
		names := make([]any, len(list))
		for i := range list {
			names[i] = list[i]
		}
		return config{"user_names": names, "allow_partial": true, "timeouts": map[string]any{"read": "400ms"}}
	}
	const csv = "User Name,User Type,User Status,Resource Name,Resource Type,Account,Privileges,Conditions\n"
	twins := `{"list":[{"id":"` + id + `","hostname":"web-01","canonical_name":QUOTED,"project_name":QUOTED,"project_id":QUOTED,"state":QUOTED},
		{"id":QUOTED,"hostname":"web-01"}]}`
	places := map[string]place{
		"message in JSON":          {report, larry, body("/users/{name}", 400, `{"type":"bad_request","message":QUOTED}`), false},
		"message of the sign-in":   {report, larry, body("/service_token", 400, `{"message":QUOTED}`), false},
		"message in other JSON":    {report, larry, body("/users/{name}", 400, `{"error":QUOTED,"errors":[{"path":QUOTED,"message":QUOTED}]}`), false},
		"error type":               {report, larry, body("/users/{name}", 400, `{"type":QUOTED}`), false},
		"raw in JSON":              {report, larry, body("/users/{name}", 400, `{"message":"you sent TEXT"}`), false},
		"text":                     {report, larry, body("/users/{name}", 400, `you sent TEXT`), false},
		"HTML":                     {report, larry, body("/users/{name}", 400, `<html>you sent TEXT`), false},
		"text that is no JSON":     {report, larry, body("/users/{name}", 200, `you sent TEXT`), false},
		"JSON of another form":     {report, larry, body("/users/{name}", 200, `{"id":{QUOTED:1}}`), false},
		"JSON list, another form":  {"opa_users", config{}, body("/users", 200, `{"list":[{"id":{QUOTED:QUOTED}}]}`), false},
		"another user's name":      {report, larry, body("/users/{name}", 200, `{"id":"`+id+`","name":QUOTED}`), false},
		"another user's id":        {report, config{"user_id": id}, body("/users_by_id/{id}", 200, `{"id":QUOTED,"name":"larry"}`), false},
		"id of a user":             {"opa_users", config{"user_type": "service"}, body("/users", 200, `{"list":[{"id":QUOTED}]}`), false},
		"servers with a hostname":  {"opa_resource_access_report", config{"hostname": "web-01"}, body("/all_servers", 200, twins), false},
		"id of a server":           {"opa_servers", config{"state": "ACTIVE"}, body("/all_servers", 200, `{"list":[{"id":QUOTED,"hostname":"web-01"}]}`), false},
		"projects with a name":     {"opa_resource_access_reports", config{"project_name": "p"}, body("/all_servers", 200, `{"list":[{"id":"a","project_id":QUOTED,"project_name":"p"},{"id":"b","project_id":"x","project_name":"p"}]}`), false},
		"status of a report":       {report, larry, body("/access_reports", 201, `{"id":"`+id+`","status":QUOTED}`), false},
		"id of a report":           {report, larry, body("/access_reports", 201, `{"id":QUOTED,"status":"CREATED"}`), false},
		"id of a failed report":    {"opa_access_report", config{"report_id": id}, body("/access_reports/{id}", 200, `{"id":QUOTED,"status":"ERROR"}`), false},
		"id of a report elsewhere": {report, larry, body("/access_reports", 201, `{"id":QUOTED,"details":{"user":{"id":"x"}}}`), false},
		"header of a report":       {report, larry, body("/access_reports/{id}/report", 200, `CELL,b`), false},
		"extra header":             {report, larry, body("/access_reports/{id}/report", 200, "User,User Type,Resource,Resource Type,Account,Privileges,Conditions,CELL\nlarry,,,,,,,\n"), false},
		"row of a report":          {report, larry, body("/access_reports/{id}/report", 200, csv+"CELL,human,ACTIVE,web-01,server,root,user,\n"), false},

		"rows on other subjects": {report, larry, body("/access_reports/{id}/report", 200, csv+"CELL,human,ACTIVE,web-01,server,root,user,\nx,human,ACTIVE,web-01,server,root,user,\n"), false},
		"unknown conditions":     {report, larry, body("/access_reports/{id}/report", 200, csv+"larry.linuxadmin,human,ACTIVE,web-01,server,root,user,CELL\n"), false},
		"another group's name":   {"opa_group_members", config{"group_name": "staff"}, body("/groups/{name}*", 200, `{"list":[],"name":QUOTED}`), false},

		"many: other subjects":     {"opa_user_access_reports", some(user), body("/access_reports/{id}/report", 200, csv+"CELL,human,ACTIVE,web-01,server,root,user,\nx,human,ACTIVE,web-01,server,root,user,\n"), false},
		"many: message":            {"opa_user_access_reports", some(user, "dora.database"), body("/access_reports", 400, `{"message":QUOTED}`), false},
		"many: status and id":      {"opa_user_access_reports", some(user), body("/access_reports", 201, `{"id":QUOTED,"status":QUOTED}`), false},
		"many: header of a report": {"opa_user_access_reports", some(user), body("/access_reports/{id}/report", 200, `CELL,b`), false},
		"many: twins":              {"opa_resource_access_reports", config{"hostnames": []any{"web-01", "web-02"}, "allow_partial": true}, body("/all_servers", 200, twins), false},
		"many: hostname": {
			"opa_resource_access_reports",
			config{"project_name": "p", "resource_type": "toaster"},
			body("/all_servers", 200, `{"list":[{"id":"`+id+`","hostname":QUOTED,"project_name":"p","project_id":"x"}]}`), false,
		},

		"content type":          {report, larry, header("/users/{name}", 200, "Content-Type", "text/%s", "no JSON"), true},
		"content type, garbled": {report, larry, header("/users/{name}", 200, "Content-Type", "%s", "no JSON"), true},
		"charset":               {report, larry, header("/access_reports/{id}/report", 200, "Content-Type", `text/csv; charset="%s"`, csv), true},
		"content encoding":      {report, larry, header("/users/{name}", 200, "Content-Encoding", "%s", "{}"), true},
		"request id":            {report, larry, header("/users/{name}", 400, "X-Okta-Request-Id", "%s", "{}"), true},
		"redirect":              {report, larry, header("/users/{name}", 302, "Location", "https://%s.example/", "{}"), true},
		"redirect, scheme":      {report, larry, header("/users/{name}", 302, "Location", "x%s://evil.example/", "{}"), true},
		"link to a host":        {"opa_users", config{}, header("/users", 0, "Link", `<https://%s.example/>; rel="next"`, `{"list":[]}`), true},
		"link to a path":        {"opa_users", config{}, header("/users", 0, "Link", `</v1/%s>; rel="next"`, `{"list":[]}`), true},
		"retry hint":            {report, larry, header("/users/{name}", 503, "Retry-After", "%s", "{}"), true},
		"date":                  {report, larry, header("/users/{name}", 503, "Date", "%s", "{}"), true},
	}
	return places
}

// lockedBuffer is a buffer for several loggers. A request that was given up may still
// be logged after the data source has returned.
type lockedBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}

// say lets a server say a text in a place, and returns all that the provider then
// shows and logs: diagnostics, errors in the state, log lines at TRACE.
func (p place) say(t *testing.T, secret, text string) string {
	t.Helper()
	sim := opasim.Start(t, opasim.Options{KeySecret: secret, Faults: []opasim.Fault{p.fault(text)}})
	s := configured(t, sim, config{"key_secret": secret, "max_retries": 1, "request_timeout": "10s"})
	var log lockedBuffer
	ctx := tfsdklogtest.RootLogger(tflogtest.RootLogger(t.Context(), &log), &log)
	ctx = tfsdklog.NewSubsystem(ctx, "proto") // the framework's own
	typ := s.schema.DataSourceSchemas[p.dataSource].ValueType()
	response, err := s.ReadDataSource(ctx, &tfprotov6.ReadDataSourceRequest{TypeName: p.dataSource, Config: s.dynamic(typ, p.arguments)})
	if err != nil {
		t.Fatal(err)
	}
	var shown strings.Builder
	shown.WriteString(diagnostics(response.Diagnostics))
	if response.State != nil {
		value, err := response.State.Unmarshal(typ)
		if err != nil {
			t.Fatal(err)
		}
		state := asMap(plain(t, value))
		for _, list := range []string{"users", "resources"} {
			members, _ := state[list].([]any)
			for _, member := range members {
				fmt.Fprintln(&shown, asMap(member)["error"])
			}
		}
	}
	entries, err := tflogtest.MultilineJSONDecode(strings.NewReader(log.String()))
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		for name, field := range entry {
			fmt.Fprintf(&shown, "log %s=%v\n", name, field)
		}
	}
	if len(entries) == 0 {
		t.Error("nothing was logged")
	}
	return shown.String()
}

func jsonOf(text string) string {
	encoded, err := json.Marshal(text)
	if err != nil {
		panic(err) // a string can always be written
	}
	return string(encoded)
}

// A secret that a server repeats, in whatever form and place, is neither shown nor
// logged, and not a part of it that could be used.
func TestSecretsInServerTextAreRedacted(t *testing.T) {
	t.Parallel()
	const secret = `canary&key<with>"much"/that+is\escaped%in ways`
	inJSON := func(s string) string { s = jsonOf(s); return s[1 : len(s)-1] }
	encodings := map[string]func(string) string{
		"plain":      func(s string) string { return s },
		"JSON":       inJSON,
		"JSON slash": func(s string) string { return strings.ReplaceAll(inJSON(s), "/", `\/`) },
		"entities":   html.EscapeString,
		"percent":    func(s string) string { return strings.ToLower(url.QueryEscape(s)) },
		"twice":      func(s string) string { return url.PathEscape(url.PathEscape(s)) },
		"base64":     func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
		"a part":     func(s string) string { return s[len(s)/3:] },
		"line break": func(s string) string { return s[:8] + "\n" + s[8:16] + " " + s[16:] },
		"UTF-16": func(s string) string {
			var b []byte
			for _, unit := range utf16.Encode([]rune(s)) {
				b = binary.LittleEndian.AppendUint16(b, unit)
			}
			return string(b)
		},
	}
	for where, place := range places() {
		t.Run(where, func(t *testing.T) {
			t.Parallel()
			for name, encode := range encodings {
				said := encode(secret)
				if place.header && strings.ContainsAny(said, "\x00\n") {
					continue
				}
				shown := place.say(t, secret, said)
				for _, form := range []string{secret, said, inJSON(said), url.PathEscape(said), url.QueryEscape(said)} {
					for i := 0; i+10 <= len(form); i++ {
						if part := form[i : i+10]; strings.Contains(shown, part) {
							t.Fatalf("%s: %q is shown:\n%s", name, part, shown)
						}
					}
				}
			}
		})
	}
}

// Whatever a server says and wherever, a terminal is not written on by it, and no
// line of a message is the server's.
func TestControlCharactersAreEscaped(t *testing.T) {
	t.Parallel()
	const hostile = "a\x1b[2J\x1b]0;title\x07\r\nApply complete! Nobody has access.\nStatus: 200 OK\u009b2J\u202egnp\u2066\u200b\u2028\u2029\x7f\u0085z"
	for where, place := range places() {
		t.Run(where, func(t *testing.T) {
			t.Parallel()
			said := hostile
			if place.header {
				said = "a\u202e\u009b2J\u200b\u2028z"
			}
			shown := place.say(t, opasim.DefaultKeySecret, said)
			if at := strings.IndexFunc(shown, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }); at >= 0 {
				t.Errorf("got %q in:\n%q", shown[at:min(at+10, len(shown))], shown)
			}
			for line := range strings.Lines(shown) {
				if strings.HasPrefix(line, "Apply complete!") || strings.HasPrefix(line, "Status: 200 OK") {
					t.Errorf("a line of the server's own in:\n%s", shown)
				}
			}
		})
	}
}

// What was made visible is there to be read: nothing is dropped silently.
func TestEscapedCharactersAreShown(t *testing.T) {
	t.Parallel()
	const text = "x\x1b[2J\u202ey"
	for _, where := range []string{
		"message in JSON", "error type", "another user's name", "servers with a hostname", "projects with a name", "status of a report", "id of a server",
		"header of a report", "row of a report", "many: message", "many: status and id", "many: twins", "many: hostname", "many: header of a report",
	} {
		t.Run(where, func(t *testing.T) {
			t.Parallel()
			if shown := places()[where].say(t, opasim.DefaultKeySecret, text); !strings.Contains(shown, `x\x1b[2J\u202ey`) {
				t.Errorf("got:\n%s", shown)
			}
		})
	}
}
