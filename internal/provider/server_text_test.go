package provider_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
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

	"github.com/privileged-access/terraform-provider-opa/internal/clitest"
	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// injection is a way for a server to inject a text into a message.
type injection struct {
	dataSource string
	arguments  config
	fault      func(text string) opasim.Fault
	header     bool // the text is in a header, which not every text fits
}

// injections returns all kinds of server text that messages contain, by name.
func injections() map[string]injection {
	const (
		user   = "larry.linuxadmin"
		id     = "11111111-1111-4111-8111-111111111111"
		report = "opa_user_access_report"
	)
	larry := config{"user_name": user, "timeouts": map[string]any{"read": "20s"}}
	// Some texts make the provider wait until the timeout.
	waiting := config{"user_name": user, "timeouts": map[string]any{"read": "3s"}}
	body := func(path string, status int, format string) func(string) opasim.Fault {
		return func(text string) opasim.Fault {
			cell := `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
			f := opasim.Fault{Path: path, Status: status, Body: []byte(strings.NewReplacer("QUOTED", clitest.JSON(text), "CELL", cell, "TEXT", text).Replace(format))}
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
	batch := func(names ...any) config {
		return config{"user_names": names, "allow_partial": true, "timeouts": map[string]any{"read": "20s"}}
	}
	duplicates := `{"list":[{"id":"` + id + `","hostname":"web-01","canonical_name":QUOTED,"project_name":QUOTED,"project_id":QUOTED,"state":QUOTED},
		{"id":QUOTED,"hostname":"web-01"}]}`
	return map[string]injection{
		"message in JSON":           {report, larry, body("/users/{name}", 400, `{"type":"bad_request","message":QUOTED}`), false},
		"authentication message":    {report, larry, body("/service_token", 400, `{"message":QUOTED}`), false},
		"message in other JSON":     {report, larry, body("/users/{name}", 400, `{"error":QUOTED,"errors":[{"path":QUOTED,"message":QUOTED}]}`), false},
		"error type":                {report, larry, body("/users/{name}", 400, `{"type":QUOTED}`), false},
		"unescaped in JSON":         {report, larry, body("/users/{name}", 400, `{"message":"received TEXT"}`), false},
		"plain text":                {report, larry, body("/users/{name}", 400, `received TEXT`), false},
		"HTML":                      {report, larry, body("/users/{name}", 400, `<html>received TEXT`), false},
		"plain text, status 200":    {report, larry, body("/users/{name}", 200, `received TEXT`), false},
		"JSON of another type":      {report, larry, body("/users/{name}", 200, `{"id":{QUOTED:1}}`), false},
		"JSON list, another type":   {"opa_users", config{}, body("/users", 200, `{"list":[{"id":{QUOTED:QUOTED}}]}`), false},
		"another user's name":       {report, larry, body("/users/{name}", 200, `{"id":"`+id+`","name":QUOTED}`), false},
		"another user's ID":         {report, config{"user_id": id}, body("/users_by_id/{id}", 200, `{"id":QUOTED,"name":"larry"}`), false},
		"ID of a user":              {"opa_users", config{"user_type": "service"}, body("/users", 200, `{"list":[{"id":QUOTED}]}`), false},
		"duplicate hostname":        {"opa_resource_access_report", config{"hostname": "web-01"}, body("/all_servers", 200, duplicates), false},
		"ID of a server":            {"opa_servers", config{"state": "ACTIVE"}, body("/all_servers", 200, `{"list":[{"id":QUOTED,"hostname":"web-01"}]}`), false},
		"duplicate project name":    {"opa_resource_access_reports", config{"project_name": "p"}, body("/all_servers", 200, `{"list":[{"id":"a","project_id":QUOTED,"project_name":"p"},{"id":"b","project_id":"x","project_name":"p"}]}`), false},
		"status of a report":        {report, waiting, body("/access_reports", 201, `{"id":"`+id+`","status":QUOTED}`), false},
		"ID of a report":            {report, waiting, body("/access_reports", 201, `{"id":QUOTED,"status":"CREATED"}`), false},
		"ID of a failed report":     {"opa_access_report", config{"report_id": id}, body("/access_reports/{id}", 200, `{"id":QUOTED,"status":"ERROR"}`), false},
		"ID of a mismatched report": {report, waiting, body("/access_reports", 201, `{"id":QUOTED,"details":{"user":{"id":"x"}}}`), false},
		"header of a report":        {report, larry, body("/access_reports/{id}/report", 200, `CELL,b`), false},
		"extra header":              {report, larry, body("/access_reports/{id}/report", 200, "User,User Type,Resource,Resource Type,Account,Privileges,Conditions,CELL\nlarry,,,,,,,\n"), false},
		"row of a report":           {report, larry, body("/access_reports/{id}/report", 200, reportHeader+"CELL,human,ACTIVE,web-01,server,root,user,\n"), false},

		"other subjects":       {report, larry, body("/access_reports/{id}/report", 200, reportHeader+"CELL,human,ACTIVE,web-01,server,root,user,\nx,human,ACTIVE,web-01,server,root,user,\n"), false},
		"unknown conditions":   {report, larry, body("/access_reports/{id}/report", 200, reportHeader+"larry.linuxadmin,human,ACTIVE,web-01,server,root,user,CELL\n"), false},
		"another group's name": {"opa_group_members", config{"group_name": "staff"}, body("/groups/{name}*", 200, `{"list":[],"name":QUOTED}`), false},

		"batch: other subjects":     {"opa_user_access_reports", batch(user), body("/access_reports/{id}/report", 200, reportHeader+"CELL,human,ACTIVE,web-01,server,root,user,\nx,human,ACTIVE,web-01,server,root,user,\n"), false},
		"batch: message":            {"opa_user_access_reports", batch(user, "dora.database"), body("/access_reports", 400, `{"message":QUOTED}`), false},
		"batch: status and ID":      {"opa_user_access_reports", with(batch(user), config{"timeouts": map[string]any{"read": "3s"}}), body("/access_reports", 201, `{"id":QUOTED,"status":QUOTED}`), false},
		"batch: header of a report": {"opa_user_access_reports", batch(user), body("/access_reports/{id}/report", 200, `CELL,b`), false},
		"batch: duplicate hostname": {"opa_resource_access_reports", config{"hostnames": []any{"web-01", "web-02"}, "allow_partial": true}, body("/all_servers", 200, duplicates), false},
		"batch: hostname": {
			"opa_resource_access_reports",
			config{"project_name": "p", "resource_type": "toaster"},
			body("/all_servers", 200, `{"list":[{"id":"`+id+`","hostname":QUOTED,"project_name":"p","project_id":"x"}]}`), false,
		},

		"team: names in a cross-check": {
			"opa_team_access_report",
			config{"cross_check": true},
			body("/access_reports/{id}/report", 200, reportHeader+"larry,human,ACTIVE,web-01,server,CELL,CELL,CELL\n"), false,
		},

		"similar user name":       {report, config{"user_name": "larry.linuxadmim"}, body("/users", 200, `{"list":[{"id":"a","name":QUOTED,"details":{"email":"larry.linuxadmim"}}]}`), false},
		"name of a similar group": {"opa_group_members", config{"group_name": "stuff"}, body("/groups", 200, `{"list":[{"id":"a","name":QUOTED}]}`), false},
		"duplicate email":         {"opa_user", config{"email": "a@example.com"}, body("/users", 200, `{"list":[{"id":"a","name":QUOTED,"details":{"email":"a@example.com"}},{"id":"b","name":"x","details":{"email":"a@example.com"}}]}`), false},
		"labels of a server":      {"opa_servers", config{"labels": map[string]any{"a": "b"}}, body("/all_servers", 200, `{"list":[{"id":QUOTED,"labels":[]}]}`), false},
		"roles of a group":        {"opa_groups", config{"roles": []any{"a"}}, body("/groups", 200, `{"list":[{"id":QUOTED}]}`), false},

		"content type":         {report, larry, header("/users/{name}", 200, "Content-Type", "text/%s", "not JSON"), true},
		"invalid content type": {report, larry, header("/users/{name}", 200, "Content-Type", "%s", "not JSON"), true},
		"charset":              {report, larry, header("/access_reports/{id}/report", 200, "Content-Type", `text/csv; charset="%s"`, reportHeader), true},
		"content encoding":     {report, larry, header("/users/{name}", 200, "Content-Encoding", "%s", "{}"), true},
		"request ID":           {report, larry, header("/users/{name}", 400, "X-Okta-Request-Id", "%s", "{}"), true},
		"redirect":             {report, larry, header("/users/{name}", 302, "Location", "https://%s.example/", "{}"), true},
		"redirect scheme":      {report, larry, header("/users/{name}", 302, "Location", "x%s://evil.example/", "{}"), true},
		"link to a host":       {"opa_users", config{}, header("/users", 0, "Link", `<https://%s.example/>; rel="next"`, `{"list":[]}`), true},
		"link to a path":       {"opa_users", config{}, header("/users", 0, "Link", `</v1/%s>; rel="next"`, `{"list":[]}`), true},
		"retry after":          {report, larry, header("/users/{name}", 503, "Retry-After", "%s", "{}"), true},
		"date":                 {report, larry, header("/users/{name}", 503, "Date", "%s", "{}"), true},
	}
}

// lockedBuffer is a buffer for concurrent loggers. A canceled request may be logged
// after the data source returns.
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

// run injects a text, and returns everything that the provider shows or logs:
// diagnostics, errors in the state, and log lines up to the level TRACE.
func (in injection) run(t *testing.T, secret, text string) string {
	t.Helper()
	sim := opasim.Start(t, opasim.Options{KeySecret: secret, Faults: []opasim.Fault{in.fault(text)}})
	s := configured(t, sim, config{"key_secret": secret, "max_retries": 1, "request_timeout": "10s"})
	var log lockedBuffer
	ctx := tfsdklogtest.RootLogger(tflogtest.RootLogger(t.Context(), &log), &log)
	ctx = tfsdklog.NewSubsystem(ctx, "proto") // the framework's log
	typ := s.schema.DataSourceSchemas[in.dataSource].ValueType()
	response, err := s.ReadDataSource(ctx, &tfprotov6.ReadDataSourceRequest{TypeName: in.dataSource, Config: s.dynamic(typ, in.arguments)})
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
		t.Error("got no log lines, want some")
	}
	return shown.String()
}

