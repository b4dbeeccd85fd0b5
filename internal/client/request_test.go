package client_test

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/privileged-access/terraform-provider-opa/internal/client"
	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

func TestRetries(t *testing.T) {
	for name, test := range map[string]struct {
		fault opasim.Fault
		tries int // of 5
	}{
		"500":                  {opasim.Fault{Status: 500}, 5},
		"502":                  {opasim.Fault{Status: 502}, 5},
		"503":                  {opasim.Fault{Status: 503}, 5},
		"504":                  {opasim.Fault{Status: 504}, 5},
		"429":                  {opasim.Fault{Status: 429}, 5},
		"connection closed":    {opasim.Fault{Close: true}, 5},
		"timeout":              {opasim.Fault{Delay: 2 * time.Minute}, 5},
		"truncated body":       {opasim.Fault{Cut: true, CutAfter: -2}, 5},
		"transient":            {opasim.Fault{Status: 503, Times: 2}, 3},
		"400":                  {opasim.Fault{Status: 400}, 1},
		"403":                  {opasim.Fault{Status: 403}, 1},
		"404":                  {opasim.Fault{Status: 404}, 1},
		"HTML instead of JSON": {opasim.Fault{Status: 200, Body: []byte("<html>")}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				x := newTenant(t, opasim.Options{})
				test.fault.Method, test.fault.Path = http.MethodGet, "/users/{name}"
				x.SetFaults(test.fault)
				user, err := x.UserByName(t.Context(), "larry.linuxadmin")
				if (err == nil) != (name == "transient") || err == nil && user.ID != x.larry.ID {
					t.Errorf("got %+v and error %v, want another result", user, err)
				}
				if tries := x.Count(http.MethodGet, "/users/{name}"); tries != test.tries {
					t.Errorf("got %d attempts, want %d", tries, test.tries)
				}
				x.checkRequests()
			})
		})
	}
}

// A 429 that allows a retry in the current second delays it, too.
func TestRetryAtTheCurrentSecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newTenant(t, opasim.Options{})
		now := strconv.FormatInt(time.Now().Unix(), 10)
		x.SetFaults(opasim.Fault{Path: "/users/{name}", Status: 429, Times: 4, Header: http.Header{"X-Ratelimit-Retry-At": {now}}})
		started := time.Now()
		if _, err := x.UserByName(t.Context(), "larry.linuxadmin"); err != nil || time.Since(started) < 2*time.Second {
			t.Errorf("got error %v after %s, want another result", err, time.Since(started))
		}
	})
}

// A network error that quotes the request is redacted in errors and logs.
func TestSecretsInNetworkErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		x := newTenant(t, opasim.Options{}, func(c *client.Config) {
			c.Transport = echo{c.Transport}
			c.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		})
		_, err := x.UserByName(t.Context(), "larry.linuxadmin")
		if err == nil || !strings.Contains(err.Error(), "contained credentials") || !strings.Contains(log.String(), "contained credentials") {
			t.Fatalf("got error %v, want a redacted one\n%s", err, &log)
		}
		for _, token := range x.IssuedTokens() {
			if strings.Contains(err.Error()+log.String(), token[:12]) {
				t.Errorf("got a token in the error %v or the log, want none\n%s", err, &log)
			}
		}
	})
}

// echo is a transport whose error quotes the request.
type echo struct{ http.RoundTripper }

func (e echo) RoundTrip(r *http.Request) (*http.Response, error) {
	if sent := r.Header.Get("Authorization"); sent != "" {
		return nil, fmt.Errorf("malformed MIME header: missing colon: %q", "X-Echo "+sent)
	}
	return e.RoundTripper.RoundTrip(r)
}

func TestRetriesEndAtMaxRetries(t *testing.T) {
	for _, retries := range []int{0, 2, 7} {
		synctest.Test(t, func(t *testing.T) {
			x := newTenant(t, opasim.Options{Faults: []opasim.Fault{{Path: "/users/{name}", Status: 503}}}, func(c *client.Config) { c.MaxRetries = retries })
			if _, err := x.UserByName(t.Context(), "larry.linuxadmin"); err == nil || x.Count("*", "/users/{name}") != retries+1 {
				t.Errorf("got %d attempts with %d retries and error %v, want one more attempt than retries", x.Count("*", "/users/{name}"), retries, err)
			}
		})
	}
}

func TestRetriesEndWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newTenant(t, opasim.Options{}, func(c *client.Config) { c.MaxRetries = 1000 })
		x.SetFaults(opasim.Fault{Path: "/users/{name}", Status: 503})
		started := time.Now()
		_, err := x.UserByName(within(t, time.Minute), "larry.linuxadmin")
		if refused, ok := errors.AsType[*client.APIError](err); !ok || refused.StatusCode != http.StatusServiceUnavailable || time.Since(started) != time.Minute {
			t.Errorf("got error %v after %s, want another result", err, time.Since(started))
		}
	})
}

// After a 429, no request is sent until the time that the server requested.
func TestRateLimitHoldsAllRequests(t *testing.T) {
	for _, hint := range []opasim.RetryHint{opasim.RetryAt, opasim.RetryAfterSeconds, opasim.RetryAfterDate, opasim.RetryNone} {
		for _, skew := range []time.Duration{0, time.Hour, -time.Hour, 10 * time.Minute} {
			t.Run(string(hint)+" "+skew.String(), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					x := newTenant(t, opasim.Options{
						World: opasim.GenerateWorld(20, 1), ClockSkew: skew,
						RateLimit: opasim.RateLimit{PerSecond: 10}, RetryHint: hint, Latency: 20 * time.Millisecond,
					})
					started := time.Now()
					var wait sync.WaitGroup
					for _, user := range x.World().Users() {
						wait.Go(func() {
							if _, err := x.Run(t.Context(), userSubject(user), 0); err != nil {
								t.Error(err)
							}
						})
					}
					wait.Wait()
					refused := 0
					for _, request := range x.Requests() {
						if request.Status == http.StatusTooManyRequests {
							refused++
						}
					}
					if refused == 0 || refused > 40 {
						t.Errorf("got %d of %d requests refused, want fewer", refused, len(x.Requests()))
					}
					// What the limit allows takes some seconds; without a header, the
					// delays are longer than necessary.
					if took := time.Since(started); took > 20*time.Second && hint != opasim.RetryNone || took > 2*time.Minute {
						t.Errorf("got %s, want less", took)
					}
				})
			})
		}
	}
}

func TestRequestsInFlightAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newTenant(t, opasim.Options{World: opasim.GenerateWorld(30, 1), Latency: 20 * time.Millisecond}, func(c *client.Config) { c.MaxConcurrentRequests = 4 })
		var wait sync.WaitGroup
		for _, user := range x.World().Users() {
			wait.Go(func() {
				if _, err := x.UserByName(t.Context(), user.Name); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		if x.MaxInFlight() != 4 {
			t.Errorf("got %d requests in flight, want at most the limit", x.MaxInFlight())
		}
	})
}

