package provider_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// profilesFolder has the profiles of tenants. Those of storedTenants are the simulator's
// own, and others come from users.
const profilesFolder = "../opasim/testdata/profiles"

// storedTenants returns the tenants whose profiles are stored, by the names of their files.
func storedTenants(t *testing.T) map[string]tenant {
	t.Helper()
	all := profiledTenants(t)
	snake, err := opasim.HeaderStyle("snake")
	if err != nil {
		t.Fatal(err)
	}
	return map[string]tenant{
		"default":            {},
		"semicolons":         {Options: opasim.Options{Generation: time.Second, CSV: opasim.CSV{Delimiter: ';', Header: snake, BOM: true, CRLF: true, QuoteAll: true, ConditionJoiner: " and "}}},
		"nested-pages":       {Options: opasim.Options{NestedList: true, PageSize: 3, LinkLines: true, ListOrder: opasim.OldestFirst, Past: past()}},
		"json-string":        {Options: opasim.Options{CreateStatus: 200, CSV: opasim.CSV{JSONString: true, ContentType: "application/json", Order: opasim.RowsSorted}}},
		"no-header":          {Options: opasim.Options{NoUsersByID: true, NoCount: true, CSV: opasim.CSV{NoHeader: true, Charset: "iso-8859-1"}}},
		"unknown-conditions": all["unknown conditions"],
		"mixed-texts":        all["known and unknown texts"],
		"contradictions":     all["no root in resource reports"],
		"empty-reports":      all["every report is empty"],
		"unknown-header":     all["German header"],
		"more-columns":       {Options: opasim.Options{NotReadyCSV: true, Generation: time.Second, CreateStatus: 202, CSV: opasim.CSV{Extra: []opasim.Column{opasim.ColumnUserID, opasim.ColumnProject, opasim.ColumnPolicy}}}},
		"other-clocks":       {Options: opasim.Options{ClockSkew: 10 * time.Minute, DatabaseSkew: -20 * time.Second, TokenLifetime: 10 * time.Minute, RateLimit: opasim.RateLimit{PerSecond: 200, Burst: 1000}}},
		"sparse-objects":     {Options: opasim.Options{ZeroDeletedAt: true, NoReportDetails: true, NullCreatedAt: true}},
		"wrong-key":          all["wrong key"],
		"missing-role":       all["missing role"],
		"page-of-a-proxy":    all["page of a proxy"],
		"failing-reports":    all["reports fail"],
		"endless-reports":    all["reports never end"],
	}
}

// The stored profiles of the simulator's own tenants are up to date. -update writes them.
func TestStoredProfiles(t *testing.T) {
	t.Parallel()
	for name, tenant := range storedTenants(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			arguments := pairToCheck
			if tenant.arguments != nil {
				arguments = tenant.arguments
			}
			got := profileOf(t, tenant.Options, arguments, tenant.settings)
			file := filepath.Join(profilesFolder, name+".json")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatalf("%v. Run go test ./internal/provider -run '^TestStoredProfiles$' -update", err)
			}
			if diff := gocmp.Diff(string(want), got); diff != "" {
				t.Errorf("profile (-want +got). Run go test ./internal/provider -run '^TestStoredProfiles$' -update:\n%s", diff)
			}
			again := profileOf(t, replayed(t, string(want)), arguments, tenant.settings)
			if diff := gocmp.Diff(string(want), again); diff != "" {
				t.Errorf("profile of the replayed profile (-want +got):\n%s", diff)
			}
		})
	}
}

