package client

import (
	"context"
	"log/slog"
	"net/url"
	"strings"
	"time"
)

// Looking many users up one by one takes as many requests as making their
// reports. The list of users tells a hundred at a time.
const (
	// Fewer are looked up one by one: the list may have many pages.
	minBulkLookup = 6
	// A page of the list must be worth this many look-ups, or as many are left to
	// be made one by one.
	lookupsPerPage = 10
	// So many ids go into a request, that its address does not grow too long.
	maxIDsPerRequest = 50
	// What only saves requests must not cost the time of the read.
	bulkLookupTimeout = 15 * time.Second
)

// BulkUsers finds many users by few requests, as far as that goes, by their names
// or ids as they are given. Who is not found so, service users among them, is
// yet to be looked up; so is everybody else, once the list cannot be read.
func (c *Client) BulkUsers(ctx context.Context, names, ids []string) map[string]User {
	ctx, cancel := context.WithTimeout(ctx, bulkLookupTimeout)
	defer cancel()
	found := map[string]User{}
	if len(names) >= minBulkLookup {
		// Of a name that was given out before, the list has who was deleted as well.
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

// bulkUsers adds those of a list of users who are wanted, until all are found or
// enough pages were read, and says whether the list could be read. One whose key
// stands twice is left out.
func (c *Client) bulkUsers(
	ctx context.Context, address string, enough int, wanted []string, key func(User) string, found map[string]User,
) (readable bool) {
	missing := map[string]bool{}
	for _, name := range wanted {
		missing[name] = true
	}
	err := pages(ctx, c, address, func(page []User, _ time.Time) bool {
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
		c.log.LogAttrs(ctx, slog.LevelDebug, "Users are looked up one by one, for they could not be listed", slog.String("error", err.Error()))
	}
	return err == nil
}
