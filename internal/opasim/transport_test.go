package opasim_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// transports starts a simulator in memory or on a socket.
var transports = map[string]func(*testing.T, opasim.Options) (*opasim.Sim, *http.Client, string){
	"memory": func(t *testing.T, opts opasim.Options) (*opasim.Sim, *http.Client, string) {
		t.Helper()
		sim, err := opasim.New(opts)
		if err != nil {
			t.Fatal(err)
		}
		return sim, &http.Client{Transport: sim.RoundTripper(), CheckRedirect: noRedirects}, baseURL
	},
	"socket": func(t *testing.T, opts opasim.Options) (*opasim.Sim, *http.Client, string) {
		t.Helper()
		server := opasim.Start(t, opts)
		transport := &http.Transport{}
		t.Cleanup(transport.CloseIdleConnections)
		return server.Sim, &http.Client{Transport: transport, CheckRedirect: noRedirects}, server.URL
	},
}

func TestTransportsAgree(t *testing.T) {
	for name, start := range transports {
		t.Run(name, func(t *testing.T) {
			sim, client, base := start(t, opasim.Options{
				World: opasim.GenerateWorld(3, 1), PageSize: 2, StaticTokens: []string{staticToken},
			})
			get := func(path string) response {
				return send(client, newRequest(t, http.MethodGet, base+"/v1/teams/demo"+path, ""))
			}
			got := get("/users")
			next := links(got.header)["next"]
			want := base + "/v1/teams/demo/users?offset=" + sim.World().User("user-0002").ID
			if got.status != http.StatusOK || next != want {
				t.Errorf("next: got %q, want %q", next, want)
			}
			if got.header.Get("Date") == "" || got.header.Get("Content-Length") == "" {
				t.Errorf("got header %v, want Date and Content-Length", got.header)
			}
			if got := get("/groups/all%2Dusers"); got.field(t, "name") != "all-users" {
				t.Errorf("got %+v, want the group all-users", got)
			}
			if got := sim.Count("GET", "/groups/all%2Dusers"); got != 1 {
				t.Errorf("got %d requests with the path as it was sent, want 1", got)
			}
			if got := sim.Violations(); got != nil {
				t.Errorf("got violations %q, want none", got)
			}
		})
	}
}

func TestClientDisconnects(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newTenant(t, opasim.Options{Latency: time.Minute})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		got := send(x.client, newRequest(t, http.MethodGet, "/current_user", "").WithContext(ctx))
		if !errors.Is(got.err, context.DeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("after %v: got %+v, want a deadline error after 1s", time.Since(start), got)
		}
		if status := x.Requests()[0].Status; status != 0 {
			t.Errorf("log: got status %d, want 0", status)
		}
		got = send(x.client, newRequest(t, http.MethodGet, "/current_user", "").WithContext(ctx))
		if !errors.Is(got.err, context.DeadlineExceeded) || len(x.Requests()) != 1 {
			t.Errorf("request with an expired context: got %+v and %d logged requests, want a deadline error and 1", got, len(x.Requests()))
		}
	})
}

// On a socket, the server notices the disconnect although the request has a body.
func TestClientDisconnectsOnASocket(t *testing.T) {
	sim, client, base := transports["socket"](t, opasim.Options{
		Latency: time.Hour, StaticTokens: []string{staticToken},
	})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	request := newRequest(t, http.MethodPost, base+"/v1/teams/demo/access_reports", "{}")
	if got := send(client, request.WithContext(ctx)); !errors.Is(got.err, context.DeadlineExceeded) {
		t.Errorf("got %+v, want a deadline error", got)
	}
	for deadline := time.Now().Add(5 * time.Second); sim.Requests()[0].Duration == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("got a request that is still in progress, want it to end with the connection")
		}
	}
}

func TestListenOnlyOnLoopback(t *testing.T) {
	sim, err := opasim.New(opasim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for _, address := range []string{"127.0.0.1:0", "localhost:0", "0.0.0.0:0", ":0", "192.0.2.1:0", "example.com:0", "127.0.0.1"} {
		server, err := sim.Listen(t.Context(), address)
		if err == nil {
			server.Close()
		}
		got[address] = err == nil
	}
	want := map[string]bool{
		"127.0.0.1:0": true, "localhost:0": true,
		"0.0.0.0:0": false, ":0": false, "192.0.2.1:0": false, "example.com:0": false, "127.0.0.1": false,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("accepted addresses (-want +got):\n%s", diff)
	}
}