// jsonOf returns a text as a JSON string.

// A secret in a server's text is neither shown nor logged, regardless of its encoding
// and position. Neither are long parts of it.
func TestSecretsInServerTextAreRedacted(t *testing.T) {
	t.Parallel()
	const secret = `canary&key<with>"much"/that+is\escaped%in ways`
	inJSON := func(s string) string { s = clitest.JSON(s); return s[1 : len(s)-1] }
	encodings := map[string]func(string) string{
		"plain":         func(s string) string { return s },
		"JSON":          inJSON,
		"JSON slash":    func(s string) string { return strings.ReplaceAll(inJSON(s), "/", `\/`) },
		"entities":      html.EscapeString,
		"percent":       func(s string) string { return strings.ToLower(url.QueryEscape(s)) },
		"percent twice": func(s string) string { return url.PathEscape(url.PathEscape(s)) },
		"base64":        func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
		"suffix":        func(s string) string { return s[len(s)/3:] },
		"line break":    func(s string) string { return s[:8] + "\n" + s[8:16] + " " + s[16:] },
		"UTF-16": func(s string) string {
			var b []byte
			for _, unit := range utf16.Encode([]rune(s)) {
				b = binary.LittleEndian.AppendUint16(b, unit)
			}
			return string(b)
		},
	}
	for name, in := range injections() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for encoding, encode := range encodings {
				text := encode(secret)
				if in.header && strings.ContainsAny(text, "\x00\n") {
					continue
				}
				shown := in.run(t, secret, text)
				for _, form := range []string{secret, text, inJSON(text), url.PathEscape(text), url.QueryEscape(text)} {
					for i := 0; i+10 <= len(form); i++ {
						if part := form[i : i+10]; strings.Contains(shown, part) {
							t.Fatalf("%s: got %q of the secret, want none in\n%s", encoding, part, shown)
						}
					}
				}
			}
		})
	}
}

