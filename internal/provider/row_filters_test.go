package provider_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// Row filters select the same rows as a for expression, in every data source and
// ephemeral resource with rows, and do not change what is known about the report.
func TestRowFilters(t *testing.T) {
	t.Parallel()
	sim := opasim.Start(t, opasim.Options{})
	s := configured(t, sim)
	larry := sim.World().User("larry.linuxadmin")
	reads := map[string]config{
		"opa_user_access_report":               {"user_name": larry.Name},
		"opa_resource_access_report":           {"hostname": "web-01"},
		"opa_access_report":                    {"report_id": sim.AddReport(opasim.PastReport{UserID: larry.ID})},
		"opa_user_access_reports":              {"group_name": "staff"},
		"opa_resource_access_reports":          {"project_name": "storefront"},
		"opa_team_access_report":               {"cross_check": true},
		"ephemeral.opa_user_access_report":     {"user_name": larry.Name},
		"ephemeral.opa_resource_access_report": {"hostname": "web-01"},
	}
	filters := map[string]struct {
		filters config
		keep    func(row map[string]any) bool
	}{
		"include": {
			config{"include_rows": config{"account": []any{"root", "postgres"}, "requires_mfa": false}},
			func(row map[string]any) bool {
				return (row["account"] == "root" || row["account"] == "postgres") && row["requires_mfa"] == false
			},
		},
		"exclude": {
			config{"exclude_rows": config{"privileges": []any{"USER"}, "shared_account": false}},
			func(row map[string]any) bool { return row["privileges"] != "user" || row["shared_account"] != false },
		},
		"both": {
			config{"include_rows": config{"resource_name": []any{"web-*"}}, "exclude_rows": config{"user_name": []any{"larry*", "rené*"}}},
			func(row map[string]any) bool {
				name := row["user_name"].(string)
				return strings.HasPrefix(row["resource_name"].(string), "web-") && !strings.HasPrefix(name, "larry") && !strings.HasPrefix(name, "rené")
			},
		},
		"none": {
			config{"include_rows": config{"user_name": []any{"no-such-user"}}},
			func(map[string]any) bool { return false },
		},
	}
	for name, arguments := range reads {
		all, diags := s.readOrOpen(name, arguments)
		if all == nil {
			t.Fatal(diags)
		}
		if all["total_row_count"] != all["row_count"] {
			t.Errorf("%s: got total_row_count %v without a filter, want %v", name, all["total_row_count"], all["row_count"])
		}
		for about, test := range filters {
			got, gotDiags := s.readOrOpen(name, with(arguments, test.filters))
			if got == nil {
				t.Errorf("%s, %s: got %s, want rows", name, about, gotDiags)
				continue
			}
			want := slices.DeleteFunc(slices.Clone(all["rows"].([]any)), func(row any) bool { return !test.keep(row.(map[string]any)) })
			if diff := gocmp.Diff(want, got["rows"]); diff != "" {
				t.Errorf("%s, %s (-want, +got):\n%s", name, about, diff)
			}
			if got["row_count"] != int64(len(want)) || got["total_row_count"] != all["total_row_count"] || gotDiags != diags {
				t.Errorf("%s, %s: got %v of %v rows and %s\nwant %d of %v and %s", name, about, got["row_count"], got["total_row_count"], gotDiags, len(want), all["total_row_count"], diags)
			}
			if diff := gocmp.Diff(all["unknown_conditions"], got["unknown_conditions"]); diff != "" {
				t.Errorf("%s, %s: unknown conditions (-want, +got):\n%s", name, about, diff)
			}
		}
	}
}

// The members of a batch have their numbers of rows before and after filtering.
func TestRowFiltersOfMembers(t *testing.T) {
	t.Parallel()
	sim := opasim.Start(t, opasim.Options{})
	state, diags := configured(t, sim).read("opa_user_access_reports", config{"group_name": "staff", "include_rows": config{"account": []any{"root"}}})
	if state == nil {
		t.Fatal(diags)
	}
	rows, total := int64(0), int64(0)
	for _, member := range state["users"].([]any) {
		m := member.(map[string]any)
		rows, total = rows+m["row_count"].(int64), total+m["total_row_count"].(int64)
	}
	if rows != state["row_count"] || total != state["total_row_count"] || rows == 0 || rows >= total {
		t.Errorf("got %d of %d rows of members, want %v of %v", rows, total, state["row_count"], state["total_row_count"])
	}
}

// A pattern in one form of Unicode matches a cell in another, as in Terraform.
func TestRowFiltersNormalizeCells(t *testing.T) {
	t.Parallel()
	csv := reportHeader + "rene\u0301,human,ACTIVE,web-01,server,root,user,MFA\n"
	sim := opasim.Start(t, opasim.Options{Faults: []opasim.Fault{{Path: "/access_reports/{id}/report", After: true, Status: 200, Body: []byte(csv)}}})
	state, diags := configured(t, sim).read("opa_resource_access_report", config{"hostname": "web-01", "include_rows": config{"user_name": []any{"ren\u00e9"}}})
	if state == nil || state["row_count"] != int64(1) {
		t.Errorf("got %v and %s, want one row", state, diags)
	}
}

func TestRowFilterErrors(t *testing.T) {
	t.Parallel()
	const withoutConditions = "User Name,Resource Name,Account,Privileges\nlarry.linuxadmin,web-01,root,user\n"
	sim := opasim.Start(t, opasim.Options{Faults: []opasim.Fault{{Path: "/access_reports/{id}/report", After: true, Status: 200, Body: []byte(withoutConditions)}}})
	s := configured(t, sim, config{"report_columns": config{"conditions": ""}})
	for name, test := range map[string]struct {
		filters config
		want    string
	}{
		"no attribute":           {config{"include_rows": config{}}, "error: Empty row filter at AttributeName(\"include_rows\")"},
		"no patterns":            {config{"exclude_rows": config{"account": []any{}}}, "error: Invalid Attribute Value at AttributeName(\"exclude_rows\").AttributeName(\"account\")"},
		"missing column":         {config{"include_rows": config{"user_type": []any{"human"}}}, "error: Column not in the report at AttributeName(\"include_rows\")"},
		"flag of missing column": {config{"exclude_rows": config{"requires_mfa": true}}, "error: Column not in the report at AttributeName(\"exclude_rows\")"},
	} {
		for _, read := range []string{"opa_resource_access_report", "opa_resource_access_reports"} {
			arguments := config{"hostname": "web-01"}
			if read == "opa_resource_access_reports" {
				arguments = config{"hostnames": []any{"web-01", "web-02"}, "allow_partial": true}
			}
			maps.Copy(arguments, test.filters)
			if state, diags := s.read(read, arguments); state != nil || !strings.HasPrefix(diags, test.want) {
				t.Errorf("%s, %s: got %v and %s\nwant %s", name, read, state, diags, test.want)
			}
		}
	}
}
