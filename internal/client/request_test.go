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

func TestRequestsAreTriedAgain(t *testing.T) {
	for name, test := range map[string]struct {
		fault opasim.Fault
		tries int // of 5
	}{
		"500":                    {opasim.Fault{Status: 500}, 5},
		"502":                    {opasim.Fault{Status: 502}, 5},
		"503":                    {opasim.Fault{Status: 503}, 5},
		"504":                    {opasim.Fault{Status: 504}, 5},
		"429":                    {opasim.Fault{Status: 429}, 5},
		"connection closed":      {opasim.Fault{Close: true}, 5},
		"answer too late":        {opasim.Fault{Delay: 2 * time.Minute}, 5},
		"body cut":               {opasim.Fault{Cut: true, CutAfter: -2}, 5},
		"passes":                 {opasim.Fault{Status: 503, Times: 2}, 3},
		"400":                    {opasim.Fault{Status: 400}, 1},
		"403":                    {opasim.Fault{Status: 403}, 1},
		"404":                    {opasim.Fault{Status: 404}, 1},
		"an answer that is none": {opasim.Fault{Status: 200, Body: []byte("<html>")}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				x := newTenant(t, opasim.Options{})
				test.fault.Method, test.fault.Path = http.MethodGet, "/users/{name}"
				x.SetFaults(test.fault)
				user, err := x.UserByName(t.Context(), "larry.linuxadmin")
				if (err == nil) != (name == "passes") || err == nil && user.ID != x.larry.ID {
					t.Errorf("%+v, %v", user, err)
				}
				if tries := x.Count(http.MethodGet, "/users/{name}"); tries != test.tries {
					t.Errorf("%d tries, not %d", tries, test.tries)
				}
				x.checkRequests()
			})
		})
	}
}

// A 429 whose time to come back is the present second is waited on all the same.
func TestA429ThatSaysNow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newTenant(t, opasim.Options{})
		now := strconv.FormatInt(time.Now().Unix(), 10)
		x.SetFaults(opasim.Fault{Path: "/users/{name}", Status: 429, Times: 4, Header: http.Header{"X-Ratelimit-Retry-At": {now}}})
		started := time.Now()
		if _, err := x.UserByName(t.Context(), "larry.linuxadmin"); err != nil || time.Since(started) < 2*time.Second {
			t.Errorf("%v after %s", err, time.Since(started))
		}
	})
}

// A statement of the network's that quotes the request is redacted, in errors and logs.
func TestSecretsInTheNetworksErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		x := newTenant(t, opasim.Options{}, func(c *client.Config) {
			c.Transport = echo{c.Transport}
			c.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		})
		_, err := x.UserByName(t.Context(), "larry.linuxadmin")
		if err == nil || !strings.Contains(err.Error(), "contained credentials") || !strings.Contains(log.String(), "contained credentials") {
			t.Fatalf("%v\n%s", err, &log)
		}
		for _, token := range x.IssuedTokens() {
			if strings.Contains(err.Error()+log.String(), token[:12]) {
				t.Errorf("a token is told: %v\n%s", err, &log)
			}
		}
	})
}

// echo is a network that fails with what it was sent.
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
				t.Errorf("%d tries with %d retries, %v", x.Count("*", "/users/{name}"), retries, err)
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
			t.Errorf("%v after %s", err, time.Since(started))
		}
	})
}

// After a 429 nobody sends anything until the server's time.
func TestTheGateHoldsEveryoneBack(t *testing.T) {
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
						t.Errorf("%d of %d requests were refused", refused, len(x.Requests()))
					}
					// What the limit allows takes some seconds; without a hint, pauses are
					// longer than need be.
					if took := time.Since(started); took > 20*time.Second && hint != opasim.RetryNone || took > 2*time.Minute {
						t.Errorf("it took %s", took)
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
			t.Errorf("%d requests were in flight at a time", x.MaxInFlight())
		}
	})
}

func TestToken(t *testing.T) {
	t.Run("one for all, at the first request", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			x := newTenant(t, opasim.Options{Latency: 20 * time.Millisecond})
			if len(x.Requests()) != 0 {
				t.Error("a request was made without a need")
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
				t.Errorf("%d logins", x.Logins())
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
					t.Errorf("%d logins, %d refusals", x.Logins(), refused)
				}
			})
		})
	}
	t.Run("renewed once when it was revoked", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			x := newTenant(t, opasim.Options{Generation: time.Minute})
			time.AfterFunc(10*time.Second, x.RevokeTokens)
			if _, err := x.Run(t.Context(), x.larry, 0); err != nil || x.Logins() != 2 || withStatus(x, http.StatusUnauthorized) != 1 {
				t.Errorf("%v, %d logins", err, x.Logins())
			}
		})
	})
	t.Run("its key was revoked", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			x := newTenant(t, opasim.Options{Generation: time.Minute})
			time.AfterFunc(10*time.Second, x.RevokeKey)
			_, err := x.Run(t.Context(), x.larry, 0)
			if refused, ok := errors.AsType[*client.SignInError](err); !ok || !refused.Refused() || x.Count("*", "/service_token") != 2 {
				t.Errorf("%v, %d requests for a token", err, x.Count("*", "/service_token"))
			}
		})
	})
	t.Run("its user lacks the role: no renewal", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			x := newTenant(t, opasim.Options{MissingRole: true})
			_, err := x.Run(t.Context(), x.larry, 0)
			if refused, ok := errors.AsType[*client.APIError](err); !ok || !refused.MissingRole() || x.Logins() != 1 || x.creates() != 1 {
				t.Errorf("%v, %d logins", err, x.Logins())
			}
		})
	})
	t.Run("ready made", func(t *testing.T) {
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
				t.Errorf("%v", err)
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
				t.Errorf("got %v", err)
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
					t.Errorf("%d requests for a token", n)
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
				t.Errorf("%s has the User-Agent %q", request, got)
			}
		}
		x.checkRequests()
	})
}

// A real server on a socket: connections are kept, compressed bodies read, and
// one that cannot be reached is told from one that does not answer.
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
		t.Fatalf("%+v, %v", result, err)
	}
	if n := connections.Load(); n != 1 {
		t.Errorf("%d connections for requests one after the other", n)
	}
}
