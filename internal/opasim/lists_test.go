package opasim_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

func TestUserFilters(t *testing.T) {
	x := newTenant(t, opasim.Options{})
	larry, dana := x.World().User("larry.linuxadmin"), x.World().User("dana.disabled")
	for _, test := range []struct{ query, want string }{
		{"", "larry.linuxadmin wanda.windowsadmin dora.database paula+pager@example.com rené.reader neil.newcomer dana.disabled greta.gone"},
		{"contains=WINDOWS", "wanda.windowsadmin"},
		{"starts_with=d", "dora.database dana.disabled"},
		{"status=DISABLED&status=DELETED", "dana.disabled greta.gone"},
		{"id=" + larry.ID + "&id=" + dana.ID, "larry.linuxadmin dana.disabled"},
		{"include_service_users=true&status=ACTIVE", "larry.linuxadmin wanda.windowsadmin dora.database " +
			"paula+pager@example.com rené.reader neil.newcomer ci-deployer terraform-reporter"},
		{"include_service_users=false&contains=deployer", ""},
	} {
		if got := strings.Join(x.get("/users?"+test.query).list(t, "name"), " "); got != test.want {
			t.Errorf("%s: got %s, want %s", test.query, got, test.want)
		}
	}
	x.wantViolations()
}

func TestOnlyServiceUsers(t *testing.T) {
	x := newTenant(t, opasim.Options{OnlyServiceUsers: true})
	got := x.get("/users?include_service_users=true").list(t, "name")
	if diff := cmp.Diff([]string{"ci-deployer", "backup-runner", "terraform-reporter"}, got); diff != "" {
		t.Errorf("users (-want +got):\n%s", diff)
	}
}

func TestUserJSON(t *testing.T) {
	x := newTenant(t, opasim.Options{})
	for _, test := range []struct{ path, want string }{
		{"/users/greta.gone", `{"team_name":"demo","id":"ID","name":"greta.gone","status":"DELETED",` +
			`"details":{"email":"greta.gone@example.com","first_name":"Greta","last_name":"Gone","full_name":"Greta Gone"},` +
			`"user_type":"human","deleted_at":"2024-11-29T16:30:00Z","server_user_name":"greta.gone"}`},
		{"/users/ci-deployer", `{"team_name":"demo","id":"ID","name":"ci-deployer","status":"ACTIVE",` +
			`"details":null,"user_type":"service","deleted_at":null,"server_user_name":"ci-deployer"}`},
	} {
		got := x.get(test.path)
		want := strings.Replace(test.want, "ID", got.field(t, "id"), 1)
		if diff := cmp.Diff(want, got.body); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.path, diff)
		}
	}
}

func TestGetUser(t *testing.T) {
	id := opasim.DefaultWorld().User("rené.reader").ID
	for _, test := range []struct {
		path string
		opts opasim.Options
		want int
	}{
		{path: "/users/" + url.PathEscape("rené.reader"), want: 200},
		{path: "/users/paula%2Bpager%40example.com", want: 200},
		{path: "/users/larry", want: 404},
		{path: "/users/" + id, want: 404},
		{path: "/users_by_id/" + id, want: 200},
		{path: "/users_by_id/00000000-0000-4000-8000-000000000000", want: 404},
		{path: "/users_by_id/" + id, opts: opasim.Options{NoUsersByID: true}, want: 404},
	} {
		x := newTenant(t, test.opts)
		x.wantStatus(test.path, x.get(test.path), test.want)
		x.wantViolations()
	}
}

func TestGroups(t *testing.T) {
	x := newTenant(t, opasim.Options{})
	reserved := "Pikett A/B #1: 100% Zürich"
	for _, test := range []struct {
		path string
		want string // names, or a status
	}{
		{"/groups?contains=ADMINS", "linux-admins windows-admins"},
		{"/groups?contains=ADMINS&ignore=linux-admins", "windows-admins"},
		{"/groups?contains=former", ""},
		{"/groups?contains=former&include_deleted=true", "former-contractors"},
		{"/groups?only_include_deleted=true", "former-contractors"},
		{"/groups?id=" + x.World().Group(reserved).ID, reserved},
		{"/groups/linux-admins/users", "larry.linuxadmin dana.disabled greta.gone"},
		{"/groups/linux-admins/users?status=DISABLED&user_type=human", "dana.disabled"},
		{"/groups/automation/users?user_type=human", ""},
		{"/groups/nobody-yet/users", ""},
		{"/groups/" + url.PathEscape(reserved) + "/users", "paula+pager@example.com rené.reader"},
		{"/groups/former-contractors", "200"},
		{"/groups/former-contractors/users", "404"},
		{"/groups/no-such-group", "404"},
		{"/groups/no-such-group/users", "404"},
	} {
		resp := x.get(test.path)
		got := strconv.Itoa(resp.status)
		if strings.Contains(resp.body, `"list"`) {
			got = strings.Join(resp.list(t, "name"), " ")
		}
		if got != test.want {
			t.Errorf("%s: got %s, want %s", test.path, got, test.want)
		}
	}
	x.wantViolations()
}

