package provider_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"reflect"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode"

	"github.com/privileged-access/terraform-provider-opa/internal/clitest"
	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

const (
	// Limits for the duration of one read, and for the heap of all concurrent reads.
	hostileTime = 30 * time.Second
	hostileHeap = 2 << 30
	// Parts of the secret are unchanged in every encoding.
	hostileSecret = `kX7mQ2vTz9Lp4wN8&rYb3Zc6dHs1fGj5"\/<tV0aWe2uOi9pR8>%41 +é=nM4bVc7xZ2`
)

// hostileWorld is small, because each download of a hostile report may use 256 MiB.
const hostileWorld = `
	user "larry.linuxadmin" { email = "larry.linuxadmin@example.com" }
	user "user-1" {}
	user "user-2" {}
	user "user-3" {}
	user "user-4" {}
	user "user-5" {}
	user "terraform-reporter" {
		type = "service"
	}
	group "api-clients" {
		roles   = ["security_admin"]
		members = ["terraform-reporter"]
	}
	group "admins" {
		members = ["larry.linuxadmin"]
	}
	group "everybody" {
		members = ["larry.linuxadmin", "user-1", "user-2", "user-3", "user-4", "user-5"]
	}
	group "nobody-yet" {
		members = []
	}
	resource_group "commerce" {
		project "storefront" {
			server "web-01" {}
		}
	}
	policy "open" {
		groups = ["everybody"]
		rule "sign-in" {
			servers {
				project = "storefront"
			}
			individual = ["user"]
			conditions = ["mfa"]
		}
	}
`

// hostileReads returns arguments of every data source and ephemeral resource. Together,
// the reads request all endpoints of the API.
func hostileReads(sim *opasim.Sim) map[string][]config {
	larry, web := sim.World().User("larry.linuxadmin"), sim.World().Servers("web-01")[0]
	sim.AddReport(opasim.PastReport{UserID: larry.ID})
	var everybody []any // enough for a bulk lookup
	for _, user := range sim.World().Users() {
		if user.Type == "human" {
			everybody = append(everybody, user.ID)
		}
	}
	return map[string][]config{
		"opa_user_access_report":      {{"user_name": larry.Name, "include_csv": true}, {"user_id": larry.ID, "max_age": "1h"}},
		"opa_user_access_reports":     {{"group_name": "admins"}, {"group_name": "nobody-yet", "allow_empty": true}, {"user_ids": everybody, "allow_partial": true}},
		"opa_resource_access_report":  {{"hostname": web.Hostname}},
		"opa_resource_access_reports": {{"resource_group_id": web.ResourceGroupID}},
		"opa_team_access_report":      {{"subject_type": "resource"}, {"cross_check": true}},
		"opa_access_report":           {{"report_id": sim.AddReport(opasim.PastReport{UserID: larry.ID})}},
		"opa_access_reports":          {{}},
		"opa_user":                    {{"name": larry.Name}, {"id": larry.ID}, {"email": larry.Email}},
		"opa_users":                   {{}},
		"opa_groups":                  {{}, {"roles": []any{"security_admin"}}},
		"opa_group_members":           {{"group_name": "everybody"}},
		"opa_server":                  {{"hostname": web.Hostname}},
		"opa_servers":                 {{}},
		"opa_tenant_check":            {{"user_name": larry.Name, "hostname": web.Hostname}},

		"ephemeral.opa_user_access_report":     {{"user_name": larry.Name}},
		"ephemeral.opa_resource_access_report": {{"hostname": web.Hostname}},
		"ephemeral.opa_service_token":          {{}},
	}
}

// hostileCase is a read of a separate tenant with one hostile endpoint.
type hostileCase struct {
	read      string
	arguments config
	endpoint  string
	about     string
	body      hostileBody // nil for the tenant's responses
	tenant    *opasim.Sim
	requested sync.Map // the endpoints
}

func (c *hostileCase) String() string {
	return fmt.Sprintf("%s, %s: %s", c.read, c.endpoint, c.about)
}