func TestToken(t *testing.T) {
	t.Run("shared, requested at the first request", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			x := newTenant(t, opasim.Options{Latency: 20 * time.Millisecond})
			if len(x.Requests()) != 0 {
				t.Error("got a request before it was needed, want none")
			}
			var wait sync.WaitGroup
			for range 8 {
				wait.Go(func() {
					if _, err := x.UserByName(t.Context(), "larry.linuxadmin"); err != nil {
						t.Error(err)
					}
				})
			}
			wait.Wait()
			if x.Logins() != 1 {
				t.Errorf("got %d logins, want 1", x.Logins())
			}
			x.checkRequests()
		})
	})
	for _, skew := range []time.Duration{0, time.Hour, -time.Hour} {
		t.Run("renewed before it expires, clock skew "+skew.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				x := newTenant(t, opasim.Options{Generation: 5 * time.Minute, TokenLifetime: time.Minute, ClockSkew: skew})
				if _, err := x.Run(t.Context(), x.larry, 0); err != nil {
					t.Fatal(err)
				}
				if refused := withStatus(x, http.StatusUnauthorized); refused != 0 || x.Logins() < 5 || x.Logins() > 8 {
					t.Errorf("got %d logins and %d refusals, want renewals and no refusals", x.Logins(), refused)
				}
			})
		})
	}
	t.Run("renewed once after it was revoked", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			x := newTenant(t, opasim.Options{Generation: time.Minute})
			time.AfterFunc(10*time.Second, x.RevokeTokens)
			if _, err := x.Run(t.Context(), x.larry, 0); err != nil || x.Logins() != 2 || withStatus(x, http.StatusUnauthorized) != 1 {
				t.Errorf("got error %v and %d logins, want others", err, x.Logins())
			}
		})
	})
	t.Run("revoked key", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			x := newTenant(t, opasim.Options{Generation: time.Minute})
			time.AfterFunc(10*time.Second, x.RevokeKey)
			_, err := x.Run(t.Context(), x.larry, 0)
			if refused, ok := errors.AsType[*client.SignInError](err); !ok || !refused.Refused() || x.Count("*", "/service_token") != 2 {
				t.Errorf("got error %v and %d token requests, want others", err, x.Count("*", "/service_token"))
			}
		})
	})
	t.Run("missing role: no renewal", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			x := newTenant(t, opasim.Options{MissingRole: true})
			_, err := x.Run(t.Context(), x.larry, 0)
			if refused, ok := errors.AsType[*client.APIError](err); !ok || !refused.MissingRole() || x.Logins() != 1 || x.creates() != 1 {
				t.Errorf("got error %v and %d logins, want others", err, x.Logins())
			}
		})
	})
	t.Run("bearer token", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			x := newTenant(t, opasim.Options{StaticTokens: []string{"a-ready-token"}}, func(c *client.Config) {
				c.KeyID, c.KeySecret, c.BearerToken = "", "", "a-ready-token"
			})
			if _, err := x.Run(t.Context(), x.larry, 0); err != nil {
				t.Fatal(err)
			}
			x.RevokeTokens()
			_, err := x.Run(t.Context(), x.larry, 0)
			if refused, ok := errors.AsType[*client.APIError](err); !ok || refused.StatusCode != http.StatusUnauthorized || x.Count("*", "/service_token") != 0 {
				t.Errorf("got %v, want another result", err)
			}
		})
	})
	for name, body := range map[string]string{
		"none":                   `{}`,
		"of another team":        `{"bearer_token":"t","expires_at":"2099-01-01T00:00:00Z","team_name":"other"}`,
		"that breaks the header": `{"bearer_token":"a\r\nb"}`,
		"not JSON":               `<html>`,
	} {
		t.Run(name, func(t *testing.T) {
			x := newTenant(t, opasim.Options{Faults: []opasim.Fault{{Path: "/service_token", Status: 200, Body: []byte(body)}}})
			_, err := x.UserByName(t.Context(), "larry.linuxadmin")
			if _, ok := errors.AsType[*client.ProtocolError](err); !ok {
				t.Errorf("got %v, want another error", err)
			}
		})
	}
	for name, body := range map[string]string{
		"an end that cannot be read": `{"bearer_token":"some-token","expires_at":"soon"}`,
		"an end that is past":        `{"bearer_token":"some-token","expires_at":"2001-01-01T00:00:00Z"}`,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				x := newTenant(t, opasim.Options{StaticTokens: []string{"some-token"}, Faults: []opasim.Fault{{Path: "/service_token", Status: 200, Body: []byte(body)}}})
				for range 3 {
					if _, err := x.UserByName(t.Context(), "larry.linuxadmin"); err != nil {
						t.Fatal(err)
					}
				}
				if n := x.Count("*", "/service_token"); n != 1 {
					t.Errorf("got %d token requests, want fewer", n)
				}
			})
		})
	}
}

func withStatus(x *tenant, status int) (n int) {
	for _, request := range x.Requests() {
		if request.Status == status {
			n++
		}
	}
	return n
}

func TestUserAgentAndMethodsOfEveryRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newTenant(t, opasim.Options{})
		if _, err := x.Run(t.Context(), x.larry, 0); err != nil {
			t.Fatal(err)
		}
		for _, request := range x.Requests() {
			if got := request.Header.Get("User-Agent"); got != "Terraform/1.0 terraform-provider-opa/test" {
				t.Errorf("%s: got the User-Agent %q, want that of the configuration", request, got)
			}
		}
		x.checkRequests()
	})
}

// With a server on a socket, connections are kept and compressed bodies are read, and an
// unreachable server causes another error than one that does not respond.
func TestOverTheNetwork(t *testing.T) {
	sim := opasim.Start(t, opasim.Options{PageSize: 2, Generation: 100 * time.Millisecond})
	var connections atomic.Int32
	proxy := httptest.NewUnstartedServer(sim)
	proxy.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	proxy.Start()
	defer proxy.Close()
	config := configFor(sim.Sim)
	config.BaseURL, config.Transport = proxy.URL, nil
	c, err := client.New(config)
	if err != nil {
		t.Fatal(err)
	}
	result, err := c.Run(t.Context(), userSubject(sim.World().User("larry.linuxadmin")), 0)
	if err != nil || !strings.Contains(result.CSV, "larry.linuxadmin") {
		t.Fatalf("got %+v and error %v, want a result", result, err)
	}
	if n := connections.Load(); n != 1 {
		t.Errorf("got %d connections for sequential requests, want 1", n)
	}
}
