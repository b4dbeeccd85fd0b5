package provider_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// subjectRow is a row of the simulator with the ID of the report's subject.
type subjectRow struct {
	opasim.Row
	subject string
}

// userRows returns the rows of a report on a user.
func userRows(world *opasim.World, id string) []subjectRow {
	return withSubject(world.UserRows(id, opasim.ServerType), id)
}

// resourceRows returns the rows of a report on a server.
func resourceRows(world *opasim.World, id string) []subjectRow {
	return withSubject(world.ResourceRows(id, opasim.ServerType), id)
}

func withSubject(rows []opasim.Row, id string) (with []subjectRow) {
	for _, row := range rows {
		with = append(with, subjectRow{row, id})
	}
	return with
}

// wantRows returns the rows that the provider must return for the simulator's rows. It
// derives the requirements from the simulated conditions, not with the provider's
// code.
func wantRows(rows []subjectRow) []any {
	want := []any{}
	slices.SortFunc(rows, func(a, b subjectRow) int {
		return slices.Compare(cells(a), cells(b))
	})
	for _, row := range rows {
		want = append(want, map[string]any{
			"user_name": row.UserName, "user_type": row.UserType, "user_status": row.UserStatus,
			"resource_name": row.ResourceName, "resource_type": row.ResourceType,
			"account": row.Account, "privileges": row.Privileges, "conditions": row.Conditions,
			"requires_gateway":  strings.Contains(row.Conditions, "Okta Gateway"),
			"records_session":   strings.Contains(row.Conditions, "with Session Recording"),
			"requires_approval": strings.Contains(row.Conditions, "Approval"),
			"requires_mfa":      strings.Contains(row.Conditions, "MFA"),
			"shared_account":    slices.Contains([]string{"root", "postgres", "Administrator"}, row.Account), // in the simulated world
			"extra":             nil,
			"subject_id":        orNull(row.subject),
		})
	}
	return want
}

// orNull returns a text, or nil if it is empty.
func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// cells returns the cells of a row in the order of the attributes.
func cells(r subjectRow) []string {
	return []string{r.UserName, r.UserType, r.UserStatus, r.ResourceName, r.ResourceType, r.Account, r.Privileges, r.Conditions, r.subject}
}

// dialects returns tenants with different formats of lists and CSVs, by name. All have
// the same rows.
func dialects(t *testing.T) map[string]opasim.Options {
	t.Helper()
	options := map[string]opasim.Options{
		"default":         {},
		"nested list":     {NestedList: true},
		"pages of two":    {PageSize: 2, LinkLines: true},
		"filters ignored": {IgnoreServerFilters: true, PageSize: 3},
		"no users_by_id":  {NoUsersByID: true},
		"shuffled":        {Shuffle: true, Seed: 7},
		"generating":      {Generation: 200 * time.Millisecond},
		"no header":       {CSV: opasim.CSV{NoHeader: true}},
		"extra columns":   {CSV: opasim.CSV{Extra: []opasim.Column{opasim.ColumnUserID, opasim.ColumnResourceID, opasim.ColumnProject, opasim.ColumnResourceGroup, opasim.ColumnPolicy}}},
		"extra first":     {CSV: opasim.CSV{UserColumns: append([]opasim.Column{opasim.ColumnPolicy, opasim.ColumnUserID}, resourceFirst...), ResourceColumns: append([]opasim.Column{opasim.ColumnPolicy}, userFirst...)}},
		"orders swapped":  {CSV: opasim.CSV{UserColumns: resourceFirst, ResourceColumns: userFirst}},
		"BOM, CRLF":       {CSV: opasim.CSV{BOM: true, CRLF: true}},
		"all quoted":      {CSV: opasim.CSV{QuoteAll: true, BOM: true, Delimiter: ';'}},
		"Latin-1":         {CSV: opasim.CSV{Charset: "iso-8859-1"}},
		"plain text":      {CSV: opasim.CSV{ContentType: "text/plain"}},
		"octets":          {CSV: opasim.CSV{ContentType: "application/octet-stream"}},
	}
	for _, style := range opasim.HeaderStyles {
		for _, delimiter := range ",;\t" {
			header, err := opasim.HeaderStyle(style)
			if err != nil {
				t.Fatal(err)
			}
			options[fmt.Sprintf("header %s, delimiter %q", style, delimiter)] = opasim.Options{CSV: opasim.CSV{Header: header, Delimiter: delimiter}}
		}
	}
	for name, header := range map[string]map[opasim.Column]string{
		"short names": {opasim.ColumnUserName: "User", opasim.ColumnUserStatus: "Status", opasim.ColumnResourceName: "Resource", opasim.ColumnAccount: "Account Name", opasim.ColumnPrivileges: "Privilege", opasim.ColumnConditions: "Condition"},
		"other names": {opasim.ColumnUserName: "login", opasim.ColumnResourceName: "hostname", opasim.ColumnAccount: "identity", opasim.ColumnConditions: "conditionals"},
		"server name": {opasim.ColumnUserName: "Principal", opasim.ColumnResourceName: "Server Name", opasim.ColumnPrivileges: "Access Level"},
		"name only":   {opasim.ColumnUserName: "Name"},
	} {
		options[name] = opasim.Options{CSV: opasim.CSV{Header: header}}
	}
	return options
}

