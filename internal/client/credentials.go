package client

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"resenje.org/singleflight"
)

// token is a bearer token. The zero time for renewAt means that it is not
// renewed.
type token struct {
	value     string
	renewAt   time.Time
	expiresAt string // as OPA writes it
}

// credentials holds the token of requests. It is fetched for the first request,
// shared by all, and renewed before it expires. (golang.org/x/oauth2 cannot discard
// a refused token, and its sources ignore contexts.)
type credentials struct {
	renew func(ctx context.Context) (token, error) // nil for a ready token

	mu      sync.Mutex
	current token
	renewal singleflight.Group[struct{}, token]
}

func (c *credentials) get(ctx context.Context) (token, error) {
	if current, ok := c.valid(); ok {
		return current, nil
	}
	renewed, _, err := c.renewal.Do(ctx, struct{}{}, func(ctx context.Context) (token, error) {
		if current, ok := c.valid(); ok {
			return current, nil // another renewal ended just before this one began
		}
		renewed, err := c.renew(ctx)
		if err != nil {
			return token{}, err
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.current = renewed
		return renewed, nil
	})
	return renewed, err
}

func (c *credentials) valid() (token, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.current, c.current.value != "" && (c.current.renewAt.IsZero() || time.Now().Before(c.current.renewAt))
}

// drop discards a refused token, and reports whether a new one can be requested.
func (c *credentials) drop(refused token) bool {
	if c.renew == nil {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.current.value == refused.value {
		c.current = token{}
	}
	return true
}

// identify decides how the client signs in.
func (c *Client) identify(config Config) error {
	hasKey := config.KeyID != "" && config.KeySecret != ""
	ways := 0
	for _, way := range []bool{hasKey, config.BearerToken != "", config.Workload != nil} {
		if way {
			ways++
		}
	}
	if ways != 1 {
		return errors.New("one of an API key (its id and its secret), a bearer token and a workload's identity is needed, and no more")
	}
	switch {
	case config.BearerToken != "" && !isToken(config.BearerToken):
		return errors.New("the bearer token has a blank, a line end or another character in it that a token cannot have")
	case hasKey:
		c.secrets.add(config.KeySecret)
		c.credentials.renew = func(ctx context.Context) (token, error) {
			granted, err := c.signIn(ctx, config.KeyID, config.KeySecret)
			if err != nil {
				err = &SignInError{KeyID: config.KeyID, Err: err}
			}
			return granted, err
		}
	case config.Workload != nil:
		c.workload = config.Workload
		c.secrets.add(config.Workload.JWT)
		c.credentials.renew = func(ctx context.Context) (token, error) {
			granted, err := c.issueToken(ctx, *config.Workload)
			if err != nil {
				err = &SignInError{Connection: config.Workload.Connection, Err: err}
			}
			return granted, err
		}
	default:
		c.secrets.add(config.BearerToken)
		c.credentials.current = token{value: config.BearerToken}
	}
	return nil
}

// Token returns a bearer token for other API clients, and its expiration time in
// RFC 3339 as OPA writes it, or "" if that is not known. A workload has no bearer
// token.
func (c *Client) Token(ctx context.Context) (bearer, expiresAt string, err error) {
	if c.workload != nil {
		return "", "", errors.New("a workload's identity gives no bearer token: use the API key of a service user")
	}
	current, err := c.credentials.get(ctx)
	return current.value, current.expiresAt, err
}

const (
	// For a token without an expiration time (API.md, token-lifetime).
	assumedLifetime = 5 * time.Minute
	// Tokens are renewed up to this long before they expire, as in the official SDK,
	// at a random time: many processes may share a tenant.
	maxRenewalMargin = 2 * time.Minute
)

// signIn exchanges the API key of a service user for a token (API.md, service-token).
func (c *Client) signIn(ctx context.Context, keyID, keySecret string) (token, error) {
	resp, err := c.do(ctx, request{
		method:    http.MethodPost,
		url:       c.path("service_token"),
		body:      map[string]string{"key_id": keyID, "key_secret": keySecret},
		anonymous: true,
	})
	if err != nil {
		return token{}, err
	}
	var granted struct {
		BearerToken string           `json:"bearer_token"`
		ExpiresAt   optional[string] `json:"expires_at"`
		TeamName    string           `json:"team_name"`
	}
	if err := resp.decodeJSON(&granted); err != nil {
		return token{}, err
	}
	c.secrets.add(granted.BearerToken) // before any message about the response
	switch {
	case !isToken(granted.BearerToken):
		return token{}, protocolErrorf("it has no token")
	case granted.TeamName != "" && !strings.EqualFold(granted.TeamName, c.team):
		return token{}, protocolErrorf("the token is for the team %q, not %q", c.secrets.redact(granted.TeamName), c.team)
	}
	lifetime := assumedLifetime
	if end, err := time.Parse(time.RFC3339, granted.ExpiresAt.Value); err == nil && end.After(resp.date) {
		lifetime = end.Sub(resp.date) // by the server's clock alone: ours may be off
	}
	margin := min(maxRenewalMargin, lifetime/5)
	return token{
		value:     granted.BearerToken,
		renewAt:   time.Now().Add(lifetime - randomBetween(margin/2, margin+1)),
		expiresAt: granted.ExpiresAt.Value,
	}, nil
}

// isToken reports whether a text can be sent as a token in a header.
func isToken(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' })
}
