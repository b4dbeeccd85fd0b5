package client_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/privileged-access/terraform-provider-opa/internal/client"
	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// tenants are tenants in which all lookups must return the same.
var tenants = map[string]opasim.Options{
	"a plain tenant":                  {},
	"pages of two":                    {PageSize: 2},
	"pages of one, links in lines":    {PageSize: 1, LinkLines: true},
	"no count":                        {NoCount: true, PageSize: 2},
	"filters are ignored":             {IgnoreServerFilters: true, PageSize: 3},
	"no users_by_id":                  {NoUsersByID: true},
	"no users_by_id, filters ignored": {NoUsersByID: true, IgnoreServerFilters: true, PageSize: 2},
	"service users on their own":      {NoUsersByID: true, OnlyServiceUsers: true},
	"zero times for null":             {ZeroDeletedAt: true},
}

func TestUsers(t *testing.T) {
	for name, options := range tenants {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				x := newTenant(t, options)
				for _, want := range x.World().Users() {
					byName, err := x.UserByName(t.Context(), want.Name)
					if err != nil || byName.ID != want.ID || byName.Status != want.Status || byName.UserType != want.Type {
						t.Errorf("%s: got %+v and error %v, want the user", want.Name, byName, err)
					}
					byID, err := x.UserByID(t.Context(), want.ID)
					if err != nil || byID.Name != want.Name {
						t.Errorf("%s: got %+v and error %v, want the user", want.ID, byID, err)
					}
				}
				_, err := x.UserByName(t.Context(), "no/body & co")
				if missing, ok := errors.AsType[*client.NotFoundError](err); !ok || missing.Object != client.ObjectUser || missing.Key != client.KeyName {
					t.Errorf("got %v, want another error", err)
				}
				_, err = x.UserByID(t.Context(), "99999999-9999-4999-8999-999999999999")
				if missing, ok := errors.AsType[*client.NotFoundError](err); !ok || missing.Object != client.ObjectUser || missing.Key != client.KeyID {
					t.Errorf("got %v, want another error", err)
				}
				x.checkRequests()
			})
		})
	}
}

// Lists of users are read in large pages, or in those that the tenant allows.
func TestUserListRequests(t *testing.T) {
	for name, test := range map[string]struct {
		options  opasim.Options
		requests int // of both lists
	}{
		"large pages":   {opasim.Options{}, 2 * 3},
		"smaller pages": {opasim.Options{PageSize: 150}, 2 * 3},
		"no count":      {opasim.Options{NoCount: true}, 2 * (1 + 5)},
	} {
		synctest.Test(t, func(t *testing.T) {
			test.options.World = opasim.GenerateWorld(450, 1)
			x := newTenant(t, test.options)
			users, err := x.Users(t.Context(), client.UserFilter{})
			if got := x.Count(http.MethodGet, "/users"); err != nil || len(users) != 450 || got != test.requests {
				t.Errorf("%s: got %d users, %d requests and error %v, want 450 users and %d requests", name, len(users), got, err, test.requests)
			}
		})
	}
}

// Many users are found with few requests, and the others with one request each.
func TestBulkUsers(t *testing.T) {
	for name, test := range map[string]struct {
		options  opasim.Options
		requests int // for 300 of 300 users
		found    int
	}{
		"pages of a hundred":     {options: opasim.Options{}, requests: 3, found: 300},
		"pages of two":           {options: opasim.Options{PageSize: 2}, requests: 31, found: 62},
		"the list cannot be had": {options: opasim.Options{Faults: []opasim.Fault{{Path: "/users", Status: 400}}}, requests: 1, found: 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				test.options.World = opasim.GenerateWorld(300, 1)
				x := newTenant(t, test.options)
				var names, ids []string
				for _, user := range x.World().Users() {
					names, ids = append(names, user.Name), append(ids, strings.ToUpper(user.ID))
				}
				byName := x.BulkUsers(t.Context(), names, nil)
				if requests := x.Count("*", "/users"); len(byName) != test.found || requests != test.requests {
					t.Errorf("got %d users by name with %d requests, want all with fewer", len(byName), requests)
				}
				for name, user := range byName {
					if user.Name != name || user.ID != x.World().User(name).ID {
						t.Errorf("%s: got %+v, want the user", name, user)
					}
				}
				byID := x.BulkUsers(t.Context(), nil, ids)
				for id, user := range byID {
					if !strings.EqualFold(user.ID, id) {
						t.Errorf("%s: got %+v, want the user", id, user)
					}
				}
				if name == "pages of a hundred" && len(byID) != 300 {
					t.Errorf("got %d users by id, want all", len(byID))
				}
				if few := x.BulkUsers(t.Context(), names[:2], ids[:2]); len(few) != 0 {
					t.Errorf("got a list for %d users, want none", len(few))
				}
				x.checkRequests()
			})
		})
	}
}