var (
	userFirst     = []opasim.Column{opasim.ColumnUserName, opasim.ColumnUserType, opasim.ColumnUserStatus, opasim.ColumnResourceName, opasim.ColumnResourceType, opasim.ColumnAccount, opasim.ColumnPrivileges, opasim.ColumnConditions}
	resourceFirst = []opasim.Column{opasim.ColumnResourceName, opasim.ColumnResourceType, opasim.ColumnUserName, opasim.ColumnUserType, opasim.ColumnUserStatus, opasim.ColumnAccount, opasim.ColumnPrivileges, opasim.ColumnConditions}
)

func TestRowsInAllDialects(t *testing.T) {
	t.Parallel()
	for name, options := range dialects(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := opasim.Start(t, options)
			s := configured(t, sim)
			world := sim.World()
			for _, user := range []string{"larry.linuxadmin", "rené.reader", "paula+pager@example.com", "ci-deployer"} {
				want := world.User(user)
				for _, arguments := range []config{{"user_name": user}, {"user_id": want.ID}} {
					state, diags := s.read("opa_user_access_report", arguments)
					checkReport(t, state, diags, userRows(world, want.ID), options)
					if state["user_id"] != want.ID || state["user_name"] != user || state["resource_type_filter"] != "server" {
						t.Errorf("%v: got user_id %v, user_name %v, resource_type_filter %v, want %s, %s, server", arguments, state["user_id"], state["user_name"], state["resource_type_filter"], want.ID, user)
					}
				}
			}
			web := world.Servers("web-01")[0]
			for _, arguments := range []config{{"hostname": web.Hostname}, {"canonical_name": web.CanonicalName}, {"resource_id": web.ID}} {
				state, diags := s.read("opa_resource_access_report", arguments)
				checkReport(t, state, diags, resourceRows(world, web.ID), options)
				for attribute, want := range map[string]any{
					"hostname": web.Hostname, "canonical_name": web.CanonicalName, "resource_id": web.ID,
					"project_id": web.ProjectID, "project_name": web.ProjectName, "resource_type": "server",
				} {
					if state[attribute] != want {
						t.Errorf("%v: %s: got %v, want %v", arguments, attribute, state[attribute], want)
					}
				}
			}
			checkContract(t, sim)
			if sim.Logins() != 1 {
				t.Errorf("got %d logins, want 1", sim.Logins())
			}
		})
	}
}

// checkExtra checks that extra has the cells of all unknown columns in each row, and
// sets it to nil.
func checkExtra(t *testing.T, state map[string]any) {
	t.Helper()
	known := strings.Join(accessreport.ColumnNames(), " ")
	for _, row := range state["rows"].([]any) {
		extra, _ := row.(map[string]any)["extra"].(map[string]any)
		for _, header := range state["columns"].([]any) {
			name := strings.ReplaceAll(strings.ToLower(header.(string)), " ", "_")
			if _, ok := extra[header.(string)]; ok == strings.Contains(known, name) {
				t.Fatalf("got extra %v, want the cells of all unknown columns among %v", extra, state["columns"])
			}
		}
		row.(map[string]any)["extra"] = nil
	}
}

// checkReport checks the state and the diagnostics of a report.
func checkReport(t *testing.T, state map[string]any, diags string, rows []subjectRow, options opasim.Options) {
	t.Helper()
	if strings.Contains(diags, "error: ") || (diags != "") != options.CSV.NoHeader {
		t.Fatalf("got %s\nwant no errors, and a warning: %t", diags, options.CSV.NoHeader)
	}
	if options.CSV.Extra != nil || slices.Contains(options.CSV.UserColumns, opasim.ColumnPolicy) {
		checkExtra(t, state)
	}
	if diff := gocmp.Diff(wantRows(rows), state["rows"]); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if state["row_count"] != int64(len(rows)) || state["status"] != "COMPLETED" || state["csv"] != nil || (state["columns"] == nil) != options.CSV.NoHeader {
		t.Errorf("got row_count %v, status %v, csv %v, columns %v, want %d, COMPLETED, null, null: %t", state["row_count"], state["status"], state["csv"], state["columns"], len(rows), options.CSV.NoHeader)
	}
	for _, attribute := range []string{"created_at", "updated_at"} {
		if _, err := time.Parse(time.RFC3339, fmt.Sprint(state[attribute])); err != nil {
			t.Errorf("%s: got error %v, want an RFC 3339 timestamp", attribute, err)
		}
	}
}

