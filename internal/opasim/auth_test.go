package opasim_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

func keyBody(id, secret string) string {
	return fmt.Sprintf(`{"key_id":%q,"key_secret":%q}`, id, secret)
}

var goodKey = keyBody(opasim.DefaultKeyID, opasim.DefaultKeySecret)

// currentUser asks who a token is for.
func (x *tenant) currentUser(token string) answer {
	x.t.Helper()
	request := newRequest(x.t, http.MethodGet, "/current_user", "")
	request.Header.Set("Authorization", "Bearer "+token)
	return send(x.client, request)
}

func TestServiceToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newTenant(t, opasim.Options{TokenLifetime: 10 * time.Minute})
		got := x.post("/service_token", goodKey)
		token := got.field(t, "bearer_token")
		if got.status != http.StatusOK || strings.Count(token, ".") != 2 || len(token) > 4096 ||
			got.field(t, "expires_at") != "2000-01-01T00:10:00.000000Z" || got.field(t, "team_name") != "demo" {
			t.Fatalf("%+v", got)
		}
		if !slices.Equal(x.IssuedTokens(), []string{token}) || x.Logins() != 1 {
			t.Errorf("issued %q, %d logins", x.IssuedTokens(), x.Logins())
		}
		time.Sleep(10*time.Minute - time.Nanosecond)
		if got := x.currentUser(token); got.status != http.StatusOK {
			t.Errorf("just before its end: %+v", got)
		}
		time.Sleep(time.Nanosecond)
		if got := x.currentUser(token); got.status != 401 || got.field(t, "type") != "authentication_error" {
			t.Errorf("expired: %+v", got)
		}
		x.wantViolations()
	})
}

func TestServiceTokenRefuses(t *testing.T) {
	x := newTenant(t, opasim.Options{})
	for _, test := range []struct {
		name, body string
		status     int
		violation  string
	}{
		{"another id", keyBody("00000000-0000-4000-8000-000000000000", opasim.DefaultKeySecret), 401, ""},
		{"another secret", keyBody(opasim.DefaultKeyID, "guess"), 401, ""},
		{"no secret", `{"key_id":"` + opasim.DefaultKeyID + `"}`, 400, "required"},
		{"unknown field", `{"key_id":"a","key_secret":"b","role":"c"}`, 400, `unknown field "role"`},
		{"no JSON", "key_id=a", 400, "invalid JSON"},
	} {
		t.Run(test.name, func(t *testing.T) {
			x.ResetLog()
			if got := x.post("/service_token", test.body); got.status != test.status {
				t.Errorf("%+v", got)
			}
			if test.violation == "" {
				x.wantViolations()
			} else {
				x.wantViolations(test.violation)
			}
		})
	}
	if x.Logins() != 0 {
		t.Errorf("%d logins", x.Logins())
	}
}

func TestRevoking(t *testing.T) {
	x := newTenant(t, opasim.Options{})
	token := x.post("/service_token", goodKey).field(t, "bearer_token")
	x.RevokeTokens()
	for _, token := range []string{token, staticToken} {
		if got := x.currentUser(token); got.status != http.StatusUnauthorized {
			t.Errorf("revoked token: %+v", got)
		}
	}
	token = x.post("/service_token", goodKey).field(t, "bearer_token")
	if got := x.currentUser(token); got.status != http.StatusOK {
		t.Errorf("new token: %+v", got)
	}
	x.RevokeKey()
	if got := x.currentUser(token); got.status != http.StatusUnauthorized {
		t.Errorf("token of a revoked key: %+v", got)
	}
	if got := x.post("/service_token", goodKey); got.status != http.StatusUnauthorized {
		t.Errorf("revoked key: %+v", got)
	}
	x.wantViolations()
}

func TestMissingRole(t *testing.T) {
	x := newTenant(t, opasim.Options{MissingRole: true})
	for path, want := range map[string]int{
		"/current_user":            200,
		"/users":                   200,
		"/groups":                  200,
		"/all_servers":             401,
		"/access_reports":          401,
		"/access_reports/x":        401,
		"/users/neil.newcomer":     200,
		"/groups/staff/users":      200,
		"/access_reports/x/report": 401,
	} {
		got := x.get(path)
		if got.status != want {
			t.Errorf("%s: %+v", path, got)
		}
		if want == 401 && (got.field(t, "type") != "authorization_error" ||
			!strings.HasPrefix(got.field(t, "message"), "Missing capability: ")) {
			t.Errorf("%s: %s", path, got.body)
		}
	}
	x.wantViolations()
}

func TestCurrentUser(t *testing.T) {
	x := newTenant(t, opasim.Options{})
	got := x.get("/current_user")
	owner := x.World().User(opasim.ServiceUserName)
	if got.field(t, "id") != owner.ID || got.field(t, "name") != owner.Name || got.field(t, "team_name") != "demo" {
		t.Errorf("%+v", got)
	}
}

func TestTeams(t *testing.T) {
	x := newTenant(t, opasim.Options{})
	for team, want := range map[string]int{"demo": 200, "Demo": 200, "other": 404} {
		if got := x.get(baseURL + "/v1/teams/" + team + "/current_user"); got.status != want {
			t.Errorf("%s: %+v", team, got)
		}
	}
	x.wantViolations()
}

func TestClockSkewMovesTheWholeClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newTenant(t, opasim.Options{
			ClockSkew: -90 * time.Second, RateLimit: opasim.RateLimit{PerSecond: 0.1, Burst: 3},
		})
		token := x.post("/service_token", goodKey)
		if got := token.field(t, "expires_at"); got != "2000-01-01T00:58:30.000000Z" {
			t.Errorf("expires_at %s", got)
		}
		if got := token.header.Get("Date"); got != "Fri, 31 Dec 1999 23:58:30 GMT" {
			t.Errorf("Date %s", got)
		}
		created := x.get(x.create("neil.newcomer")).field(t, "created_at")
		if created != "1999-12-31T23:58:30.000000Z" {
			t.Errorf("created_at %s", created)
		}
		refused := x.get("/current_user")
		if got := refused.header.Get("X-RateLimit-Retry-At"); got != "946684720" {
			t.Errorf("retry at %s: %+v", got, refused)
		}
	})
}
