package client

import (
	"context"
	"log/slog"
	"net/url"
	"strings"
	"time"
)

// Looking up many users one by one takes as many requests as creating their
// reports. One page of the list of users has a hundred.
const (
	// Fewer are looked up one by one: the list may have many pages.
	minBulkLookup = 6
	// For each page that is read, the list must save this many single lookups.
	lookupsPerPage = 10
	// Limits the length of the URL.
	maxIDsPerRequest = 50
	// The bulk lookup only saves requests, so it must not use up the time of the read.
	bulkLookupTimeout = 15 * time.Second
)

// BulkUsers looks up many users with few requests, by name or id, and returns those
// that it found by the name or id as given. The caller must look up the others one
// by one. Service users are among them, and all others if the list cannot be read.
func (c *Client) BulkUsers(ctx context.Context, names, ids []string) map[string]User {
	ctx, cancel := context.WithTimeout(ctx, bulkLookupTimeout)
	defer cancel()
	found := map[string]User{}
	if len(names) >= minBulkLookup {
		// If a name was used before, the list also has the deleted user of that name.
		named := func(u User) string {
			if u.Status != "ACTIVE" {
				return ""
			}
			return u.Name
		}
		c.bulkUsers(ctx, c.path("users"), 1+len(names)/lookupsPerPage, names, named, found)
	}
	for readable := true; readable && len(ids) >= minBulkLookup; {
		some := ids[:min(len(ids), maxIDsPerRequest)]
		ids = ids[len(some):]
		query := url.Values{}
		canonical := make([]string, len(some))
		for i, id := range some {
			canonical[i] = strings.ToLower(id)
			query.Add("id", canonical[i])
		}
		byID := map[string]User{}
		readable = c.bulkUsers(ctx, withQuery(c.path("users"), query), 1+len(some)/lookupsPerPage, canonical, func(u User) string { return strings.ToLower(u.ID) }, byID)
		for i, id := range some {
			if user, ok := byID[canonical[i]]; ok {
				found[id] = user
			}
		}
	}
	return found
}

// bulkUsers reads a list of users until it found all wanted ones or read enough
// pages, and adds them to found. It reports whether the list could be read. It leaves
// out users that share a key.
func (c *Client) bulkUsers(
	ctx context.Context, address string, enough int, wanted []string, key func(User) string, found map[string]User,
) (readable bool) {
	missing := map[string]bool{}
	for _, name := range wanted {
		missing[name] = true
	}
	err := pages(ctx, c, nil, address, func(page []User, _ time.Time, _ bool) bool {
		for _, u := range page {
			switch other, again := found[key(u)]; {
			case again && other.ID != u.ID:
				delete(found, key(u))
			case u.ID != "" && missing[key(u)]:
				found[key(u)] = u
				delete(missing, key(u))
			}
		}
		enough--
		return len(missing) > 0 && enough > 0
	})
	if err != nil {
		c.log.LogAttrs(ctx, slog.LevelDebug, "Looking up users one by one because listing them failed", slog.String("error", err.Error()))
	}
	return err == nil
}