func TestEmptyReports(t *testing.T) {
	sim := opasim.Start(t, opasim.Options{})
	s := configured(t, sim)
	for name, arguments := range map[string]config{
		"opa_user_access_report":     {"user_name": "neil.newcomer", "include_csv": true},
		"opa_resource_access_report": {"hostname": "island-01", "include_csv": true},
	} {
		state, diags := s.read(name, arguments)
		if diags != "" || state["status"] != "COMPLETED_BUT_EMPTY" || state["row_count"] != int64(0) || gocmp.Diff(state["rows"], []any{}) != "" {
			t.Errorf("%s: got diagnostics %q, status %v, rows %v, want no diagnostics, COMPLETED_BUT_EMPTY, no rows", name, diags, state["status"], state["rows"])
		}
		if state["csv"] != nil || state["columns"] != nil || state["report_id"] == nil {
			t.Errorf("%s: got csv %v, columns %v, report_id %v, want no CSV, no columns and a report ID", name, state["csv"], state["columns"], state["report_id"])
		}
	}
	if n := sim.Count("GET", "*/report"); n != 0 {
		t.Errorf("got %d downloads, want 0 for reports without rows", n)
	}
}

func TestIncludeCSV(t *testing.T) {
	const csv = "\ufeffUser Name;Resource Name;Account;Privileges;Conditions;Extra\r\nlarry;\"a;b\";root;user;;\r\n"
	sim := opasim.Start(t, opasim.Options{Faults: []opasim.Fault{{Path: "/access_reports/{id}/report", After: true, Status: 200, Body: []byte(csv)}}})
	state, _ := configured(t, sim, config{"report_columns": map[string]any{"user_type": "", "user_status": "", "resource_type": ""}}).
		read("opa_user_access_report", config{"user_name": "larry.linuxadmin", "include_csv": true})
	if state["csv"] != csv {
		t.Errorf("csv: got %q, want %q", state["csv"], csv)
	}
	if diff := gocmp.Diff([]any{"User Name", "Resource Name", "Account", "Privileges", "Conditions", "Extra"}, state["columns"]); diff != "" {
		t.Errorf("columns (-want +got):\n%s", diff)
	}
	row := state["rows"].([]any)[0].(map[string]any)
	if row["user_type"] != nil || row["user_status"] != nil || row["resource_type"] != nil || row["conditions"] != "" || row["requires_mfa"] != any(false) {
		t.Errorf("got %v, want empty conditions, requires_mfa false and null for the missing columns", row)
	}
}

func TestReportColumns(t *testing.T) {
	german := map[opasim.Column]string{
		opasim.ColumnUserName: "Benutzer", opasim.ColumnUserType: "Art", opasim.ColumnUserStatus: "Zustand", opasim.ColumnResourceName: "Rechner",
		opasim.ColumnResourceType: "Sorte", opasim.ColumnAccount: "Konto", opasim.ColumnPrivileges: "Rechte", opasim.ColumnConditions: "Auflagen",
	}
	sim := opasim.Start(t, opasim.Options{CSV: opasim.CSV{Header: german}})
	mapping := map[string]any{}
	for column, text := range german {
		mapping[string(column)] = text
	}
	state, diags := configured(t, sim, config{"report_columns": mapping}).read("opa_user_access_report", config{"user_name": "larry.linuxadmin"})
	checkReport(t, state, diags, userRows(sim.World(), sim.World().User("larry.linuxadmin").ID), opasim.Options{})

	delete(mapping, "conditions")
	mapping["conditions"] = ""
	state, diags = configured(t, sim, config{"report_columns": mapping}).read("opa_user_access_report", config{"user_name": "larry.linuxadmin"})
	if diags != "" {
		t.Fatalf("got %s\nwant no diagnostics", diags)
	}
	for _, row := range state["rows"].([]any) {
		for attribute, cell := range row.(map[string]any) {
			unknown := attribute == "conditions" || strings.HasPrefix(attribute, "requires_") || attribute == "records_session"
			if (cell == nil) != unknown {
				t.Errorf("%s: got %v, want null: %t", attribute, cell, unknown)
			}
		}
	}
}

// The order of the rows does not depend on the order in the CSV.
func TestRowsAreSorted(t *testing.T) {
	sim := opasim.Start(t, opasim.Options{Shuffle: true})
	s := configured(t, sim)
	first, _ := s.read("opa_user_access_report", config{"user_name": "larry.linuxadmin"})
	for range 5 {
		next, diags := s.read("opa_user_access_report", config{"user_name": "larry.linuxadmin"})
		if diff := gocmp.Diff(first["rows"], next["rows"]); diff != "" || diags != "" {
			t.Fatalf("got diagnostics %q, want none; rows (-first +next):\n%s", diags, diff)
		}
	}
}
