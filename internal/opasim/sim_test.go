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
	staticToken = "a-ready-token"
	baseURL     = "https://acme.example"
	teamURL     = baseURL + "/v1/teams/demo"
)

// tenant is a simulator with a client that keeps to the contract, in memory.
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

func noRedirects(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// get asks for a path below the team's, or for a whole URL.
func (x *tenant) get(path string) answer {
	x.t.Helper()
	return send(x.client, newRequest(x.t, http.MethodGet, path, ""))
}

func (x *tenant) post(path, body string) answer {
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

func (x *tenant) wantViolations(want ...string) {
	x.t.Helper()
	got := x.Violations()
	if len(got) != len(want) {
		x.t.Fatalf("violations %q, want %q", got, want)
	}
	for i := range want {
		if !strings.Contains(got[i], want[i]) {
			x.t.Errorf("violation %q, want one with %q", got[i], want[i])
		}
	}
}

// newRequest is a request with all that the contract asks for.
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

// answer is a response that was read to its end.
type answer struct {
	status int
	header http.Header
	body   string
	err    error // of the request, or of reading its body
}

func send(client *http.Client, request *http.Request) answer {
	response, err := client.Do(request)
	if err != nil {
		return answer{err: err}
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header, string(body), err}
}

func (a answer) object(tb testing.TB) map[string]any {
	tb.Helper()
	var object map[string]any
	if err := json.Unmarshal([]byte(a.body), &object); err != nil {
		tb.Fatalf("%+v: %v", a, err)
	}
	return object
}

// field is a field of the object, as text.
func (a answer) field(tb testing.TB, name string) string {
	tb.Helper()
	return fmt.Sprint(a.object(tb)[name])
}

// list is that field of every item, as text.
func (a answer) list(tb testing.TB, name string) []string {
	tb.Helper()
	items, ok := a.object(tb)["list"].([]any)
	if !ok {
		tb.Fatalf("no list: %+v", a)
	}
	values := make([]string, 0, len(items))
	for _, item := range items {
		object, ok := item.(map[string]any)
		if !ok {
			tb.Fatalf("not an object: %v", item)
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