// Every data source of reports returns the access of the world from every tenant whose
// profile is stored. If checks of the tenant failed, the reads that need them fail, too.
func TestReadsOfStoredProfiles(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(profilesFolder, "*.json"))
	if err != nil || len(files) < 10 {
		t.Fatalf("got %d profiles and error %v, want at least 10", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			options := replayed(t, string(text))
			const token = "a-ready-token"
			options.StaticTokens = []string{token}
			sim := opasim.Start(t, options)
			failed := failedChecks(t, text)
			s := configured(t, sim, credentialsOf(t, text, token))
			world := sim.World()
			larry, web := world.User("larry.linuxadmin"), world.Servers("web-01")[0]
			user := []string{"sign_in", "user_by_name", "create_user_report", "user_report", "user_rows"}
			server := []string{"sign_in", "server_by_hostname", "create_resource_report", "resource_report", "resource_rows"}
			reports := profiledReports(t, text)
			for _, read := range []struct {
				dataSource string
				arguments  config
				needs      []string
				want       []opasim.Row
			}{
				{"opa_user_access_report", config{"user_name": larry.Name}, user, world.UserRows(larry.ID, opasim.ServerType)},
				{"opa_resource_access_report", config{"hostname": web.Hostname}, server, world.ResourceRows(web.ID, opasim.ServerType)},
				{"opa_team_access_report", config{"subject_type": "user"}, append([]string{"list_users"}, user...), allRows(world)},
				{"opa_team_access_report", config{"cross_check": true}, slices.Concat([]string{"list_users", "list_servers", "compare_reports"}, user, server), allRows(world)},
			} {
				if reports.neverEnd() {
					read.arguments = withTimeout(read.arguments)
				}
				state, diags := s.read(read.dataSource, read.arguments)
				mustFail := slices.ContainsFunc(read.needs, func(check string) bool { return slices.Contains(failed, check) })
				if (state == nil) != mustFail {
					t.Errorf("%s %v: got %.1000s\nwant an error: %t, because these checks failed: %v", read.dataSource, read.arguments, diags, mustFail, failed)
				}
				if state == nil && reports.neverEnd() && !strings.Contains(diags, "timeouts.read") {
					t.Errorf("%s %v: got %.1000s\nwant an error that names timeouts.read", read.dataSource, read.arguments, diags)
				}
				if state != nil {
					kind := "user"
					if read.dataSource == "opa_resource_access_report" {
						kind = "resource"
					}
					if reports.empty(kind) {
						read.want = nil
					}
					checkAccess(t, read.dataSource, read.want, state["rows"].([]any), reports.miss(kind))
				}
			}
		})
	}
}

// reportsOfProfile are the reports in a profile.
type reportsOfProfile struct {
	UserStatus     string `json:"user_status"`
	ResourceStatus string `json:"resource_status"`
	MissingRows    string `json:"missing_rows"`
}

func profiledReports(t *testing.T, profile []byte) reportsOfProfile {
	t.Helper()
	var p struct {
		Reports reportsOfProfile `json:"reports"`
	}
	if err := json.Unmarshal(profile, &p); err != nil {
		t.Fatal(err)
	}
	return p.Reports
}

// neverEnd reports whether the reports have a status that is not final.
func (r reportsOfProfile) neverEnd() bool {
	return slices.ContainsFunc([]string{r.UserStatus, r.ResourceStatus}, func(status string) bool {
		return slices.Contains([]string{"CREATED", "IN PROGRESS", "other"}, status)
	})
}

// empty reports whether all reports of a kind are empty.
func (r reportsOfProfile) empty(kind string) bool {
	return map[string]string{"user": r.UserStatus, "resource": r.ResourceStatus}[kind] == "COMPLETED_BUT_EMPTY"
}

// miss reports whether the reports of a kind do not have all rows.
func (r reportsOfProfile) miss(kind string) bool {
	return r.MissingRows == kind || r.MissingRows == "both"
}

// failedChecks returns the names of the checks of a profile that failed or were skipped.
func failedChecks(t *testing.T, profile []byte) (names []string) {
	t.Helper()
	var p struct {
		Checks []struct {
			Name   string `json:"name"`
			Status string `json:"status"`
		} `json:"checks"`
	}
	if err := json.Unmarshal(profile, &p); err != nil {
		t.Fatal(err)
	}
	for _, check := range p.Checks {
		if check.Status == "fail" || check.Status == "skipped" {
			names = append(names, check.Name)
		}
	}
	return names
}

