package client_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/privileged-access/terraform-provider-opa/internal/client"
	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// tenant is a simulated tenant and a client of it, both in memory, so that
// their time can be virtual.
type tenant struct {
	*opasim.Sim
	*client.Client
	larry client.Subject
	t     *testing.T
}

func newTenant(t *testing.T, options opasim.Options, adjust ...func(*client.Config)) *tenant {
	t.Helper()
	sim, err := opasim.New(options)
	if err != nil {
		t.Fatal(err)
	}
	config := configFor(sim)
	for _, adjust := range adjust {
		adjust(&config)
	}
	c, err := client.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return &tenant{Sim: sim, Client: c, t: t, larry: userSubject(sim.World().User("larry.linuxadmin"))}
}

func configFor(sim *opasim.Sim) client.Config {
	return client.Config{
		BaseURL: "https://acme.example", Team: opasim.DefaultTeam,
		KeyID: opasim.DefaultKeyID, KeySecret: opasim.DefaultKeySecret,
		UserAgent:             "Terraform/1.0 terraform-provider-opa/test",
		RequestTimeout:        client.DefaultRequestTimeout,
		MaxRetries:            client.DefaultMaxRetries,
		MaxConcurrentRequests: client.DefaultMaxConcurrentRequests,
		MaxPendingReports:     client.DefaultMaxPendingReports,
		Transport:             sim.RoundTripper(),
	}
}

func userSubject(u *opasim.User) client.Subject {
	if u == nil {
		return client.Subject{}
	}
	return client.Subject{Kind: client.UserSubject, ID: u.ID, ResourceType: "server"}
}

// creates returns the number of create requests.
func (x *tenant) creates() int { return x.Count(http.MethodPost, "/access_reports") }

// polls returns the number of requests for the state of a report.
func (x *tenant) polls() int { return x.Count(http.MethodGet, "/access_reports/{id}") }

// within returns a context that ends after a time.
func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// checkRequests fails the test if a request was sent that the API does not document.
func (x *tenant) checkRequests() {
	x.t.Helper()
	for _, violation := range x.Violations() {
		x.t.Errorf("got the violation %q, want none", violation)
	}
}
