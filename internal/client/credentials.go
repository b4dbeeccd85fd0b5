package client

import (
	"context"
	"errors"
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
	renew func(context.Context, *progress) (token, error) // nil for a ready token

	mu      sync.Mutex
	current token
	renewal singleflight.Group[struct{}, token]
}

func (c *credentials) get(ctx context.Context, p *progress) (token, error) {
	if current, ok := c.valid(); ok {
		return current, nil
	}
	renewed, _, err := c.renewal.Do(ctx, struct{}{}, func(ctx context.Context) (token, error) {
		if current, ok := c.valid(); ok {
			return current, nil // another renewal ended just before this one began
		}
		renewed, err := c.renew(ctx, p)
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

// Token returns a bearer token for other API clients, and its expiration time in
// RFC 3339 as OPA writes it, or "" if that is not known. A workload has no bearer
// token.
func (c *Client) Token(ctx context.Context) (bearer, expiresAt string, err error) {
	if c.workload != nil {
		return "", "", errors.New("a workload's identity gives no bearer token: use the API key of a service user")
	}
	current, err := c.credentials.get(ctx, nil)
	return current.value, current.expiresAt, err
}
