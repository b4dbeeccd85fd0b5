package opasim_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

func TestRequestsAreLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen []string
		x := newTenant(t, opasim.Options{
			Latency:   20 * time.Millisecond,
			OnRequest: func(r opasim.Request) { seen = append(seen, r.String()) },
			Faults:    parseFaults(t, "GET /groups close"),
		})
		x.get("/users?contains=l%20i")
		x.post("/service_token", goodKey)
		x.get("/groups")
		noScheme := newRequest(t, http.MethodGet, "/current_user", "")
		noScheme.Header.Set("Authorization", staticToken)
		send(x.client, noScheme)
		want := []string{
			"2000-01-01T00:00:00Z GET /v1/teams/demo/users?contains=l%20i → 200 (20ms)",
			"2000-01-01T00:00:00Z POST /v1/teams/demo/service_token → 200 (20ms)",
			"2000-01-01T00:00:00Z GET /v1/teams/demo/groups → no response (0s)",
			"2000-01-01T00:00:00Z GET /v1/teams/demo/current_user → 401 (20ms)",
		}
		if diff := cmp.Diff(want, seen); diff != "" {
			t.Errorf("log (-want +got):\n%s", diff)
		}
		requests := x.Requests()
		if requests[0].Authorization != "Bearer" || requests[1].Authorization != "" ||
			requests[3].Authorization != "malformed" ||
			requests[0].Header.Get("User-Agent") != "opasim-test" {
			t.Errorf("got requests %+v, want the schemes of their Authorization and their User-Agent", requests)
		}
		text := fmt.Sprintf("%+v %q", requests, x.Violations())
		for _, secret := range append(x.IssuedTokens(), staticToken, opasim.DefaultKeySecret) {
			if strings.Contains(text, secret) {
				t.Errorf("got the secret %q in the log, want none", secret)
			}
		}
	})
}

func TestCount(t *testing.T) {
	x := newTenant(t, opasim.Options{})
	report := x.create("larry.linuxadmin")
	x.get(report)
	x.get(report)
	x.get(report + "/report")
	x.get("/access_reports")
	for _, test := range []struct {
		method, path string
		want         int
	}{
		{http.MethodPost, "/access_reports", 1},
		{http.MethodGet, "/access_reports", 1},
		{http.MethodGet, "/access_reports/{id}", 2},
		{http.MethodGet, "*/report", 1},
		{"", "/access_reports*", 5},
		{"*", "/v1/teams/demo/*", 5},
		{http.MethodGet, "/users", 0},
	} {
		if got := x.Count(test.method, test.path); got != test.want {
			t.Errorf("%s %s: got %d, want %d", test.method, test.path, got, test.want)
		}
	}
	x.get("/nowhere")
	x.ResetLog()
	if len(x.Requests())+len(x.Violations())+x.Logins()+x.MaxInFlight()+x.MaxPending() != 0 {
		t.Errorf("after ResetLog: got requests %v and violations %v, want an empty log", x.Requests(), x.Violations())
	}
}

func TestInvalidOptions(t *testing.T) {
	for want, opts := range map[string]opasim.Options{
		`team "a/b"`:                {Team: "a/b"},
		`retry hint "soon"`:         {RetryHint: "soon"},
		`workload connection "a b"`: {WorkloadConnection: "a b"},
		`list order "best"`:         {ListOrder: "best"},
		"page size":                 {PageSize: -1},
		"latency":                   {Latency: -1},
		`CSV column "shoe"`:         {CSV: opasim.CSV{Extra: []opasim.Column{"shoe"}}},
		"CSV delimiter":             {CSV: opasim.CSV{Delimiter: '"'}},
		`CSV charset "ebcdic"`:      {CSV: opasim.CSV{Charset: "ebcdic"}},
		`fault 1: path "users"`:     {Faults: []opasim.Fault{{Path: "users"}}},
	} {
		if _, err := opasim.New(opts); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want one with %q", err, want)
		}
	}
}
