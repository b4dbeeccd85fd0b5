package opasim_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

func parseFaults(t *testing.T, texts ...string) []opasim.Fault {
	t.Helper()
	faults := make([]opasim.Fault, len(texts))
	for i, text := range texts {
		var err error
		if faults[i], err = opasim.ParseFault(text); err != nil {
			t.Fatal(err)
		}
	}
	return faults
}

// Six requests show which of them a rule applies to.
func TestFaultSelectsRequests(t *testing.T) {
	for _, test := range []struct {
		rules []string
		want  string // - for a request that the rule does not apply to
	}{
		{[]string{"GET /current_user status=503"}, "503 503 503 503 503 503"},
		{[]string{"* /current_user times=2 status=503"}, "503 503 - - - -"},
		{[]string{"GET /current_user nth=3 status=503"}, "- - 503 503 503 503"},
		{[]string{"GET /current_user nth=3 times=1 status=503"}, "- - 503 - - -"},
		{[]string{"GET /current_user times=1 status=500", "GET */current_user times=2 status=502"}, "500 502 502 - - -"},
		{[]string{"POST /current_user status=503"}, "- - - - - -"},
		{[]string{"GET /current status=503"}, "- - - - - -"},
		{[]string{"GET /{anything} nth=6 status=503"}, "- - - - - 503"},
		{[]string{"GET /v1/teams/demo/current_user nth=6 status=503"}, "- - - - - 503"},
		{[]string{"GET /v1/current_user status=503"}, "- - - - - -"},
	} {
		x := newTenant(t, opasim.Options{Faults: parseFaults(t, test.rules...)})
		if got := statuses(x, 6); got != test.want {
			t.Errorf("%q: got %s, want %s", test.rules, got, test.want)
		}
	}
}

// statuses sends n requests and returns the statuses, with - for 200.
func statuses(x *tenant, n int) string {
	x.t.Helper()
	all := make([]string, n)
	for i := range all {
		all[i] = "-"
		if got := x.get("/current_user"); got.status != http.StatusOK {
			all[i] = strconv.Itoa(got.status)
		}
	}
	return strings.Join(all, " ")
}

func TestFaultProbability(t *testing.T) {
	run := func(seed uint64) string {
		rule := parseFaults(t, "GET * probability=0.5 status=503")
		return statuses(newTenant(t, opasim.Options{Seed: seed, Faults: rule}), 40)
	}
	first, again, other := run(1), run(1), run(2)
	if first != again || first == other || !strings.Contains(first, "503") || !strings.Contains(first, "-") {
		t.Errorf("got statuses\n%s for seed 1\n%s for seed 1 again\n%s for seed 2\nwant the same for the same seed, and some failures", first, again, other)
	}
}

func TestFaultPaths(t *testing.T) {
	x := newTenant(t, opasim.Options{})
	for _, test := range []struct {
		pattern, path string
		want          int
	}{
		{"/access_reports/{id}", "/access_reports/7", 503},
		{"/access_reports/{id}", "/access_reports/7/report", 404},
		{"/access_reports/{id}", "/access_reports", 200},
		{"/access_reports/*", "/access_reports/7/report", 503},
		{"*/report", "/access_reports/7/report", 503},
		{"*%2F*", "/groups/a%2Fb", 503},
		{"/groups/a/b", "/groups/a%2Fb", 404},
		{"/all.servers", "/all_servers", 200},
	} {
		x.SetFaults(opasim.Fault{Path: test.pattern, Status: 503})
		x.wantStatus(test.pattern+" for "+test.path, x.get(test.path), test.want)
	}
}

// Each case has what the client sees and the number of reports afterwards.
func TestFaultEffects(t *testing.T) {
	for _, test := range []struct {
		rule    string
		status  int
		body    string // a part
		err     error
		reports int
	}{
		{`POST /access_reports status=503`, 503, `"type":"service_offline"`, nil, 0},
		{`POST /access_reports status=502 after body="<html>Bad Gateway</html>" header="Content-Type: text/html"`, 502, "<html>Bad", nil, 1},
		{`POST /access_reports close`, 0, "", io.ErrUnexpectedEOF, 0},
		{`POST /access_reports close after`, 0, "", io.ErrUnexpectedEOF, 1},
		{`POST /access_reports cut=10`, 201, `{"created_`, io.ErrUnexpectedEOF, 1},
		{`POST /access_reports cut=10 framing=chunked`, 201, `{"created_`, io.ErrUnexpectedEOF, 1},
		{`POST /access_reports cut=10 framing=close`, 201, `{"created_`, nil, 1},
		{`POST /access_reports cut=-1`, 201, `"updated_at":`, io.ErrUnexpectedEOF, 1},
		{`POST /access_reports cut=0`, 201, ``, io.ErrUnexpectedEOF, 1},
		{`POST /access_reports framing=chunked`, 201, `"status":"COMPLETED"`, nil, 1},
		{`POST /access_reports body="not this"`, 201, "not this", nil, 1},
		{`POST /access_reports body=""`, 201, "", nil, 1},
		{`POST /access_reports status=204`, 204, "", nil, 0},
		{`POST /access_reports redirect=https://elsewhere.example/`, 307, "", nil, 0},
	} {
		for name, start := range transports {
			t.Run(name+" "+test.rule, func(t *testing.T) {
				sim, client, base := start(t, opasim.Options{Faults: parseFaults(t, test.rule), StaticTokens: []string{staticToken}})
				larry := sim.World().User("larry.linuxadmin").ID
				path := base + "/v1/teams/demo/access_reports"
				got := send(client, newRequest(t, http.MethodPost, path, userTarget(larry)))
				if got.status != test.status || !strings.Contains(got.body, test.body) {
					t.Errorf("got %+v, want status %d and a body with %q", got, test.status, test.body)
				}
				// Over a socket, a closed connection can result in different errors.
				if (got.err != nil) != (test.err != nil) || got.status != 0 && !errors.Is(got.err, test.err) {
					t.Errorf("got error %v, want %v", got.err, test.err)
				}
				if body := ` body=""`; strings.HasSuffix(test.rule, body) && got.body != "" {
					t.Errorf("got body %q, want none", got.body)
				}
				sim.SetFaults()
				list := send(client, newRequest(t, http.MethodGet, path, ""))
				if n := len(list.list(t, "id")); n != test.reports {
					t.Errorf("got %d reports, want %d", n, test.reports)
				}
			})
		}
	}
}

