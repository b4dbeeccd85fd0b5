package opasim_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

const (
	connection = "ci-pipelines"
	issuePath  = "/workloads/" + connection + "/issue_token"
)

func newWorkloadTenant(t *testing.T, opts opasim.Options) *tenant {
	t.Helper()
	opts.WorkloadConnection = connection
	return newTenant(t, opts)
}

func jwtBody(jwt string) string {
	return fmt.Sprintf(`{"credential_type":"JWT","jwt":%q}`, base64.StdEncoding.EncodeToString([]byte(jwt)))
}

func (x *tenant) workloadToken() string {
	x.t.Helper()
	return x.post(issuePath, jwtBody(opasim.DefaultWorkloadJWT)).field(x.t, "token")
}

// getWith requests a path with these headers and no other Authorization.
func (x *tenant) getWith(path string, header map[string]string) response {
	x.t.Helper()
	request := newRequest(x.t, http.MethodGet, path, "")
	request.Header.Del("Authorization")
	for name, value := range header {
		request.Header[name] = []string{value} // in any case
	}
	return send(x.client, request)
}

func TestWorkloadToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newWorkloadTenant(t, opasim.Options{TokenLifetime: 10 * time.Minute})
		got := x.post(issuePath, jwtBody(opasim.DefaultWorkloadJWT))
		if object := got.object(t); got.status != http.StatusOK || len(object) != 1 {
			t.Fatalf("got %+v, want status 200 and only a token", got)
		}
		token := got.field(t, "token")
		if !slices.Equal(x.IssuedTokens(), []string{token}) || x.Logins() != 1 {
			t.Errorf("got issued tokens %q and %d logins, want %q and 1", x.IssuedTokens(), x.Logins(), token)
		}
		header := map[string]string{"X-OPA-Token": token}
		for _, path := range []string{"/current_user", "/users", "/all_servers", "/access_reports"} {
			x.wantStatus(path, x.getWith(path, header), http.StatusOK)
		}
		time.Sleep(10*time.Minute - time.Nanosecond)
		x.wantStatus("just before it expires", x.getWith("/current_user", header), http.StatusOK)
		time.Sleep(time.Nanosecond)
		if got := x.getWith("/current_user", header); got.status != 401 || got.field(t, "type") != "authentication_error" {
			t.Errorf("expired: got %+v, want 401 authentication_error", got)
		}
		x.wantViolations()
	})
}

func TestWorkloadTokenErrors(t *testing.T) {
	good := jwtBody(opasim.DefaultWorkloadJWT)
	encoded := base64.StdEncoding.EncodeToString([]byte(opasim.DefaultWorkloadJWT))
	for _, test := range []struct {
		name, path, body string
		status           int
		location         string // in error_cause
		violation        string
	}{
		{"another connection", "/workloads/other/issue_token", good, 404, "connection_name in path", ""},
		{"another JWT", issuePath, jwtBody("e30.e30.e30"), 400, "jwt in body", ""},
		{"another role", issuePath, strings.Replace(good, "}", `,"role_hint":"owner"}`, 1), 400, "role_hint in body", ""},
		{"JWT that is not encoded", issuePath, strings.Replace(good, encoded, opasim.DefaultWorkloadJWT, 1), 400, "jwt in body", "jwt: must be"},
		{"no padding", issuePath, strings.ReplaceAll(good, "=", ""), 400, "jwt in body", "jwt: must be"},
		{"wrapped lines", issuePath, strings.Replace(good, encoded, encoded[:8]+`\n`+encoded[8:], 1), 400, "jwt in body", "jwt: must be"},
		{"no JWT", issuePath, `{"credential_type":"JWT"}`, 400, "jwt in body", "jwt: must be"},
		{"another credential", issuePath, strings.Replace(good, "JWT", "jwt", 1), 400, "credential_type in body", "credential_type: must be JWT"},
		{"no credential", issuePath, `{"jwt":"e30="}`, 400, "credential_type in body", "credential_type: must be JWT"},
		{"unknown field", issuePath, strings.Replace(good, "}", `,"team":"demo"}`, 1), 400, "body in body", `unknown field "team"`},
		{"invalid JSON", issuePath, "jwt=e30=", 400, "body in body", "invalid JSON"},
	} {
		t.Run(test.name, func(t *testing.T) {
			x := newWorkloadTenant(t, opasim.Options{WorkloadRole: "reporter"})
			got := x.post(test.path, test.body)
			object := got.object(t)
			causes, _ := object["error_cause"].([]any)
			if got.status != test.status || object["code"] != float64(test.status) || object["error"] == nil || len(causes) != 1 {
				t.Fatalf("got %+v, want status %d and one error_cause", got, test.status)
			}
			cause, _ := causes[0].(map[string]any)
			if location := fmt.Sprintf("%v in %v", cause["location"], cause["location_type"]); location != test.location || cause["error"] == "" {
				t.Errorf("got %s, want location %s", got.body, test.location)
			}
			x.wantViolation(test.violation)
			if text := got.body + fmt.Sprint(x.Violations()); strings.Contains(text, encoded) || strings.Contains(text, opasim.DefaultWorkloadJWT) {
				t.Errorf("got the JWT in %s, want none", text)
			}
			if x.Logins() != 0 {
				t.Errorf("got %d logins, want 0", x.Logins())
			}
		})
	}
}

func TestNoWorkloadConnection(t *testing.T) {
	x := newTenant(t, opasim.Options{})
	x.wantStatus("response", x.post(issuePath, jwtBody(opasim.DefaultWorkloadJWT)), http.StatusNotFound)
	x.wantViolations()
}