// endpointOf returns the method and path of a request, with * for each name or ID.
func endpointOf(r *http.Request) string {
	parts := strings.Split(strings.TrimPrefix(r.URL.EscapedPath(), "/v1/teams/"), "/")[1:]
	if len(parts) > 1 && parts[0] != "service_token" {
		parts[1] = "*"
	}
	return r.Method + " /" + strings.Join(parts, "/")
}

// hostileServer is the server of all cases. Each case has a separate team.
type hostileServer struct {
	url   string
	cases sync.Map // by team
	teams atomic.Int64
}

func newHostileServer(t *testing.T) *hostileServer {
	t.Helper()
	h := new(hostileServer)
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	h.url = server.URL
	return h
}

func (h *hostileServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	team, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/v1/teams/"), "/")
	found, ok := h.cases.Load(team)
	if !ok {
		http.NotFound(w, r)
		return
	}
	c := found.(*hostileCase)
	endpoint := endpointOf(r)
	c.requested.Store(endpoint, true)
	if c.body == nil || c.endpoint != endpoint {
		c.tenant.ServeHTTP(w, r)
		return
	}
	sent, _ := io.ReadAll(r.Body)
	body := func() io.ReadCloser { return io.NopCloser(bytes.NewReader(sent)) }
	r.Body = body()
	c.body(w, r, func() *httptest.ResponseRecorder {
		r.Body = body()
		resp := httptest.NewRecorder()
		c.tenant.ServeHTTP(resp, r)
		return resp
	})
}