// No control character of a server's text is in a message, and no line of a message
// consists of a server's text.
func TestControlCharactersAreEscaped(t *testing.T) {
	t.Parallel()
	const hostile = "a\x1b[2J\x1b]0;title\x07\r\nApply complete! Nobody has access.\nStatus: 200 OK\u009b2J\u202egnp\u2066\u200b\u2028\u2029\x7f\u0085z"
	for name, in := range injections() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := hostile
			if in.header {
				text = "a\u202e\u009b2J\u200b\u2028z"
			}
			shown := in.run(t, opasim.DefaultKeySecret, text)
			if at := strings.IndexFunc(shown, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }); at >= 0 {
				t.Errorf("got %q, want no control characters in\n%q", shown[at:min(at+10, len(shown))], shown)
			}
			for line := range strings.Lines(shown) {
				if strings.HasPrefix(line, "Apply complete!") || strings.HasPrefix(line, "Status: 200 OK") {
					t.Errorf("got a line that the server wrote, want none in\n%s", shown)
				}
			}
		})
	}
}

// Messages show escaped characters. They do not remove them.
func TestEscapedCharactersAreShown(t *testing.T) {
	t.Parallel()
	const text, want = "x\x1b[2J\u202ey", `x\x1b[2J\u202ey`
	for _, name := range []string{
		"message in JSON", "error type", "another user's name", "duplicate hostname", "duplicate project name", "status of a report", "ID of a server",
		"header of a report", "row of a report", "batch: message", "batch: status and ID", "batch: duplicate hostname", "batch: hostname", "batch: header of a report",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if shown := injections()[name].run(t, opasim.DefaultKeySecret, text); !strings.Contains(shown, want) {
				t.Errorf("got\n%s\nwant it to contain %s", shown, want)
			}
		})
	}
}
