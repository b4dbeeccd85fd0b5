package opasim_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

const (
	staticToken = "a-static-token"
	baseURL     = "https://acme.example"
	teamURL     = baseURL + "/v1/teams/demo"
)

// tenant is a simulator with an in-memory client.
type tenant struct {
	*opasim.Sim
	t      testing.TB
	client *http.Client
}

func newTenant(tb testing.TB, opts opasim.Options) *tenant {
	tb.Helper()
	opts.StaticTokens = []string{staticToken}
	sim, err := opasim.New(opts)
	if err != nil {
		tb.Fatal(err)
	}
	client := &http.Client{Transport: sim.RoundTripper(), CheckRedirect: noRedirects}
	return &tenant{Sim: sim, t: tb, client: client}
}

// in returns the tenant for use in a subtest.
func (x *tenant) in(tb testing.TB) *tenant {
	tb.Helper()
	return &tenant{Sim: x.Sim, t: tb, client: x.client}
}

func noRedirects(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// get requests a path of the team, or a complete URL.
func (x *tenant) get(path string) response {
	x.t.Helper()
	return send(x.client, newRequest(x.t, http.MethodGet, path, ""))
}

func (x *tenant) post(path, body string) response {
	x.t.Helper()
	return send(x.client, newRequest(x.t, http.MethodPost, path, body))
}

// create creates a report on a user and returns its path.
func (x *tenant) create(user string) string {
	x.t.Helper()
	created := x.post("/access_reports", userTarget(x.World().User(user).ID))
	if created.status != http.StatusCreated {
		x.t.Fatalf("create: %+v", created)
	}
	return "/access_reports/" + created.field(x.t, "id")
}

// wantStatus checks the status of a response.
func (x *tenant) wantStatus(what string, got response, want int) {
	x.t.Helper()
	if got.status != want {
		x.t.Errorf("%s: got %+v, want status %d", what, got, want)
	}
}

// wantViolation checks that there is one violation with a text, or none for "".
func (x *tenant) wantViolation(text string) {
	x.t.Helper()
	if text == "" {
		x.wantViolations()
		return
	}
	x.wantViolations(text)
}

// wantViolations checks that the violations have these texts, in order.
func (x *tenant) wantViolations(want ...string) {
	x.t.Helper()
	got := x.Violations()
	if len(got) != len(want) {
		x.t.Fatalf("got violations %q, want %q", got, want)
	}
	for i := range want {
		if !strings.Contains(got[i], want[i]) {
			x.t.Errorf("got violation %q, want one with %q", got[i], want[i])
		}
	}
}

// newRequest returns a valid request.
func newRequest(tb testing.TB, method, path, body string) *http.Request {
	tb.Helper()
	if strings.HasPrefix(path, "/") {
		path = teamURL + path
	}
	request, err := http.NewRequestWithContext(tb.Context(), method, path, strings.NewReader(body))
	if err != nil {
		tb.Fatal(err)
	}
	request.Header.Set("User-Agent", "opasim-test")
	request.Header.Set("Accept", "application/json")
	if strings.HasSuffix(path, "/report") {
		request.Header.Set("Accept", "text/csv")
	}
	if method == http.MethodPost {
		request.Header.Set("Content-Type", "application/json")
	}
	if !strings.HasSuffix(path, "_token") {
		request.Header.Set("Authorization", "Bearer "+staticToken)
	}
	return request
}

// response is a response with its complete body.
type response struct {
	status int
	header http.Header
	body   string
	err    error // of the request, or of reading its body
}

func send(client *http.Client, request *http.Request) response {
	resp, err := client.Do(request)
	if err != nil {
		return response{err: err}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return response{resp.StatusCode, resp.Header, string(body), err}
}

func (r response) object(tb testing.TB) map[string]any {
	tb.Helper()
	var object map[string]any
	if err := json.Unmarshal([]byte(r.body), &object); err != nil {
		tb.Fatalf("got %+v, want a JSON object: %v", r, err)
	}
	return object
}

// field returns a field of the object as text.
func (r response) field(tb testing.TB, name string) string {
	tb.Helper()
	return fmt.Sprint(r.object(tb)[name])
}

// list returns a field of every item of the list as text.
func (r response) list(tb testing.TB, name string) []string {
	tb.Helper()
	items, ok := r.object(tb)["list"].([]any)
	if !ok {
		tb.Fatalf("got %+v, want a list", r)
	}
	values := make([]string, 0, len(items))
	for _, item := range items {
		object, ok := item.(map[string]any)
		if !ok {
			tb.Fatalf("got item %v, want an object", item)
		}
		values = append(values, fmt.Sprint(object[name]))
	}
	return values
}

func userTarget(id string) string {
	return fmt.Sprintf(`{"user":{"id":%q,"resource_type_filter":"server"}}`, id)
}

func resourceTarget(id string) string {
	return fmt.Sprintf(`{"resource":{"id":%q,"resource_type":"server"}}`, id)
}