func TestDelays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newTenant(t, opasim.Options{
			Latency: time.Second,
			Faults:  parseFaults(t, "GET /current_user nth=2 delay=10s delay-after=20s"),
		})
		for i, want := range []time.Duration{time.Second, 31 * time.Second} {
			start := time.Now()
			x.get("/current_user")
			if got := time.Since(start); got != want {
				t.Errorf("request %d: got %v, want %v", i+1, got, want)
			}
		}
	})
}

func TestInvalidFaults(t *testing.T) {
	bad := opasim.Fault{Path: "/users", Status: 42}
	if _, err := opasim.New(opasim.Options{Faults: []opasim.Fault{{Path: "/users", Status: 500}, bad}}); err == nil ||
		!strings.Contains(err.Error(), "fault 2: status 42") {
		t.Errorf("New: got error %v, want one about the second rule", err)
	}
	defer func() {
		if recover() == nil {
			t.Error("SetFaults: got no panic, want one for an invalid rule")
		}
	}()
	newTenant(t, opasim.Options{}).SetFaults(bad)
}

func TestParseFault(t *testing.T) {
	for _, test := range []struct {
		text string
		want opasim.Fault
	}{
		{"GET */report times=2 status=503", opasim.Fault{Method: "GET", Path: "*/report", Times: 2, Status: 503}},
		{"  post   /access_reports\tnth=1 after close ", opasim.Fault{Method: "POST", Path: "/access_reports", Nth: 1, After: true, Close: true}},
		{"* * probability=0.25 delay=1s delay-after=2m", opasim.Fault{Method: "*", Path: "*", Probability: 0.25, Delay: time.Second, DelayAfter: 2 * time.Minute}},
		{"GET */report cut=-5 framing=close", opasim.Fault{Method: "GET", Path: "*/report", Cut: true, CutAfter: -5, Framing: opasim.FramingClose}},
		{
			`GET /users status=429 header="Retry-After: 7" header=x-a:b body="slow \"down\"\n"`,
			opasim.Fault{
				Method: "GET", Path: "/users", Status: 429, Body: []byte("slow \"down\"\n"),
				Header: http.Header{"Retry-After": {"7"}, "X-A": {"b"}},
			},
		},
		{`GET /users body=""`, opasim.Fault{Method: "GET", Path: "/users", Body: []byte{}}},
		{"GET /users redirect=https://a.example/b?c=d", opasim.Fault{Method: "GET", Path: "/users", Redirect: "https://a.example/b?c=d"}},
	} {
		got, err := opasim.ParseFault(test.text)
		if diff := cmp.Diff(test.want, got); diff != "" || err != nil {
			t.Errorf("%s: got error %v, want none (-want +got):\n%s", test.text, err, diff)
		}
	}
}

func TestParseFaultErrors(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"", "want a method, a path and at least one setting"},
		{"GET /users", "want a method, a path and at least one setting"},
		{"GET users status=500", `path "users": want a path below`},
		{"GET /users status", "want name=value, after or close"},
		{"GET /users close=1", "close takes no value"},
		{"GET /users color=red", `unknown setting "color"`},
		{"GET /users status=teapot", `status="teapot": invalid value`},
		{"GET /users status=99", "status 99: want 200 to 599"},
		{"GET /users delay=3", `delay="3": invalid value`},
		{"GET /users nth=-1 close", "must not be negative"},
		{"GET /users probability=2 close", "probability 2: want 0 to 1"},
		{"GET /users close status=500", "close sends no response"},
		{"GET /users framing=wide", `framing "wide": want length, chunked or close`},
		{"GET /users header=Retry-After", "want Name: value"},
		{`GET /users body="open`, "a double quote is not closed"},
	} {
		_, err := opasim.ParseFault(test.text)
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), fmt.Sprintf("fault %q: ", test.text)) {
			t.Errorf("%s: got error %v, want one with %q", test.text, err, test.want)
		}
	}
}