func TestServerFilters(t *testing.T) {
	x := newTenant(t, opasim.Options{})
	web, win := x.World().Servers("web-01")[0], x.World().Servers("win-01")[0]
	for _, test := range []struct{ path, want string }{
		{"/all_servers?hostname=metrics-01", "metrics-01"},
		{"/all_servers?hostname=METRICS-01", ""},
		{"/all_servers?hostname_contains=METRICS", "metrics-01,Metrics-01"},
		{"/all_servers?hostname=app-01", "app-01,app-01"},
		{"/all_servers?os_type=windows", "win-01"},
		{"/all_servers?id=" + web.ID + "&id=" + win.ID, "web-01,win-01"},
		{"/all_servers?project_id=" + win.ProjectID, "win-01"},
		{"/all_servers?hostname=web-01&resource_group_id=" + win.ResourceGroupID, ""},
		{"/resource_groups/" + win.ResourceGroupID + "/all_servers?hostname_contains=-01", "metrics-01,Metrics-01,win-01,island-01"},
		{"/resource_groups/" + web.ID + "/all_servers", ""},
	} {
		if got := strings.Join(x.get(test.path).list(t, "hostname"), ","); got != test.want {
			t.Errorf("%s: got %s, want %s", test.path, got, test.want)
		}
	}
	x.wantViolations()
}

