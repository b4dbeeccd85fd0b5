package provider_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

func TestExistingReport(t *testing.T) {
	sim := opasim.Start(t, opasim.Options{Generation: 200 * time.Millisecond})
	world := sim.World()
	larry, web := world.User("larry.linuxadmin"), world.Servers("web-01")[0]
	s := configured(t, sim)
	byUser := sim.AddReport(opasim.PastReport{UserID: larry.ID, Age: time.Hour})
	byServer := sim.AddReport(opasim.PastReport{ResourceID: web.ID, Age: time.Hour})
	empty := sim.AddReport(opasim.PastReport{UserID: world.User("neil.newcomer").ID})
	for id, want := range map[string]struct {
		subjectType, subjectID string
		rows                   []subjectRow
	}{
		byUser:                  {"user", larry.ID, userRows(world, larry.ID)},
		strings.ToUpper(byUser): {"user", larry.ID, userRows(world, larry.ID)},
		byServer:                {"resource", web.ID, resourceRows(world, web.ID)},
		empty:                   {"user", world.User("neil.newcomer").ID, nil},
	} {
		state, diags := s.read("opa_access_report", config{"report_id": id})
		if diags != "" {
			t.Fatalf("got %s\nwant no diagnostics", diags)
		}
		if diff := gocmp.Diff(wantRows(want.rows), state["rows"]); diff != "" {
			t.Errorf("%s: rows (-want +got):\n%s", id, diff)
		}
		if state["report_id"] != id || state["subject_type"] != want.subjectType || state["subject_id"] != want.subjectID || state["resource_type"] != "server" || state["reused"] != true {
			t.Errorf("got %v, want report_id %s, subject_type %s, subject_id %s, resource_type server, reused true", state, id, want.subjectType, want.subjectID)
		}
	}
	if n := sim.Count("POST", "/access_reports"); n != 0 {
		t.Errorf("got %d created reports, want 0", n)
	}
	failed := sim.AddReport(opasim.PastReport{UserID: larry.ID, Status: "ERROR"})
	if _, diags := s.read("opa_access_report", config{"report_id": failed}); !strings.HasPrefix(diags, "error: Report generation failed") {
		t.Errorf("got %s\nwant the error Report generation failed", diags)
	}
	if _, diags := s.read("opa_access_report", config{"report_id": "00000000-0000-4000-8000-000000000000"}); !strings.HasPrefix(diags, "error: Report not found") {
		t.Errorf("got %s\nwant the error Report not found", diags)
	}
	unfinished := sim.AddReport(opasim.PastReport{UserID: larry.ID, Status: "IN PROGRESS"})
	if _, diags := s.read("opa_access_report", config{"report_id": unfinished, "timeouts": map[string]any{"read": "3s"}}); !strings.Contains(diags, "Last status: IN PROGRESS") {
		t.Errorf("got %s\nwant the last status IN PROGRESS", diags)
	}
}