// add creates the tenant of a case, and adds the case to the server.
func (h *hostileServer) add(t *testing.T, c *hostileCase, world *opasim.World) (team string) {
	t.Helper()
	team = fmt.Sprint("team-", h.teams.Add(1))
	var err error
	if c.tenant, err = opasim.New(opasim.Options{World: world, Team: team, KeySecret: hostileSecret, Generation: time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	h.cases.Store(team, c)
	return team
}

// run reads once, and returns the state and the diagnostics. It checks the duration,
// and that the diagnostics contain no secrets and no control characters.
func (h *hostileServer) run(t *testing.T, c *hostileCase, world *opasim.World, index int) (state map[string]any, diags string) {
	t.Helper()
	team := h.add(t, c, world)
	defer h.cases.Delete(team)
	c.arguments = maps.Clone(hostileReads(c.tenant)[c.read][index])
	c.arguments["timeouts"] = map[string]any{"read": "20s"}
	if strings.HasPrefix(c.about, "in ") {
		c.arguments["timeouts"] = map[string]any{"read": "3s"} // an unknown status is polled until the timeout
	}
	s := newServer(t)
	if diags := s.configure(config{"base_url": h.url, "team": team, "key_id": opasim.DefaultKeyID, "key_secret": hostileSecret, "max_retries": 0}); diags != "" {
		t.Fatalf("got %s\nwant no diagnostics", diags)
	}
	ctx, cancel := context.WithTimeout(logged(t), hostileTime)
	defer cancel()
	state, diags = s.readOrOpenIn(ctx, c.read, c.arguments)
	if ctx.Err() != nil {
		t.Errorf("%s: got a read of more than %s, want less", c, hostileTime)
	}
	checkShown(t, c, diags)
	if profile, ok := state["profile"].(string); ok {
		checkShown(t, c, profile)
		for _, check := range state["checks"].([]any) {
			checkShown(t, c, check.(map[string]any)["detail"].(string))
		}
	}
	return state, diags
}

// checkShown checks that a text for people contains no secrets and no control characters.
func checkShown(t *testing.T, c *hostileCase, text string) {
	t.Helper()
	for _, secret := range append(c.tenant.IssuedTokens(), hostileSecret) {
		if leaked := partOf(secret, text); leaked != "" {
			t.Errorf("%s: got %q of a secret, want none in\n%s", c, leaked, text)
		}
	}
	if i := strings.IndexFunc(text, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }); i >= 0 {
		t.Errorf("%s: got %q, want no control characters", c, text)
	}
}

// partOf returns 8 characters of a secret that the text contains, or "".
func partOf(secret, text string) string {
	for i := range len(secret) - 7 {
		if part := secret[i : i+8]; strings.Contains(text, part) {
			return part
		}
	}
	return ""
}

// lanes limit the number of concurrent reads, by the cost of the hostile endpoint.
type lanes struct{ download, create, other chan struct{} }

func newLanes(large bool) lanes {
	if large {
		return lanes{make(chan struct{}, 1), make(chan struct{}, 4), make(chan struct{}, 2)}
	}
	return lanes{make(chan struct{}, 8), make(chan struct{}, 64), make(chan struct{}, 8)}
}

func (l lanes) of(endpoint string) chan struct{} {
	switch {
	case isDownload(endpoint):
		return l.download
	case endpoint == createEndpoint:
		return l.create // the read mostly waits to search for the lost report
	}
	return l.other
}

// honestRead is a read of a tenant without a hostile endpoint.
type honestRead struct {
	*hostileCase
	index int // among the reads of its name
	state map[string]any
}

// honestReads runs every read once. It returns the states and the requested endpoints.
func (h *hostileServer) honestReads(t *testing.T, world *opasim.World) (honest []honestRead) {
	t.Helper()
	sample, err := opasim.New(opasim.Options{World: world})
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	var mu sync.Mutex
	for read, all := range hostileReads(sample) {
		for index := range all {
			wait.Go(func() {
				c := &hostileCase{read: read, endpoint: "no endpoint", about: "honest"}
				state, diags := h.run(t, c, world, index)
				if state == nil {
					t.Errorf("%s: got %s\nwant a state", c, diags)
				}
				mu.Lock()
				defer mu.Unlock()
				honest = append(honest, honestRead{c, index, state})
			})
		}
	}
	wait.Wait()
	return honest
}

// Regardless of the response, a read must not exceed the limits for memory and time,
// leak a secret, write control characters, or look like an empty or complete report.
func TestHostileServer(t *testing.T) {
	// The limit is on what reads need, not on garbage that has not been collected.
	previous := debug.SetMemoryLimit(hostileHeap * 3 / 4)
	defer debug.SetMemoryLimit(previous)
	world := clitest.World(t, hostileWorld)
	h := newHostileServer(t)
	honest := h.honestReads(t, world)
	for kind, bodies := range hostileBodies() {
		t.Run(kind, func(t *testing.T) {
			h.readAll(t, world, honest, newLanes(len(bodies) == 1), map[string]map[string]hostileBody{kind: bodies}, func(endpoint string) bool { return endpoint != createEndpoint })
		})
	}
}

// The same for creates. After a lost create, a read waits for a long time before it
// searches for the report, so these run in parallel with other tests.
func TestHostileServerAtCreates(t *testing.T) {
	t.Parallel()
	previous := debug.SetMemoryLimit(hostileHeap * 3 / 4) // see TestHostileServer
	defer debug.SetMemoryLimit(previous)
	world := clitest.World(t, hostileWorld)
	h := newHostileServer(t)
	h.readAll(t, world, h.honestReads(t, world), newLanes(false), hostileBodies(), func(endpoint string) bool { return endpoint == createEndpoint })
}

// isDownload reports whether a path or an endpoint is the one of downloads.
func isDownload(path string) bool { return strings.HasSuffix(path, "/report") }

// createEndpoint creates reports.
const createEndpoint = "POST /access_reports"

// readAll runs all reads, with each of the wanted endpoints replaced by each body.
func (h *hostileServer) readAll(
	t *testing.T, world *opasim.World, honest []honestRead, lanes lanes, kinds map[string]map[string]hostileBody, wanted func(endpoint string) bool,
) {
	t.Helper()
	peak := watchHeap(t)
	var wait sync.WaitGroup
	for _, read := range honest {
		for endpoint := range read.requested.Range {
			if !wanted(endpoint.(string)) {
				continue
			}
			lane := lanes.of(endpoint.(string))
			for _, bodies := range kinds {
				// An ephemeral resource and the tenant check download like the data source that
				// they share their code with, and so does a second read. Large downloads take long.
				sharesDownload := read.index > 0 || strings.HasPrefix(read.read, "ephemeral.") || read.read == "opa_tenant_check"
				if len(bodies) == 1 && isDownload(endpoint.(string)) && sharesDownload {
					continue
				}
				for about, body := range bodies {
					c := &hostileCase{read: read.read, endpoint: endpoint.(string), about: about, body: body}
					wait.Go(func() {
						lane <- struct{}{}
						defer func() { <-lane }()
						state, diags := h.run(t, c, world, read.index)
						checkHostile(t, c, read.state, state, diags)
					})
				}
			}
		}
	}
	wait.Wait()
	got := peak()
	t.Logf("the heap grew to %d MiB", got>>20)
	if got > hostileHeap {
		t.Errorf("got a heap of %d MiB, want at most %d", got>>20, hostileHeap>>20)
	}
}

// checkHostile checks that a read failed, or returned no less than an honest read.
func checkHostile(t *testing.T, c *hostileCase, want, got map[string]any, diags string) {
	t.Helper()
	if got == nil {
		if !strings.HasPrefix(diags, "error: ") {
			t.Errorf("%s: got neither a state nor an error, want either\n%s", c, diags)
		}
		return
	}
	if got["status"] == "PARTIAL" {
		if !strings.Contains(diags, "warning: Missing access reports") {
			t.Errorf("%s: got status PARTIAL without a warning, want one\n%s", c, diags)
		}
		return
	}
	for _, list := range []string{"rows", "users", "resources", "members", "servers", "reports"} {
		honest, _ := want[list].([]any)
		rows, _ := got[list].([]any)
		if len(rows) < len(honest) {
			t.Errorf("%s: got %d %s, want an error or at least %d\n%s", c, len(rows), list, len(honest), diags)
		}
	}
	injected := strings.HasPrefix(c.about, "in ")
	if !injected && !reflect.DeepEqual(want["rows"], got["rows"]) {
		t.Errorf("%s: got rows %v, want an error or %v", c, got["rows"], want["rows"])
	}
	if got["ok"] == true && !injected && !reflect.DeepEqual(rowChecks(want), rowChecks(got)) {
		t.Errorf("%s: got ok and %v, want a failed check or %v", c, rowChecks(got), rowChecks(want))
	}
}

// rowChecks returns the checks of opa_tenant_check about the rows of its reports.
func rowChecks(state map[string]any) (checks []any) {
	all, _ := state["checks"].([]any)
	for _, check := range all {
		if strings.HasSuffix(check.(map[string]any)["name"].(string), "_rows") {
			checks = append(checks, check)
		}
	}
	return checks
}

// watchHeap measures the size of the heap until peak is called, which returns the
// maximum.
func watchHeap(t *testing.T) (peak func() uint64) {
	t.Helper()
	var largest atomic.Uint64
	measure := func() {
		sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		metrics.Read(sample)
		largest.Store(max(largest.Load(), sample[0].Value.Uint64()))
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		ticker := time.NewTicker(5 * time.Millisecond)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				measure()
			case <-ctx.Done():
				return
			}
		}
	}()
	return func() uint64 {
		cancel()
		<-done
		return largest.Load()
	}
}