// credentialsOf returns the arguments of the provider that a replayed tenant accepts: the
// kind of credentials in the profile, and wrong ones if they were refused.
func credentialsOf(t *testing.T, profile []byte, token string) config {
	t.Helper()
	var p struct {
		Credentials string `json:"credentials"`
	}
	if err := json.Unmarshal(profile, &p); err != nil {
		t.Fatal(err)
	}
	switch p.Credentials {
	case "bearer_token":
		return config{"bearer_token": token, "key_id": nil, "key_secret": nil}
	case "workload_identity":
		return config{"workload_identity": map[string]any{"connection": opasim.SimulatedConnection, "jwt": opasim.DefaultWorkloadJWT}, "key_id": nil, "key_secret": nil}
	}
	return nil
}

// allRows returns the access of all users of a world.
func allRows(world *opasim.World) (rows []opasim.Row) {
	for _, user := range world.Users() {
		rows = append(rows, world.UserRows(user.ID, opasim.ServerType)...)
	}
	return rows
}

// conditionFlags are the attributes about conditions, with their texts in the world.
var conditionFlags = map[string]string{
	"requires_gateway": "Okta Gateway", "records_session": "Session Recording", "requires_approval": "Approval", "requires_mfa": "MFA",
}

// checkAccess checks that rows have the access of the world, and claim no conditions that
// it does not have. The texts of a tenant may not name all conditions, and some of its
// privileges may be unknown. rowsMissing is whether rows of the world must be missing.
func checkAccess(t *testing.T, about string, want []opasim.Row, got []any, rowsMissing bool) {
	t.Helper()
	type claim struct{ access, flag string }
	wanted, found := map[string]int{}, map[string]int{}
	wantedKnown, foundKnown := map[string]int{}, map[string]int{} // with privileges
	known := 0
	wantedFlags, claimed := map[claim]int{}, map[claim]int{}
	for _, row := range want {
		access := strings.Join([]string{row.UserName, row.ResourceName, row.Account}, " / ")
		wanted[access]++
		wantedKnown[access+" / "+row.Privileges]++
		for flag, text := range conditionFlags {
			if strings.Contains(row.Conditions, text) {
				wantedFlags[claim{access, flag}]++
			}
		}
	}
	for _, value := range got {
		row := value.(map[string]any)
		access := fmt.Sprintf("%v / %v / %v", row["user_name"], row["resource_name"], row["account"])
		found[access]++
		if privileges := strings.ToLower(fmt.Sprint(row["privileges"])); privileges == "user" || privileges == "admin" {
			foundKnown[access+" / "+privileges]++
			known++
		}
		for flag := range conditionFlags {
			if row[flag] == any(true) {
				claimed[claim{access, flag}]++
			}
		}
	}
	for access, n := range found {
		if n > wanted[access] {
			t.Errorf("%s: %s: got %d rows, want at most %d", about, access, n, wanted[access])
		}
	}
	if (len(got) < len(want)) != rowsMissing {
		t.Errorf("%s: got %d rows of %d, want all: %t", about, len(got), len(want), !rowsMissing)
	}
	for access, n := range foundKnown {
		if n > wantedKnown[access] {
			t.Errorf("%s: %s: got %d rows, want at most %d", about, access, n, wantedKnown[access])
		}
	}
	if 2*known < len(got) {
		t.Errorf("%s: got known privileges in %d of %d rows, want more than half", about, known, len(got))
	}
	for c, n := range claimed {
		if n > wantedFlags[c] {
			t.Errorf("%s: %s: got %d rows with %s, want at most %d", about, c.access, n, c.flag, wantedFlags[c])
		}
	}
}