func TestServerJSON(t *testing.T) {
	x := newTenant(t, opasim.Options{})
	items, ok := x.get("/all_servers?hostname=web-01").object(t)["list"].([]any)
	if !ok || len(items) != 1 {
		t.Fatalf("got items %v, want one", items)
	}
	server, ok := items[0].(map[string]any)
	if !ok {
		t.Fatalf("got item %v, want an object", items[0])
	}
	web := x.World().Servers("web-01")[0]
	for name, want := range map[string]any{
		"id": web.ID, "team_name": "demo", "project_name": "storefront", "project_id": web.ProjectID,
		"canonical_name": "web-01.storefront.example.com", "access_address": "10.20.1.11",
		"alt_names": []any{"shop.example.com", "ip-10-20-1-11"}, "os": "Debian 12", "os_type": "linux",
		"services": []any{"broker", "ssh"}, "state": "ACTIVE", "managed": true, "deleted_at": nil, "bastion": nil,
		"labels": map[string]any{"role": "web", "env": "production"}, "registered_at": "2024-03-01T09:00:00Z",
	} {
		if diff := cmp.Diff(want, server[name]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestIgnoredFilters(t *testing.T) {
	x := newTenant(t, opasim.Options{IgnoreServerFilters: true})
	for path, want := range map[string]int{
		"/all_servers?hostname=web-01":                 len(x.World().AllServers()),
		"/users?contains=larry":                        len(x.World().Users()),
		"/groups?contains=staff":                       len(x.World().Groups()),
		"/groups/linux-admins/users?user_type=service": 3,
	} {
		if got := x.get(path).list(t, "id"); len(got) != want {
			t.Errorf("%s: got %d items, want %d", path, len(got), want)
		}
	}
	x.wantViolations()
}

var linkShape = regexp.MustCompile(`<([^>]*)>; rel="(next|prev)"`)

func links(header http.Header) map[string]string {
	found := map[string]string{}
	for _, link := range linkShape.FindAllStringSubmatch(strings.Join(header.Values("Link"), ", "), -1) {
		found[link[2]] = link[1]
	}
	return found
}

// walk follows links from a path and returns the pages and the last path.
func (x *tenant) walk(path, rel, field string) (pages []string, last string) {
	x.t.Helper()
	for path != "" {
		got := x.get(path)
		if got.status != http.StatusOK {
			x.t.Fatalf("%s: got %+v, want a page", path, got)
		}
		pages = append(pages, strings.Join(got.list(x.t, field), " "))
		last, path = path, links(got.header)[rel]
	}
	return pages, last
}

func TestPagination(t *testing.T) {
	w := opasim.GenerateWorld(7, 5)
	for _, test := range []struct {
		name, path, field string
		opts              opasim.Options
		want              []string
	}{
		{"users on one page", "/users", "name", opasim.Options{}, []string{"1 2 3 4 5 6 7"}},
		{"users by count", "/users?count=3", "name", opasim.Options{}, []string{"1 2 3", "4 5 6", "7"}},
		{"users by page size", "/users?count=100", "name", opasim.Options{PageSize: 4}, []string{"1 2 3 4", "5 6 7"}},
		{"users from the end", "/users?count=3&descending=true", "name", opasim.Options{}, []string{"7 6 5", "4 3 2", "1"}},
		{"filter on every page", "/users?contains=user&count=5", "name", opasim.Options{}, []string{"1 2 3 4 5", "6 7"}},
		{"members", "/groups/all-users/users?count=6", "name", opasim.Options{LinkLines: true}, []string{"1 2 3 4 5 6", "7"}},
		{"servers on one page", "/all_servers", "hostname", opasim.Options{}, []string{"1 2 3 4 5"}},
		{"servers by page size", "/all_servers?os_type=linux", "hostname", opasim.Options{PageSize: 2}, []string{"1 2", "3 4", "5"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.opts.World = w
			x := newTenant(t, test.opts)
			pages, last := x.walk(test.path, "next", test.field)
			if diff := cmp.Diff(test.want, shorten(pages)); diff != "" {
				t.Errorf("pages (-want +got):\n%s", diff)
			}
			// The previous links lead from the last page back to the first.
			pages, _ = x.walk(last, "prev", test.field)
			if got := shorten(pages); len(got) != len(test.want) || got[len(got)-1] != test.want[0] {
				t.Errorf("previous links: got %q, want %d pages back to %q", got, len(test.want), test.want[0])
			}
			x.wantViolations()
		})
	}
}

// shorten replaces user-0007 by 7.
func shorten(pages []string) []string {
	number := regexp.MustCompile(`\w+-0*`)
	short := make([]string, len(pages))
	for i, page := range pages {
		short[i] = number.ReplaceAllString(page, "")
	}
	return short
}

func TestPageSizes(t *testing.T) {
	x := newTenant(t, opasim.Options{World: opasim.GenerateWorld(250, 1)})
	for path, want := range map[string]int{"/users": 100, "/users?count=150": 150, "/users?count=250": 200} {
		if got := x.get(path).list(t, "id"); len(got) != want {
			t.Errorf("%s: got %d users, want %d", path, len(got), want)
		}
	}
}

func TestLinks(t *testing.T) {
	for _, test := range []struct {
		lines bool
		want  int
	}{{false, 1}, {true, 2}} {
		x := newTenant(t, opasim.Options{World: opasim.GenerateWorld(5, 1), LinkLines: test.lines})
		middle := links(x.get("/users?count=2").header)["next"]
		if !strings.HasPrefix(middle, teamURL+"/users?") {
			t.Fatalf("next: got %q, want a URL of the list of users", middle)
		}
		got := x.get(middle).header.Values("Link")
		if len(got) != test.want || len(links(http.Header{"Link": got})) != 2 {
			t.Errorf("LinkLines %v: got header lines %q, want %d lines with two links", test.lines, got, test.want)
		}
	}
	x := newTenant(t, opasim.Options{})
	x.wantStatus("unknown offset", x.get("/users?offset=7"), http.StatusBadRequest)
}

func TestZeroDeletedAt(t *testing.T) {
	x := newTenant(t, opasim.Options{ZeroDeletedAt: true})
	for path, want := range map[string]string{
		"/users/larry.linuxadmin":    "0001-01-01T00:00:00Z",
		"/groups/staff":              "0001-01-01T00:00:00Z",
		"/groups/former-contractors": "2025-01-31T12:00:00Z",
	} {
		if got := x.get(path).field(t, "deleted_at"); got != want {
			t.Errorf("%s: got deleted_at %s, want %s", path, got, want)
		}
	}
}
