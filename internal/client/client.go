// Package client is a client of the Okta Privileged Access (OPA) API. It signs in,
// looks up users and servers, and runs access reports: it creates them, polls them
// and downloads their CSV. It depends neither on Terraform nor on the CSV's content.
//
// Where the API is not documented, the package accepts every plausible response
// and returns an error for the rest. A failure never looks like an empty result.
// Names in comments, as in (API.md, NAME), are those of internal/opasim/API.md.
package client

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-cleanhttp"
	"resenje.org/singleflight"
)

// Default values for a Config.
const (
	DefaultRequestTimeout        = 60 * time.Second
	DefaultMaxRetries            = 4
	DefaultMaxConcurrentRequests = 32
	DefaultMaxPendingReports     = 500
)

// Config is the configuration of a Client: tenant, credentials and limits.
type Config struct {
	BaseURL string // the tenant's URL, see ParseBaseURL
	Team    string

	// One of: the API key of a service user, a ready token, a workload's identity.
	KeyID, KeySecret string
	BearerToken      string
	Workload         *Workload

	UserAgent             string
	RequestTimeout        time.Duration // for one try at one request, its body included
	MaxRetries            int           // of one request, after the first try; may be 0
	MaxConcurrentRequests int           // in flight; fewer if the tenant slows down or refuses requests
	MaxPendingReports     int           // being generated

	Logger    *slog.Logger      // nil: no logs
	Transport http.RoundTripper // nil: the package's own
	// Observe, if it is not nil, returns the transport to use in place of Transport, such as
	// one that records the responses.
	Observe func(http.RoundTripper) http.RoundTripper
}

// Client is a client of one tenant with one set of credentials. It is safe for
// concurrent use. All callers share its token, limits and running reports.
type Client struct {
	root       string // of the team's API, without a slash at the end
	origin     *url.URL
	team       string
	workload   *Workload // nil for a bearer token
	userAgent  string
	timeout    time.Duration
	maxRetries int
	transport  http.RoundTripper
	log        *slog.Logger

	credentials credentials
	secrets     secrets
	limiter     limiter
	pending     chan struct{} // holds a token for each report being generated
	largeBody   slot          // held while a large body is read or decoded
	largeList   slot          // held while the rest of a large list is read

	polls    pollScheduler
	runs     singleflight.Group[job, *Result]
	running  progressTable
	listings singleflight.Group[struct{}, listing]
	// suggestions shares the pages that lookups of wrong names read, by address.
	suggestions singleflight.Group[string, any]
	suggested   atomic.Int32 // number of wrong names with suggestions
}

// New returns a client for a configuration, which it validates. It sends no request.
func New(config Config) (*Client, error) {
	origin, err := ParseBaseURL(config.BaseURL)
	if err != nil {
		return nil, fmt.Errorf("invalid base URL: %w", err)
	}
	if err := CheckTeam(config.Team); err != nil {
		return nil, err
	}
	switch {
	case config.RequestTimeout <= 0, config.MaxRetries < 0, config.MaxConcurrentRequests < 1, config.MaxPendingReports < 1:
		return nil, errors.New("a limit is out of range")
	}
	c := &Client{
		root:       origin.String() + "/v1/teams/" + escape(config.Team),
		origin:     origin,
		team:       config.Team,
		userAgent:  config.UserAgent,
		timeout:    config.RequestTimeout,
		maxRetries: config.MaxRetries,
		transport:  config.Transport,
		log:        config.Logger,
		limiter:    limiter{window: window{most: config.MaxConcurrentRequests}},
		pending:    make(chan struct{}, config.MaxPendingReports),
		largeBody:  newSlot(),
		largeList:  newSlot(),
	}
	if c.transport == nil {
		transport := cleanhttp.DefaultPooledTransport()
		transport.MaxIdleConnsPerHost = config.MaxConcurrentRequests
		transport.MaxResponseHeaderBytes = maxHeaders
		transport.DisableCompression = true // readBody decodes: it must see how the body ends
		c.transport = transport
	}
	if config.Observe != nil {
		c.transport = config.Observe(c.transport)
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	c.log = slog.New(redactingHandler{c.log.Handler(), &c.secrets})
	if err := c.setCredentials(config); err != nil {
		return nil, err
	}
	return c, nil
}

var teamPattern = regexp.MustCompile(`^[\w\-.]+$`)

// CheckTeam returns an error if a team name is not valid (API.md, team-name).
func CheckTeam(team string) error {
	if !teamPattern.MatchString(team) || strings.Trim(team, ".") == "" {
		return fmt.Errorf("%q is not a valid team name. Use only letters, digits, hyphens, underscores and dots", team)
	}
	return nil
}

// ParseBaseURL parses the URL of a tenant, such as https://acme.pam.okta.com
// (API.md, base-url). The scheme is https, or http for a loopback host. It has no path.
func ParseBaseURL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "":
		return nil, errors.New("it does not have the form https://acme.pam.okta.com")
	case u.User != nil:
		return nil, errors.New("it must not contain a user name or password. Use the arguments for credentials instead")
	case u.Scheme != "https" && !(u.Scheme == "http" && isLoopback(u.Hostname())):
		return nil, fmt.Errorf("the scheme must be https, not %q, because credentials are sent to this URL (http is allowed only for loopback addresses)", u.Scheme)
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("it must not have anything after the host. Use %s://%s", u.Scheme, u.Host)
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host}, nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
