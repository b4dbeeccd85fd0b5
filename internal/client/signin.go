package client

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"
)

// setCredentials configures how the client signs in.
func (c *Client) setCredentials(config Config) error {
	if err := checkCredentials(config); err != nil {
		return err
	}
	switch {
	case config.BearerToken != "":
		c.secrets.add(config.BearerToken)
		c.credentials.current = token{value: config.BearerToken}
	case config.Workload != nil:
		c.workload = config.Workload
		c.secrets.add(config.Workload.JWT)
		c.credentials.renew = func(ctx context.Context, p *progress) (token, error) {
			granted, err := c.issueToken(ctx, p, *config.Workload)
			if err != nil {
				return token{}, &SignInError{Connection: config.Workload.Connection, Err: err}
			}
			return granted, nil
		}
	default:
		c.secrets.add(config.KeySecret)
		c.credentials.renew = func(ctx context.Context, p *progress) (token, error) {
			granted, err := c.signIn(ctx, p, config.KeyID, config.KeySecret)
			if err != nil {
				return token{}, &SignInError{KeyID: config.KeyID, Err: err}
			}
			return granted, nil
		}
	}
	return nil
}

// checkCredentials returns an error unless a configuration has exactly one kind of
// credentials, which can be sent.
func checkCredentials(config Config) error {
	kinds := 0
	for _, isSet := range []bool{config.KeyID != "" && config.KeySecret != "", config.BearerToken != "", config.Workload != nil} {
		if isSet {
			kinds++
		}
	}
	switch {
	case kinds != 1:
		return errors.New("one of an API key (its id and its secret), a bearer token and a workload's identity is needed, and no more")
	case config.BearerToken != "" && !isToken(config.BearerToken):
		return errors.New("the bearer token has a blank, a line end or another character in it that a token cannot have")
	}
	return nil
}

const (
	// For a token without an expiration time (API.md, token-lifetime).
	assumedLifetime = 5 * time.Minute
	// Tokens are renewed up to this long before they expire, as in the official SDK,
	// at a random time: many processes may share a tenant.
	maxRenewalMargin = 2 * time.Minute
)

// signIn exchanges the API key of a service user for a token (API.md, service-token).
func (c *Client) signIn(ctx context.Context, p *progress, keyID, keySecret string) (token, error) {
	resp, err := c.do(ctx, request{
		method:    http.MethodPost,
		url:       c.path("service_token"),
		body:      map[string]string{"key_id": keyID, "key_secret": keySecret},
		anonymous: true,
		progress:  p,
	})
	if err != nil {
		return token{}, err
	}
	return c.grantedToken(resp)
}

// grantedToken returns the token in the response to a sign-in.
func (c *Client) grantedToken(resp *response) (token, error) {
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
	return token{
		value:     granted.BearerToken,
		renewAt:   renewalTime(granted.ExpiresAt.Value, resp.date),
		expiresAt: granted.ExpiresAt.Value,
	}, nil
}

// renewalTime returns when to renew a token, by our clock. now is the server's time.
func renewalTime(expiresAt string, now time.Time) time.Time {
	lifetime := assumedLifetime
	if end, err := time.Parse(time.RFC3339, expiresAt); err == nil && end.After(now) {
		lifetime = end.Sub(now) // by the server's clock only: ours may be wrong
	}
	margin := min(maxRenewalMargin, lifetime/5)
	return time.Now().Add(lifetime - randomBetween(margin/2, margin+1))
}

// isToken reports whether a text can be sent as a token in a header.
func isToken(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' })
}
