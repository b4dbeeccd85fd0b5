package provider_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
	"github.com/privileged-access/terraform-provider-opa/internal/provider"
)

const reportHeader = "User Name,User Type,User Status,Resource Name,Resource Type,Account,Privileges,Conditions\n"

// reportsOf returns a tenant in which every report has the same CSV.
func reportsOf(csv string) opasim.Options {
	return opasim.Options{Faults: []opasim.Fault{{
		Path: "/access_reports/{id}/report", After: true, Status: http.StatusOK, Body: []byte(csv), Header: http.Header{"Content-Type": {"text/csv"}},
	}}}
}

// reportReads returns the arguments of all data sources and ephemeral resources that
// have rows, for reports on larry.linuxadmin or web-01.
func reportReads(sim *opasim.Server) map[string]config {
	larry := sim.World().User("larry.linuxadmin").ID
	return map[string]config{
		"opa_user_access_report":               {"user_name": "larry.linuxadmin"},
		"opa_user_access_reports":              {"user_names": []any{"larry.linuxadmin"}},
		"opa_resource_access_report":           {"hostname": "web-01"},
		"opa_resource_access_reports":          {"hostnames": []any{"web-01"}},
		"opa_team_access_report":               {"subject_type": "user"},
		"opa_access_report":                    {"report_id": sim.AddReport(opasim.PastReport{UserID: larry})},
		"ephemeral.opa_user_access_report":     {"user_name": "larry.linuxadmin"},
		"ephemeral.opa_resource_access_report": {"hostname": "web-01"},
	}
}

// Every data source and ephemeral resource with rows has unknown_conditions, and is in
// reportReads.
func TestRowsHaveUnknownConditions(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	reads := reportReads(opasim.Start(t, opasim.Options{}))
	withRows := map[string]bool{}
	check := func(name string, attributes map[string]bool) {
		withRows[name] = attributes["rows"]
		if _, listed := reads[name]; attributes["rows"] != listed || attributes["rows"] != attributes["unknown_conditions"] {
			t.Errorf("%s: got rows %t, unknown_conditions %t, in reportReads %t, want the same for all", name, attributes["rows"], attributes["unknown_conditions"], listed)
		}
	}
	for name, schema := range s.schema.DataSourceSchemas {
		attributes := map[string]bool{}
		for _, attribute := range schema.Block.Attributes {
			attributes[attribute.Name] = true
		}
		check(name, attributes)
	}
	for name, schema := range s.schema.EphemeralResourceSchemas {
		attributes := map[string]bool{}
		for _, attribute := range schema.Block.Attributes {
			attributes[attribute.Name] = true
		}
		check("ephemeral."+name, attributes)
	}
	for name := range reads {
		if !withRows[name] {
			t.Errorf("%s: got no rows or no such data source, want rows", name)
		}
	}
}

func TestUnknownConditionsInReads(t *testing.T) {
	t.Parallel()
	const row = "larry.linuxadmin,human,ACTIVE,web-01,server,root,user,"
	for tenant, test := range map[string]struct {
		conditions string // of the rows, one per line
		want       []any
	}{
		"all known":   {"MFA\n\n\"Approval, MFA\"\n", []any{}},
		"two unknown": {"MFA\nWorking hours\nOn call\nWorking hours\n", []any{"On call", "Working hours"}},
	} {
		csv := reportHeader + row + strings.ReplaceAll(strings.TrimSpace(test.conditions), "\n", "\n"+row) + "\n"
		sim := opasim.Start(t, reportsOf(csv))
		s := configured(t, sim)
		for name, arguments := range reportReads(sim) {
			t.Run(tenant+", "+name, func(t *testing.T) {
				t.Parallel()
				state, diags := s.readOrOpen(name, arguments)
				if diff := gocmp.Diff(test.want, state["unknown_conditions"]); diff != "" {
					t.Errorf("unknown_conditions (-want +got):\n%s", diff)
				}
				if got, want := strings.Count(diags, "warning: Unknown conditions"), min(len(test.want), 1); got != want || strings.Contains(diags, "error: ") {
					t.Errorf("got %d warnings on unknown conditions, want %d and no errors\n%s", got, want, diags)
				}
			})
		}
	}
}

func TestUnknownConditionsWarning(t *testing.T) {
	t.Parallel()
	unknown := func(texts ...string) []string { return texts }
	for name, test := range map[string]struct {
		texts  []string
		want   []string // parts of the message
		absent []string // texts that the message does not contain
	}{
		"one text":           {unknown("Working hours"), []string{"1 condition text in", "\n  - \"Working hours\"\n", "issues/new?template=tenant.yml"}, []string{"more"}},
		"five texts":         {unknown("a", "b", "c", "d", "e"), []string{"5 condition texts in", "\n  - \"e\"\n"}, []string{"more"}},
		"seven texts":        {unknown("a", "b", "c", "d", "e", "f", "g"), []string{"7 condition texts in", "\n  - \"a\"\n", "\n  - \"e\"\n", "\n  - and 2 more\n"}, []string{`"f"`, `"g"`}},
		"long text":          {unknown(strings.Repeat("x", 1000)), []string{"xxx\"…\n"}, []string{strings.Repeat("x", 200)}},
		"control characters": {unknown("\x1b[2J\u202eno\u0085\nbody"), []string{`"\x1b[2J\u202eno\u0085\nbody"`}, []string{"\x1b", "\u202e", "\u0085"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			texts, diags := provider.UnknownConditions(test.texts)
			if len(texts) != len(test.texts) || len(diags) != 1 {
				t.Fatalf("got %d texts and %d diagnostics, want %d and 1", len(texts), len(diags), len(test.texts))
			}
			detail := diags[0].Detail()
			for _, part := range test.want {
				if !strings.Contains(detail, part) {
					t.Errorf("got %s\nwant it to contain %s", strconv.Quote(detail), strconv.Quote(part))
				}
			}
			for _, part := range test.absent {
				if strings.Contains(detail, part) {
					t.Errorf("got %s\nwant it not to contain %s", strconv.Quote(detail), strconv.Quote(part))
				}
			}
		})
	}
	if texts, diags := provider.UnknownConditions(nil); len(texts) != 0 || len(diags) != 0 {
		t.Errorf("known conditions: got %v and %v, want none", texts, diags)
	}
}
