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

// currentUser requests current_user with a token.
func (x *tenant) currentUser(token string) response {
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
			t.Fatalf("got %+v, want a JWT that expires in 10 minutes, for the team demo", got)
		}
		if !slices.Equal(x.IssuedTokens(), []string{token}) || x.Logins() != 1 {
			t.Errorf("got issued tokens %q and %d logins, want %q and 1", x.IssuedTokens(), x.Logins(), token)
		}
		time.Sleep(10*time.Minute - time.Nanosecond)
		x.wantStatus("just before it expires", x.currentUser(token), http.StatusOK)
		time.Sleep(time.Nanosecond)
		if got := x.currentUser(token); got.status != 401 || got.field(t, "type") != "authentication_error" {
			t.Errorf("expired: got %+v, want 401 authentication_error", got)
		}
		x.wantViolations()
	})
}

func TestServiceTokenErrors(t *testing.T) {
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
		{"invalid JSON", "key_id=a", 400, "invalid JSON"},
	} {
		t.Run(test.name, func(t *testing.T) {
			x := x.in(t)
			x.ResetLog()
			x.wantStatus("response", x.post("/service_token", test.body), test.status)
			x.wantViolation(test.violation)
		})
	}
	if x.Logins() != 0 {
		t.Errorf("got %d logins, want 0", x.Logins())
	}
}

func TestRevokedCredentials(t *testing.T) {
	x := newTenant(t, opasim.Options{})
	token := x.post("/service_token", goodKey).field(t, "bearer_token")
	x.RevokeTokens()
	for _, token := range []string{token, staticToken} {
		x.wantStatus("revoked token", x.currentUser(token), http.StatusUnauthorized)
	}
	token = x.post("/service_token", goodKey).field(t, "bearer_token")
	x.wantStatus("new token", x.currentUser(token), http.StatusOK)
	x.RevokeKey()
	x.wantStatus("token of a revoked key", x.currentUser(token), http.StatusUnauthorized)
	x.wantStatus("revoked key", x.post("/service_token", goodKey), http.StatusUnauthorized)
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
		x.wantStatus(path, got, want)
		if want == 401 && (got.field(t, "type") != "authorization_error" ||
			!strings.HasPrefix(got.field(t, "message"), "Missing capability: ")) {
			t.Errorf("%s: got %s, want authorization_error and a missing capability", path, got.body)
		}
	}
	x.wantViolations()
}

func TestCurrentUser(t *testing.T) {
	x := newTenant(t, opasim.Options{})
	got := x.get("/current_user")
	owner := x.World().User(opasim.ServiceUserName)
	if got.field(t, "id") != owner.ID || got.field(t, "name") != owner.Name || got.field(t, "team_name") != "demo" {
		t.Errorf("got %+v, want %+v", got, owner)
	}
}

func TestTeams(t *testing.T) {
	x := newTenant(t, opasim.Options{})
	for team, want := range map[string]int{"demo": 200, "Demo": 200, "other": 404} {
		x.wantStatus(team, x.get(baseURL+"/v1/teams/"+team+"/current_user"), want)
	}
	x.wantViolations()
}

func TestClockSkewAppliesToAllTimestamps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newTenant(t, opasim.Options{
			ClockSkew: -90 * time.Second, RateLimit: opasim.RateLimit{PerSecond: 0.1, Burst: 3},
		})
		token := x.post("/service_token", goodKey)
		if got := token.field(t, "expires_at"); got != "2000-01-01T00:58:30.000000Z" {
			t.Errorf("expires_at: got %s, want one hour after the skewed clock", got)
		}
		if got := token.header.Get("Date"); got != "Fri, 31 Dec 1999 23:58:30 GMT" {
			t.Errorf("Date: got %s, want the skewed clock", got)
		}
		created := x.get(x.create("neil.newcomer")).field(t, "created_at")
		if created != "1999-12-31T23:58:30.000000Z" {
			t.Errorf("created_at: got %s, want the skewed clock", created)
		}
		limited := x.get("/current_user")
		if got := limited.header.Get("X-RateLimit-Retry-At"); got != "946684720" {
			t.Errorf("X-RateLimit-Retry-At: got %s in %+v, want 946684720", got, limited)
		}
	})
}