// Each kind of token has its own header.
func TestTokenHeaders(t *testing.T) {
	x := newWorkloadTenant(t, opasim.Options{})
	workload := x.workloadToken()
	service := x.post("/service_token", goodKey).field(t, "bearer_token")
	if x.Logins() != 2 {
		t.Errorf("got %d logins, want 2", x.Logins())
	}
	for _, test := range []struct {
		name      string
		header    map[string]string
		violation string
	}{
		{"both headers", map[string]string{"Authorization": "Bearer " + service, "X-OPA-Token": workload}, "want one of them"},
		{"a workload's token as Bearer", map[string]string{"Authorization": "Bearer " + workload}, "belongs in X-OPA-Token"},
		{"a service user's token as X-OPA-Token", map[string]string{"X-OPA-Token": service}, "belongs in Authorization"},
		{"a static token as X-OPA-Token", map[string]string{"X-OPA-Token": staticToken}, "belongs in Authorization"},
		{"Bearer in X-OPA-Token", map[string]string{"X-OPA-Token": "Bearer " + workload}, "want Authorization"},
		{"an empty X-OPA-Token", map[string]string{"X-OPA-Token": ""}, "want Authorization"},
		{"a role of a service user", map[string]string{
			"Authorization": "Bearer " + service, "X-OPA-Workload-Role": "reporter",
		}, "requires X-OPA-Token"},
		{"an unknown token", map[string]string{"X-OPA-Token": "guess"}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			x.ResetLog()
			got := x.getWith("/current_user", test.header)
			if got.status != 401 || got.field(t, "type") != "authentication_error" {
				t.Errorf("got %+v, want 401 authentication_error", got)
			}
			x.wantViolation(test.violation)
		})
	}
	for _, name := range []string{"X-OPA-Token", "X-OPA-Workload-Role"} {
		for _, path := range []string{"/service_token", issuePath} {
			x.ResetLog()
			request := newRequest(t, http.MethodPost, path, "")
			request.Header.Del("Authorization")
			request.Header.Set(name, workload)
			x.wantStatus(path, send(x.client, request), http.StatusBadRequest)
			x.wantViolations(name + ": want a request without it")
		}
	}
}

func TestWorkloadRole(t *testing.T) {
	for _, test := range []struct {
		name, required, hint, requested string
		want                            string // a status, and its type
	}{
		{"none required", "", "", "", "200"},
		{"none required, any accepted", "", "auditor", "reporter", "200"},
		{"requested", "reporter", "", "reporter", "200"},
		{"hinted and requested", "reporter", "reporter", "reporter", "200"},
		{"only hinted", "reporter", "reporter", "", "401 authorization_error"},
		{"another", "reporter", "", "owner", "401 authorization_error"},
	} {
		t.Run(test.name, func(t *testing.T) {
			x := newWorkloadTenant(t, opasim.Options{WorkloadRole: test.required})
			body := strings.Replace(jwtBody(opasim.DefaultWorkloadJWT), "}", fmt.Sprintf(`,"role_hint":%q}`, test.hint), 1)
			header := map[string]string{"X-OPA-Token": x.post(issuePath, body).field(t, "token")}
			if test.requested != "" {
				header["X-OPA-Workload-Role"] = test.requested
			}
			resp := x.getWith("/access_reports", header)
			got := strconv.Itoa(resp.status)
			if resp.status != http.StatusOK {
				got += " " + resp.field(t, "type")
			}
			if got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
			x.wantViolations()
		})
	}
}

func TestRevokedWorkloadTokens(t *testing.T) {
	x := newWorkloadTenant(t, opasim.Options{})
	status := func(token string) int {
		return x.getWith("/current_user", map[string]string{"X-OPA-Token": token}).status
	}
	token := x.workloadToken()
	x.RevokeKey()
	if got := status(token); got != http.StatusOK {
		t.Errorf("after RevokeKey: got status %d, want 200", got)
	}
	x.RevokeTokens()
	if got := status(token); got != http.StatusUnauthorized {
		t.Errorf("after RevokeTokens: got status %d, want 401", got)
	}
	if got := status(x.workloadToken()); got != http.StatusOK {
		t.Errorf("new token: got status %d, want 200", got)
	}
	x.wantViolations()
}

func TestWorkloadMissingRole(t *testing.T) {
	x := newWorkloadTenant(t, opasim.Options{MissingRole: true})
	header := map[string]string{"X-OPA-Token": x.workloadToken()}
	for path, want := range map[string]int{"/users": 200, "/access_reports": 401} {
		x.wantStatus(path, x.getWith(path, header), want)
	}
}

// The log contains no secrets of a workload, whatever the case of the header is.
func TestWorkloadRequestsAreLogged(t *testing.T) {
	x := newWorkloadTenant(t, opasim.Options{})
	token := x.workloadToken()
	x.getWith("/current_user", map[string]string{"X-OPA-Token": token, "X-OPA-Workload-Role": "reporter"})
	x.getWith("/current_user", map[string]string{"x-opa-token": token})
	x.getWith("/current_user", map[string]string{"Authorization": "Bearer " + token})
	var got []string
	for _, r := range x.Requests() {
		got = append(got, fmt.Sprintf("%d %q %v %q", r.Status, r.Authorization, r.WorkloadToken, r.Header.Get("X-OPA-Workload-Role")))
	}
	want := []string{`200 "" false ""`, `200 "" true "reporter"`, `200 "" true ""`, `401 "Bearer" false ""`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	text := fmt.Sprintf("%+v %q", x.Requests(), x.Violations())
	for _, secret := range []string{token, opasim.DefaultWorkloadJWT, jwtBody(opasim.DefaultWorkloadJWT)} {
		if strings.Contains(text, secret) {
			t.Errorf("got the secret %q in the log, want none", secret)
		}
	}
}