func TestAccessReportsList(t *testing.T) {
	for name, options := range map[string]opasim.Options{
		"flat": {}, "nested": {NestedList: true}, "pages": {PageSize: 2}, "oldest first": {ListOrder: opasim.OldestFirst}, "unordered": {ListOrder: opasim.Unordered, PageSize: 1},
		"zero times": {ZeroDeletedAt: true},
	} {
		t.Run(name, func(t *testing.T) {
			sim := opasim.Start(t, options)
			world := sim.World()
			larry, dora, web := world.User("larry.linuxadmin").ID, world.User("dora.database").ID, world.Servers("web-01")[0].ID
			old := sim.AddReport(opasim.PastReport{UserID: larry, Age: 72 * time.Hour})
			recent := sim.AddReport(opasim.PastReport{UserID: larry, Age: time.Hour})
			failed := sim.AddReport(opasim.PastReport{UserID: dora, Age: 2 * time.Hour, Status: "ERROR"})
			server := sim.AddReport(opasim.PastReport{ResourceID: web, Age: 3 * time.Hour})
			sim.AddReport(opasim.PastReport{UserID: larry, Deleted: true})
			s := configured(t, sim)
			for _, test := range []struct {
				arguments config
				want      []any
			}{
				{config{}, []any{recent, failed, server, old}},
				{config{"subject_type": "user"}, []any{recent, failed, old}},
				{config{"subject_type": "resource"}, []any{server}},
				{config{"subject_id": strings.ToUpper(larry)}, []any{recent, old}},
				{config{"status": "ERROR"}, []any{failed}},
				{config{"created_after": time.Now().Add(-150 * time.Minute).Format(time.RFC3339)}, []any{recent, failed}},
				{config{"subject_id": larry, "status": "ERROR"}, nil},
			} {
				state, diags := s.read("opa_access_reports", test.arguments)
				if diags != "" {
					t.Fatalf("got %s\nwant no diagnostics", diags)
				}
				if diff := gocmp.Diff(test.want, column(t, state, "reports", "report_id")); diff != "" {
					t.Errorf("%v: report IDs (-want +got):\n%s", test.arguments, diff)
				}
			}
		})
	}
}

// lookupTenants returns the options of tenants that respond to lookups in different
// ways, by name.
func lookupTenants() map[string]opasim.Options {
	return map[string]opasim.Options{
		"default": {}, "pages": {PageSize: 2}, "filters ignored": {IgnoreServerFilters: true},
		"service users only by filter": {OnlyServiceUsers: true, PageSize: 1}, "zero times": {ZeroDeletedAt: true},
	}
}

// lookupCase is a data source with one attribute of the elements of its list.
type lookupCase struct {
	source    string
	arguments config
	list      string
	attribute string
	want      []any
}

// run reads the data source, and checks the attribute.
func (c lookupCase) run(t *testing.T, s *server) {
	t.Helper()
	state, diags := s.read(c.source, c.arguments)
	if diags != "" {
		t.Fatalf("got %s\nwant no diagnostics", diags)
	}
	if diff := gocmp.Diff(c.want, column(t, state, c.list, c.attribute)); diff != "" {
		t.Errorf("%s %v: %s (-want +got):\n%s", c.source, c.arguments, c.attribute, diff)
	}
}

// userNames returns the sorted names of the users that match.
func userNames(world *opasim.World, match func(*opasim.User) bool) (names []any) {
	for _, user := range slices.SortedFunc(slices.Values(world.Users()), func(a, b *opasim.User) int { return strings.Compare(a.Name, b.Name) }) {
		if match(user) {
			names = append(names, user.Name)
		}
	}
	return names
}

// serverIDs returns the IDs of the servers that match, sorted by hostname and ID.
func serverIDs(world *opasim.World, match func(*opasim.Host) bool) (ids []any) {
	hosts := slices.SortedFunc(slices.Values(world.AllServers()), func(a, b *opasim.Host) int {
		return strings.Compare(a.Hostname+"\x00"+a.ID, b.Hostname+"\x00"+b.ID)
	})
	for _, host := range hosts {
		if host.DeletedAt == "" && match(host) {
			ids = append(ids, host.ID)
		}
	}
	return ids
}