// The reads of TestHostileServer request every endpoint that the client uses, and cover
// every data source and ephemeral resource.
func TestHostileReadsCoverAllEndpoints(t *testing.T) {
	t.Parallel()
	h := newHostileServer(t)
	world := clitest.World(t, hostileWorld)
	requested, reads := map[string]bool{}, map[string]bool{}
	for _, read := range h.honestReads(t, world) {
		reads[read.read] = true
		for endpoint := range read.requested.Range {
			requested[endpoint.(string)] = true
		}
	}
	want := []string{
		"GET /access_reports", "GET /access_reports/*", "GET /access_reports/*/report", "GET /all_servers", "GET /groups", "GET /groups/*", "GET /groups/*/users",
		"GET /resource_groups/*/all_servers", "GET /users", "GET /users/*", "GET /users_by_id/*", "POST /access_reports", "POST /service_token",
	}
	if got := slices.Sorted(maps.Keys(requested)); !slices.Equal(got, want) {
		t.Errorf("got endpoints %v\nwant %v", got, want)
	}
	s := newServer(t)
	for name := range s.schema.DataSourceSchemas {
		if !reads[name] {
			t.Errorf("got no read of %s, want one", name)
		}
	}
	for name := range s.schema.EphemeralResourceSchemas {
		if !reads["ephemeral."+name] {
			t.Errorf("got no read of ephemeral %s, want one", name)
		}
	}
}
