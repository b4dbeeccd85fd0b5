package opasim_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// Invalid requests are rejected and recorded.
func TestViolations(t *testing.T) {
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) {
			r.Header.Set(name, value)
			if value == "" {
				r.Header.Del(name)
			}
		}
	}
	unchanged := func(*http.Request) {}
	for _, test := range []struct {
		name, method, path string
		change             func(*http.Request)
		status             int
		want               string
	}{
		{"unknown path", "GET", "/servers", unchanged, 404, "GET /v1/teams/demo/servers: unknown path"},
		{"another version", "GET", baseURL + "/v2/teams/demo/users", unchanged, 404, "unknown path"},
		{"trailing slash", "GET", "/users/", unchanged, 404, "unknown path"},
		{"slash that is not encoded", "GET", "/groups/A/B/users", unchanged, 404, "unknown path"},
		{"method", "DELETE", "/access_reports/x", unchanged, 405, "method not allowed"},
		{"unknown query parameter", "GET", "/users?name=larry", unchanged, 400, `query parameter "name"`},
		{"query of another endpoint", "GET", "/access_reports?count=5", unchanged, 400, `query parameter "count"`},
		{"query twice", "GET", "/all_servers?hostname=a&hostname=b", unchanged, 400, "more than once"},
		{"count", "GET", "/users?count=0", unchanged, 400, `invalid value "0"`},
		{"status", "GET", "/users?status=active", unchanged, 400, `invalid value "active"`},
		{"no Authorization", "GET", "/users", header("Authorization", ""), 401, "Authorization"},
		{"Basic", "GET", "/users", header("Authorization", "Basic eDp5"), 401, "Authorization"},
		{"bearer in lower case", "GET", "/users", header("Authorization", "bearer "+staticToken), 401, "Authorization"},
		{"no token", "GET", "/users", header("Authorization", "Bearer "), 401, "Authorization"},
		{"service_token with a token", "POST", "/service_token", header("Authorization", "Bearer "+staticToken), 400, "want a request without it"},
		{"no User-Agent", "GET", "/users", header("User-Agent", ""), 400, "User-Agent"},
		{"Go's User-Agent", "GET", "/users", header("User-Agent", "Go-http-client/1.1"), 400, "User-Agent"},
		{"no Accept", "GET", "/users", header("Accept", ""), 406, "Accept"},
		{"CSV from JSON", "GET", "/users", header("Accept", "text/csv"), 406, "want application/json"},
		{"JSON from CSV", "GET", "/access_reports/x/report", header("Accept", "application/json"), 406, "want text/csv"},
		{"no Content-Type", "POST", "/access_reports", header("Content-Type", ""), 415, "Content-Type"},
		{"a form", "POST", "/service_token", header("Content-Type", "application/x-www-form-urlencoded"), 415, "Content-Type"},
	} {
		t.Run(test.name, func(t *testing.T) {
			x := newTenant(t, opasim.Options{})
			request := newRequest(t, test.method, test.path, "")
			test.change(request)
			if got := send(x.client, request); got.status != test.status || got.field(t, "message") == "" {
				t.Errorf("got %+v, want status %d and a message", got, test.status)
			}
			x.wantViolations(test.want)
			if text := strings.Join(x.Violations(), ""); strings.Contains(text, staticToken) {
				t.Errorf("got violations %q, want none with a token", text)
			}
		})
	}
}

func TestValidVariations(t *testing.T) {
	for _, test := range []struct{ name, header, value string }{
		{"any Accept", "Accept", "*/*"},
		{"a list in Accept", "Accept", "text/html;q=0.5, application/*"},
		{"a charset", "Content-Type", "application/json; charset=utf-8"},
		{"an unknown header", "X-Something", "else"},
	} {
		x := newTenant(t, opasim.Options{})
		request := newRequest(t, http.MethodPost, "/access_reports", userTarget(x.World().User("larry.linuxadmin").ID))
		request.Header.Set(test.header, test.value)
		x.wantStatus(test.name, send(x.client, request), http.StatusCreated)
		x.wantViolations()
	}
}