func TestUserDataSources(t *testing.T) {
	for name, options := range lookupTenants() {
		t.Run(name, func(t *testing.T) {
			sim := opasim.Start(t, options)
			world := sim.World()
			s := configured(t, sim)
			for _, test := range []lookupCase{
				{"opa_users", config{}, "users", "name", userNames(world, func(*opasim.User) bool { return true })},
				{"opa_users", config{"status": "ACTIVE"}, "users", "name", userNames(world, func(u *opasim.User) bool { return u.Status == "ACTIVE" })},
				{"opa_users", config{"user_type": "service"}, "users", "name", userNames(world, func(u *opasim.User) bool { return u.Type == "service" })},
				{"opa_users", config{"user_type": "human", "contains": "ADMIN"}, "users", "name", userNames(world, func(u *opasim.User) bool { return u.Type == "human" && strings.Contains(u.Name, "admin") })},
				{"opa_users", config{"starts_with": "d"}, "users", "name", userNames(world, func(u *opasim.User) bool { return strings.HasPrefix(u.Name, "d") })},
				{"opa_group_members", config{"group_name": "linux-admins"}, "members", "name", []any{"dana.disabled", "greta.gone", "larry.linuxadmin"}},
				{"opa_group_members", config{"group_name": "linux-admins", "user_status": []any{"ACTIVE", "DISABLED"}}, "members", "status", []any{"DISABLED", "ACTIVE"}},
				{"opa_group_members", config{"group_name": "automation", "user_type": "human"}, "members", "name", nil},
			} {
				test.run(t, s)
			}
			larry := world.User("larry.linuxadmin")
			for _, arguments := range []config{{"name": larry.Name}, {"id": larry.ID}} {
				state, diags := s.read("opa_user", arguments)
				want := map[string]any{
					"id": larry.ID, "name": larry.Name, "status": "ACTIVE", "user_type": "human", "email": larry.Email, "full_name": larry.FullName, "timeouts": nil,
				}
				if diff := gocmp.Diff(want, state); diff != "" || diags != "" {
					t.Errorf("opa_user %v: got diagnostics %q, want none; state (-want +got):\n%s", arguments, diags, diff)
				}
			}
			state, diags := s.read("opa_user", config{"name": "ci-deployer"})
			if diags != "" || state["email"] != nil || state["user_type"] != "service" {
				t.Errorf("got diagnostics %q, state %v, want a service user without an email", diags, state)
			}
			checkContract(t, sim)
		})
	}
}

func TestServerDataSources(t *testing.T) {
	for name, options := range lookupTenants() {
		t.Run(name, func(t *testing.T) {
			sim := opasim.Start(t, options)
			world := sim.World()
			s := configured(t, sim)
			web := world.Servers("web-01")[0]
			for _, test := range []lookupCase{
				{"opa_servers", config{}, "servers", "id", serverIDs(world, func(*opasim.Host) bool { return true })},
				{"opa_servers", config{"hostname_contains": "WEB"}, "servers", "id", serverIDs(world, func(h *opasim.Host) bool { return strings.Contains(h.Hostname, "web") })},
				{"opa_servers", config{"project_name": "warehouse"}, "servers", "id", serverIDs(world, func(h *opasim.Host) bool { return h.ProjectName == "warehouse" })},
				{"opa_servers", config{"project_id": web.ProjectID}, "servers", "id", serverIDs(world, func(h *opasim.Host) bool { return h.ProjectID == web.ProjectID })},
				{"opa_servers", config{"resource_group_id": web.ResourceGroupID, "state": "INACTIVE"}, "servers", "id", serverIDs(world, func(h *opasim.Host) bool { return h.ResourceGroupID == web.ResourceGroupID && h.State == "INACTIVE" })},
				{"opa_servers", config{"os_type": "windows"}, "servers", "id", serverIDs(world, func(h *opasim.Host) bool { return h.OSType == "windows" })},
			} {
				test.run(t, s)
			}
			state, diags := s.read("opa_server", config{"hostname": "web-01"})
			want := map[string]any{
				"id": web.ID, "resource_id": web.ID, "hostname": "web-01", "canonical_name": web.CanonicalName, "access_address": web.AccessAddress,
				"alt_names": []any{"shop.example.com", "ip-10-20-1-11"}, "os": web.OS, "os_type": "linux", "state": "ACTIVE",
				"project_id": web.ProjectID, "project_name": "storefront", "resource_group_id": nil, "labels": map[string]any{"role": "web", "env": "production"}, "timeouts": nil,
			}
			if diff := gocmp.Diff(want, state); diff != "" || diags != "" {
				t.Errorf("opa_server: got diagnostics %q, want none; state (-want +got):\n%s", diags, diff)
			}
			checkContract(t, sim)
		})
	}
}