func TestUserOfAnotherName(t *testing.T) {
	x := newTenant(t, opasim.Options{Faults: []opasim.Fault{{Path: "/users/{name}", After: true, Status: 200, Body: []byte(`{"id":"x","name":"somebody.else"}`)}}})
	if _, err := x.UserByName(t.Context(), "larry.linuxadmin"); err == nil || !strings.Contains(err.Error(), "somebody.else") {
		t.Errorf("got %v, want another error", err)
	}
}

func TestServers(t *testing.T) {
	for name, options := range tenants {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				x := newTenant(t, options)
				find := func(q client.ServerFilter) string {
					server, err := x.ServerBy(t.Context(), q)
					if err == nil {
						return server.ID
					}
					if _, ok := errors.AsType[*client.NotFoundError](err); ok {
						return "none"
					}
					if several, ok := errors.AsType[*client.AmbiguousServerError](err); ok {
						return strings.Repeat("x", len(several.Candidates))
					}
					return err.Error()
				}
				servers := x.World().Servers
				web, app, cache, db := servers("web-01")[0], servers("app-01"), servers("cache-01")[0], servers("db-02")
				for _, test := range []struct {
					about string
					query client.ServerFilter
					want  string
				}{
					{"a hostname", client.ServerFilter{Hostname: "web-01"}, web.ID},
					{"a canonical name", client.ServerFilter{CanonicalName: "web-01.storefront.example.com"}, web.ID},
					{"an id", client.ServerFilter{ID: web.ID}, web.ID},
					{"a hostname that a CSV must quote", client.ServerFilter{Hostname: `bench "seven", left`}, servers(`bench "seven", left`)[0].ID},
					{"case counts", client.ServerFilter{Hostname: "Metrics-01"}, servers("Metrics-01")[0].ID},
					{"case counts", client.ServerFilter{Hostname: "WEB-01"}, "none"},
					{"a part is not enough", client.ServerFilter{Hostname: "web"}, "none"},
					{"a server with the same hostname", client.ServerFilter{Hostname: "app-01"}, "xx"},
					{"distinguished by project name", client.ServerFilter{Hostname: "app-01", ProjectName: "warehouse"}, app[1].ID},
					{"distinguished by project id", client.ServerFilter{Hostname: "app-01", ProjectID: app[0].ProjectID}, app[0].ID},
					{"not in that project", client.ServerFilter{Hostname: "web-01", ProjectName: "warehouse"}, "none"},
					{"a deleted server with the same hostname", client.ServerFilter{Hostname: "cache-01"}, cache.ID},
					{"enrolled twice", client.ServerFilter{Hostname: "db-02"}, "xx"},
					{"enrolled twice, by id", client.ServerFilter{ID: db[1].ID}, db[1].ID},
					{"in a resource group", client.ServerFilter{Hostname: "web-01", ResourceGroupID: web.ResourceGroupID}, web.ID},
				} {
					if got := find(test.query); got != test.want {
						t.Errorf("%s: %+v: got %s, want %s", test.about, test.query, got, test.want)
					}
				}
				x.checkRequests()
			})
		})
	}
}

func TestListsWithUnreadablePages(t *testing.T) {
	for name, header := range map[string]http.Header{
		"another host": {"Link": {`<https://evil.example/v1/teams/demo/all_servers>; rel="next"`}},
		"a circle":     {"Link": {`<https://acme.example/v1/teams/demo/all_servers?hostname=web-01>; rel="next"`}},
		"no address":   {"Link": {`next page; rel="next"`}},
	} {
		t.Run(name, func(t *testing.T) {
			x := newTenant(t, opasim.Options{Faults: []opasim.Fault{{Path: "/all_servers", After: true, Header: header}}})
			server, err := x.ServerBy(t.Context(), client.ServerFilter{Hostname: "web-01"})
			if _, ok := errors.AsType[*client.ProtocolError](err); !ok || x.Count("*", "/all_servers") != 1 {
				t.Errorf("got %+v and error %v after %d pages, want an error", server, err, x.Count("*", "/all_servers"))
			}
		})
	}
}
