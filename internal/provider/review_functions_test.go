package provider_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

func TestReportChanges(t *testing.T) {
	s := newServer(t)
	before, after := larrysRow(nil), larrysRow(map[string]any{"conditions": "Okta Gateway, Approval"})
	ann, bob := larrysRow(map[string]any{"user_name": "ann"}), larrysRow(map[string]any{"user_name": "bob"})
	got, problem := s.call("report_changes", []any{before, ann}, []any{bob, after})
	wantBefore, wantAfter := withDerived(before, true, false, false, true), withDerived(after, true, false, true, false)
	want := map[string]any{
		"granted": []any{withDerived(bob, true, false, false, true)}, "revoked": []any{withDerived(ann, true, false, false, true)}, "unchanged": []any{},
		"weakened":     []any{map[string]any{"before": wantBefore, "after": wantAfter, "lost": []any{"mfa"}, "gained": []any{"approval"}}},
		"strengthened": []any{}, "altered": []any{},
	}
	if diff := gocmp.Diff(any(want), got); diff != "" {
		t.Errorf("got error %q, want none; changes (-want +got):\n%s", problem, diff)
	}

	markdown, problem := s.call("report_changes_markdown", got)
	if text, _ := markdown.(string); !strings.HasPrefix(text, "1 weakened, 1 granted, 0 altered, 0 strengthened, 1 revoked, 0 unchanged.\n\n### Weakened (1)\n") ||
		!strings.Contains(text, "no longer requires MFA<br>now requires approval") {
		t.Errorf("got error %q and\n%s\nwant the numbers and the weakened row first", problem, markdown)
	}
	// Lists can be filtered.
	filtered := maps.Clone(want)
	filtered["weakened"] = []any{}
	if markdown, problem = s.call("report_changes_markdown", filtered); !strings.HasPrefix(markdown.(string), "0 weakened, 1 granted, ") {
		t.Errorf("filtered: got error %q and\n%s\nwant no weakened row", problem, markdown)
	}
}

// Only the result of report_changes is accepted, so that "No changes" is true.
func TestReportChangesMarkdownErrors(t *testing.T) {
	s := newServer(t)
	row := withDerived(larrysRow(nil), true, false, false, true)
	weaker := withDerived(larrysRow(map[string]any{"conditions": ""}), false, false, false, false)
	valid := func(name string, value any) map[string]any {
		changes := map[string]any{"granted": []any{}, "revoked": []any{}, "unchanged": []any{}, "weakened": []any{}, "strengthened": []any{}, "altered": []any{}}
		changes[name] = value
		return changes
	}
	const not = "changes: this must be the result of report_changes"
	for name, test := range map[string]struct {
		changes any
		want    string
	}{
		"rows":                  {[]any{row}, not},
		"a difference":          {map[string]any{"added": []any{}, "removed": []any{}, "unchanged": []any{}}, not + `, which has no attribute "added"`},
		"no lists":              {map[string]any{}, not + ": it has no altered"},
		"a missing list":        {without(valid("granted", []any{}), "weakened"), not + ": it has no weakened"},
		"a null list":           {valid("granted", nil), not + ": it has no granted"},
		"a row without account": {valid("granted", []any{without(row, "account")}), not + `. In granted, rows[0].account is missing. Set it to "" if there is none, or to null if it is unknown`},
		"a row for a change":    {valid("weakened", []any{row}), not + ". In weakened, changes[0].before must be an object"},
		"a text":                {valid("altered", "none"), not + ". In altered, there must be a list of changes"},
		"the wrong part":        {valid("strengthened", []any{map[string]any{"before": row, "after": weaker}}), not + ". In strengthened, changes[0] does not belong there: its rows differ in another way"},
		"equal rows":            {valid("weakened", []any{map[string]any{"before": row, "after": row}}), not + ". In weakened, changes[0] does not belong there: its rows differ in another way"},
	} {
		if got, problem := s.call("report_changes_markdown", test.changes); got != nil || !strings.HasPrefix(problem, test.want) {
			t.Errorf("%s: got %v and error %q, want error %q", name, got, problem, test.want)
		}
	}
	// What was lost is determined from the rows.
	if got, problem := s.call("report_changes_markdown", valid("weakened", []any{map[string]any{"before": row, "after": weaker, "lost": []any{}}})); !strings.Contains(got.(string), "no longer requires MFA") {
		t.Errorf("got error %q and %v, want what was lost", problem, got)
	}
}

func TestReportReview(t *testing.T) {
	s := newServer(t)
	row, admin, ann := larrysRow(nil), larrysRow(map[string]any{"account": "admin"}), larrysRow(map[string]any{"user_name": "ann"})
	approval := func(changes map[string]any) map[string]any {
		a := map[string]any{"user_name": "larry", "resource_name": "web-01", "account": "root"}
		maps.Copy(a, changes)
		return a
	}
	complete := func(changes map[string]any) map[string]any {
		a := map[string]any{"privileges": nil, "conditions": nil, "expires_at": nil, "approved_by": nil, "reason": nil, "ticket": nil, "tags": nil}
		maps.Copy(a, approval(changes))
		return a
	}
	valid := map[string]any{"conditions": "MFA", "approved_by": "ann", "reason": "on call", "expires_at": "2026-12-31", "ticket": int64(12), "requires_mfa": true}
	expired := map[string]any{"account": "admin", "expires_at": "2026-09-30", "tags": []any{"a", "b"}}
	unused := map[string]any{"user_name": "bob"}
	got, problem := s.call("report_review", []any{row, admin, ann}, []any{approval(valid), approval(expired), approval(unused)}, "2026-10-01T00:00:00Z")
	derived := func(row map[string]any) map[string]any { return withDerived(row, true, false, false, true) }
	withFlag := func(a map[string]any) map[string]any {
		if _, ok := a["requires_mfa"]; !ok {
			a["requires_mfa"] = nil
		}
		return a
	}
	want := map[string]any{
		"approved":   []any{map[string]any{"row": derived(row), "approval": withFlag(complete(valid))}},
		"expired":    []any{map[string]any{"row": derived(admin), "approval": withFlag(complete(expired))}},
		"unapproved": []any{derived(ann), derived(admin)},
		"unused":     []any{withFlag(complete(unused))},
	}
	if diff := gocmp.Diff(any(want), got); diff != "" {
		t.Errorf("got error %q, want none; review (-want +got):\n%s", problem, diff)
	}

	// csvdecode returns maps of strings with the headings of report_encode.
	heading := tftypes.NewValue(tftypes.Map{ElementType: tftypes.String}, map[string]tftypes.Value{
		"User Name": tftypes.NewValue(tftypes.String, "larry"), "Resource Name": tftypes.NewValue(tftypes.String, "web-01"), "Account": tftypes.NewValue(tftypes.String, "root"),
		"Conditions": tftypes.NewValue(tftypes.String, ""), "expires_at": tftypes.NewValue(tftypes.String, "never"),
	})
	got, problem = s.call("report_review", []any{row}, list(heading), "2026-10-01")
	review, _ := got.(map[string]any)
	if approved, _ := review["approved"].([]any); len(approved) != 1 || approved[0].(map[string]any)["approval"].(map[string]any)["user_name"] != "larry" {
		t.Errorf("CSV: got error %q and %v, want the row approved", problem, got)
	}
	if got, problem = s.call("report_review", []any{row}, []any{}, "2026-10-01"); len(got.(map[string]any)["unapproved"].([]any)) != 1 {
		t.Errorf("no approvals: got error %q and %v, want the row unapproved", problem, got)
	}
}

func TestReportReviewErrors(t *testing.T) {
	s := newServer(t)
	larry := map[string]any{"user_name": "larry", "resource_name": "web-01", "account": "root"}
	with := func(name string, value any) []any {
		a := maps.Clone(larry)
		a[name] = value
		return []any{larry, a}
	}
	const second = `approvals: approvals[1] ("larry" on "web-01" as "root") `
	for name, test := range map[string]struct {
		approvals any
		at        string
		want      string
	}{
		"an object":            {larry, "2026-10-01", "approvals: this must be a list of approvals, such as the result of csvdecode or yamldecode"},
		"a set":                {tftypes.NewValue(tftypes.Set{ElementType: literal(larry).Type()}, []tftypes.Value{literal(larry)}), "2026-10-01", "approvals: this is a set, which has no order. Use the list that the set was created from"},
		"a text":               {[]any{"larry"}, "2026-10-01", "approvals: approvals[0] must be an object with user_name, resource_name and account"},
		"a null approval":      {[]any{nil}, "2026-10-01", "approvals: approvals[0] must be an object with user_name, resource_name and account"},
		"a null user":          {[]any{map[string]any{"user_name": nil, "resource_name": "web-01", "account": "root"}}, "2026-10-01", `approvals: approvals[0] (on "web-01" as "root") has no user_name. An approval names the user, the resource and the account exactly`},
		"a number":             {with("privileges", 5), "2026-10-01", second + "privileges must be a string"},
		"a flag":               {with("requires_mfa", true), "2026-10-01", second + `has a mistake: .requires_mfa is true, but the conditions "" imply false. Remove it, or correct the conditions`},
		"extra":                {with("extra", "x"), "2026-10-01", second + "has a mistake: .extra must be a map of strings"},
		"a limit":              {with("valid_days", 30), "2026-10-01", second + `has the attribute "valid_days", which is not known and would be ignored. If it limits the approval, use privileges, conditions or expires_at. Otherwise, move its text to reason, or remove it`},
		"a limit in an object": {with("ticket", map[string]any{"id": "SEC-12", "expires_at": "2025-12-31"}), "2026-10-01", second + `has the attribute "ticket.expires_at", which would be ignored there. If it means expires_at, move it to the approval itself. Otherwise, rename or remove it`},
		"a limit in a list":    {with("notes", []any{"a", map[string]any{"until": nil}}), "2026-10-01", second + `has the attribute "notes[1].until", which is not known and would be ignored. Move its text to reason, or remove it`},
		"a limit in a tag": {with("tags", map[string]any{"end of support": "x"}), "2026-10-01", second + `has the tag "tags.end of support", whose name looks like a limit or a decision, which would be ignored. ` +
			"If it limits the approval, use privileges, conditions or expires_at. Otherwise, rename or remove it"},
		"a date in an object":  {with("ticket", []any{map[string]any{"notes": []any{"a", "until 2027-01-31"}}}), "2026-10-01", second + `has the attribute "ticket[0].notes[1]" with the date "until 2027-01-31", which would be ignored. If it is the end of the approval, set expires_at. Otherwise, move it to reason. An approval cannot begin later`},
		"a bool":               {with("ticket", false), "2026-10-01", second + `has the attribute "ticket", which must not be a bool. It may be a denial that would be ignored`},
		"a bool in a list":     {with("reviewers", []any{false}), "2026-10-01", second + `has the attribute "reviewers[0]", which must not be a bool. It may be a denial that would be ignored`},
		"a bool of a decision": {with("tags", map[string]any{"pci": false, "reviewed": false}), "2026-10-01", second + `has the attribute "tags.reviewed" with the value "false", which would be ignored. If the access is not approved, remove the approval. Otherwise, explain it in reason`},
		"a bool in an object":  {with("ticket", map[string]any{"note": false}), "2026-10-01", second + `has the attribute "ticket.note" with the value "false", which would be ignored. If the access is not approved, remove the approval. Otherwise, explain it in reason`},
		"a denial":             {with("note", "rejected"), "2026-10-01", second + `has the attribute "note" with the value "rejected", which would be ignored. If the access is not approved, remove the approval. Otherwise, explain it in reason`},
		"a nested approval":    {with("approval", map[string]any{"approved_by": "ann"}), "2026-10-01", second + `has the attribute "approval", which is not known and would be ignored. If it limits the approval, use privileges, conditions or expires_at. Otherwise, move its text to reason, or remove it`},
		"a duplicate":          {with("reason", "x"), "2026-10-01", second + "approves the same access as approvals[0], so it is not clear which of them is valid. Remove one of them. One approval covers all rows of the same access"},
		"an invalid time":      {[]any{larry}, "yesterday", "at: this must be a timestamp such as plantimestamp() (RFC 3339), or a date such as 2026-12-31"},
		"an empty time":        {[]any{larry}, "", "at: this must be a timestamp such as plantimestamp() (RFC 3339), or a date such as 2026-12-31"},
		"an invalid zone":      {[]any{larry}, "2026-10-01T12:00:00-24:60", "at: this must be a timestamp such as plantimestamp() (RFC 3339), or a date such as 2026-12-31"},
		"a mistyped year":      {[]any{larry}, "0026-11-25", "at: this must be a timestamp such as plantimestamp() (RFC 3339), or a date such as 2026-12-31"},
		"wrong case of a name": {with("account", "Root"), "2026-10-01", `approvals: approvals[1] ("larry" on "web-01" as "Root") account is "Root", but the rows have "root". Approvals are compared exactly: correct it`},
	} {
		if got, problem := s.call("report_review", []any{larrysRow(nil)}, test.approvals, test.at); got != nil || problem != test.want {
			t.Errorf("%s: got %v and error\n%s\nwant error\n%s", name, got, problem, test.want)
		}
	}
	for name, approvals := range map[string]any{"an unknown list": unknown{}, "an unknown approval": []any{larry, unknown{}}, "an unknown end": with("expires_at", tftypes.NewValue(tftypes.String, tftypes.UnknownValue))} {
		if got, problem := s.call("report_review", []any{larrysRow(nil)}, approvals, "2026-10-01"); got != any(unknown{}) {
			t.Errorf("%s: got %v and error %q, want an unknown result", name, got, problem)
		}
	}
}

// Approvals are compared with the columns of rows, so the arguments of data sources would be
// ignored. Only the ID and the labels are those of the approval itself.
func TestArgumentsAreNoAttributesOfApprovals(t *testing.T) {
	s := newServer(t)
	known := []string{"user_name", "user_type", "user_status", "resource_type", "subject_id", "id", "labels"}
	for source, schema := range s.schema.DataSourceSchemas {
		for _, argument := range schema.Block.Attributes {
			if !argument.Required && !argument.Optional || slices.Contains(known, argument.Name) {
				continue
			}
			approval := map[string]any{"user_name": "larry", "resource_name": "web-01", "account": "root", argument.Name: "x"}
			if got, problem := s.call("report_review", []any{larrysRow(nil)}, []any{approval}, "2026-10-01"); got != nil || !strings.Contains(problem, fmt.Sprintf("has the attribute %q", argument.Name)) {
				t.Errorf("%s of %s: got %v and error %q, want an error", argument.Name, source, got, problem)
			}
		}
	}
}

func TestReportEvidence(t *testing.T) {
	t.Parallel()
	s := configured(t, opasim.Start(t, opasim.Options{}))
	read := func(source string, arguments config) map[string]any {
		t.Helper()
		state, diags := s.read(source, arguments)
		if state == nil {
			t.Fatalf("got %s, want a state", diags)
		}
		return state
	}
	web := read("opa_resource_access_report", config{"hostname": "web-01"})
	users := read("opa_user_access_reports", config{"user_names": []any{"larry.linuxadmin", "neil.newcomer"}})
	filtered := read("opa_team_access_report", config{"subject_type": "user", "exclude_rows": map[string]any{"user_name": []any{"larry*"}}})

	evidence := func(reports ...any) map[string]any {
		t.Helper()
		got, problem := s.call("report_evidence", reports...)
		again, _ := s.call("report_evidence", reports...)
		object, ok := got.(map[string]any)
		if !ok || gocmp.Diff(got, again) != "" {
			t.Fatalf("got %v and error %q, then %v, want the same object", got, problem, again)
		}
		return object
	}
	one := evidence(web)
	csv, problem := s.call("report_encode", web["rows"])
	sum := sha256.Sum256([]byte(csv.(string)))
	if problem != "" || one["sha256"] != hex.EncodeToString(sum[:]) || one["complete"] != true || one["team"] != opasim.DefaultTeam {
		t.Errorf("got %v and error %q, want a complete report of the team with the digest %x", one, problem, sum)
	}
	report := one["reports"].([]any)[0].(map[string]any)
	asked := map[string]any{"hostname": "web-01", "canonical_name": web["canonical_name"], "resource_id": web["resource_id"], "project_id": web["project_id"], "project_name": web["project_name"], "resource_group_id": web["resource_group_id"], "resource_type": "server"}
	for name, value := range asked {
		if value == nil {
			delete(asked, name)
		}
	}
	if diff := gocmp.Diff(any(asked), report["asked"]); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	member := report["reports"].([]any)[0].(map[string]any)
	if member["report_id"] != web["report_id"] || member["subject_id"] != web["resource_id"] || member["subject_type"] != "resource" || member["created_at"] != web["created_at"] || member["updated_at"] != web["updated_at"] {
		t.Errorf("got the report %v, want the ID, the times and the server of %v", member, web["report_id"])
	}

	both := evidence(web, users)
	if both["complete"] != true || len(both["reports"].([]any)) != 2 || len(both["reports"].([]any)[1].(map[string]any)["reports"].([]any)) != 2 {
		t.Errorf("two arguments: got %v, want two complete ones, the second with two reports", both)
	}
	if twice := evidence(users, read("opa_user_access_report", config{"user_name": "paula+pager@example.com"}), users); twice["complete"] != false || twice["limitations"].([]any)[0] != "reports[0] and reports[2] have a report in common, and its rows twice" {
		t.Errorf("a report in two arguments: got %v, want a limitation that says so", twice["limitations"])
	}
	all := evidence(filtered)
	if all["complete"] != false || !strings.HasPrefix(all["limitations"].([]any)[0].(string), "filtered: row filters left ") {
		t.Errorf("row filters: got %v, want a limitation that says so", all["limitations"])
	}
	if diff := gocmp.Diff(any(map[string]any{"user_name": []any{"larry*"}}), all["reports"].([]any)[0].(map[string]any)["asked"].(map[string]any)["exclude_rows"]); diff != "" {
		t.Errorf("exclude_rows (-want +got):\n%s", diff)
	}

	team := read("opa_team_access_report", config{"subject_type": "user"})
	for name, report := range map[string]any{
		"a user": read("opa_user_access_report", config{"user_name": "larry.linuxadmin"}), "an existing report": read("opa_access_report", config{"report_id": web["report_id"]}),
		"a team": team, "a checked team": read("opa_team_access_report", config{"subject_type": "resource", "cross_check": true}),
	} {
		if got := evidence(report); got["complete"] != true {
			t.Errorf("%s: got the limitations %v, want a complete report", name, got["limitations"])
		}
	}

	// Whatever is changed or missing is a limitation.
	pair := read("opa_user_access_reports", config{"user_names": []any{"larry.linuxadmin", "dora.database"}})
	rows := pair["rows"].([]any)
	repeated := append([]any{rows[len(rows)-1]}, rows[1:]...)
	var anonymous []any
	for _, row := range rows {
		row := maps.Clone(row.(map[string]any))
		delete(row, "subject_id")
		anonymous = append(anonymous, row)
	}
	noRows := map[string]any{"rows": []any{}, "row_count": 0, "total_row_count": 0}
	ofResources := maps.Clone(noRows)
	ofResources["subject_type"] = "resource"
	for name, test := range map[string]struct {
		from   map[string]any
		change map[string]any
		want   string
	}{
		"partial":                       {users, map[string]any{"status": "PARTIAL"}, `the status is "PARTIAL"`},
		"failed":                        {users, map[string]any{"users": []any{map[string]any{"user_id": "1", "report_id": "2", "status": "ERROR", "error": "it failed"}}}, "1 of 1 report are missing"},
		"no members":                    {users, map[string]any{"users": []any{}}, "1 of 1 report are missing"},
		"without status":                {web, map[string]any{"status": nil}, "the status is not known"},
		"fewer rows":                    {web, map[string]any{"rows": []any{}}, "there are 0 rows, but row_count is"},
		"without a count":               {web, map[string]any{"row_count": nil}, "the number of rows is not known"},
		"without a total":               {web, map[string]any{"total_row_count": nil}, "the number of rows is not known"},
		"a greater total":               {web, map[string]any{"total_row_count": 1000}, "filtered: row filters left"},
		"an empty report":               {web, map[string]any{"status": "COMPLETED_BUT_EMPTY"}, "the status is COMPLETED_BUT_EMPTY, but there are rows"},
		"another status":                {web, map[string]any{"status": "Completed"}, `the status is "Completed"`},
		"only the ID":                   {map[string]any{"report_id": "1", "rows": []any{}}, nil, "the status is not known"},
		"without a report":              {users, map[string]any{"users": []any{map[string]any{"user_id": "1", "report_id": "2", "status": "COMPLETED", "row_count": 0, "total_row_count": 0}}}, "but the reports have 0"},
		"a report twice":                {users, map[string]any{"users": []any{users["users"].([]any)[0], users["users"].([]any)[0]}}, "a report occurs more than once"},
		"without subjects":              {users, map[string]any{"users": []any{map[string]any{"report_id": "2", "status": "COMPLETED", "row_count": 0, "total_row_count": 0}}}, "the subjects of 1 report are not known"},
		"without the total of a member": {users, map[string]any{"users": []any{map[string]any{"user_id": "1", "report_id": "2", "status": "COMPLETED", "row_count": 0}}}, "the numbers of rows of 1 report are not known"},
		"a filtered member":             {users, map[string]any{"rows": []any{}, "row_count": 0, "total_row_count": 0, "users": []any{map[string]any{"user_id": "1", "report_id": "2", "status": "COMPLETED", "row_count": 0, "total_row_count": 4}}}, "filtered: row filters left out rows of 1 report"},
		"by hand":                       {map[string]any{"report_id": "1", "status": "COMPLETED", "rows": []any{larrysRow(nil)}, "row_count": 1, "total_row_count": 1}, nil, "the arguments of the data source are not known"},
		"rows of another subject":       {pair, map[string]any{"rows": repeated}, "the rows are not those of the reports: their numbers differ for 2 subjects"},
		"rows without subjects":         {pair, map[string]any{"rows": anonymous}, "rows do not have the ID of the subject of their report"},
		"another type of subjects":      {team, ofResources, "no report is of the type of the subjects that the rows are from"},
		"of another time":               {filtered, map[string]any{"as_of": "2026-10-01T00:00:00Z"}, "as_of: the subjects are those that are selected now"},
	} {
		changed := maps.Clone(test.from)
		maps.Copy(changed, test.change)
		got := evidence(changed)
		text := fmt.Sprint(got["limitations"])
		if got["complete"] != false || !strings.Contains(text, test.want) {
			t.Errorf("%s: got complete %v and %s, want it not complete and %q", name, got["complete"], text, test.want)
		}
	}
}

func TestReportEvidenceErrors(t *testing.T) {
	s := newServer(t)
	rows := []any{larrysRow(nil)}
	for name, test := range map[string]struct {
		reports []any
		want    string
	}{
		"none":          {nil, "there must be at least one report, such as data.opa_team_access_report.all"},
		"rows":          {[]any{rows}, "reports: this must be a report, such as data.opa_user_access_report.larry, or an object with a report_id"},
		"no rows":       {[]any{map[string]any{"report_id": "1"}}, "reports: this has no rows. Use a complete report, such as data.opa_user_access_report.larry"},
		"null rows":     {[]any{map[string]any{"report_id": "1", "rows": nil}}, "reports: this has no rows. Use a complete report, such as data.opa_user_access_report.larry"},
		"no report":     {[]any{map[string]any{"rows": rows}}, "reports: this must be a report, such as data.opa_user_access_report.larry, or an object with a report_id"},
		"other teams":   {[]any{map[string]any{"report_id": "1", "rows": rows, "team": "a"}, map[string]any{"report_id": "2", "rows": rows, "team": "b"}}, "the reports are of different teams. Call report_evidence once for each team"},
		"null accounts": {[]any{map[string]any{"report_id": "1", "rows": []any{larrysRow(map[string]any{"account": nil})}}}, "the rows of reports[0] cannot be encoded as CSV: rows[0].account is null, but a report requires it to show who has access to what, how, and under which conditions"},
		"a text":        {[]any{map[string]any{"report_id": "1", "rows": rows, "unknown_conditions": "x"}}, "reports: its unknown_conditions must be a list of strings"},
	} {
		if got, problem := s.call("report_evidence", test.reports...); got != nil || problem != test.want {
			t.Errorf("%s: got %v and error\n%s\nwant error\n%s", name, got, problem, test.want)
		}
	}
	if got, problem := s.call("report_evidence", map[string]any{"report_id": "1", "rows": unknown{}}); got != any(unknown{}) {
		t.Errorf("unknown rows: got %v and error %q, want an unknown result", got, problem)
	}
}

// A report of OPA may have columns with the headings of a spreadsheet.
func TestReportWithHeadingsOfSpreadsheet(t *testing.T) {
	s := configured(t, opasim.Start(t, opasim.Options{CSV: opasim.CSV{
		Extra:  []opasim.Column{opasim.ColumnProject, opasim.ColumnPolicy},
		Header: map[opasim.Column]string{opasim.ColumnProject: "MFA Required", opasim.ColumnPolicy: "Approval Required"},
	}}))
	state, diags := s.read("opa_resource_access_report", config{"hostname": "web-01"})
	if state == nil || len(state["rows"].([]any)) == 0 {
		t.Fatalf("got %s, want rows", diags)
	}
	csv, _ := s.call("report_encode", state["rows"])
	if rows, problem := s.call("report_decode", csv); problem != "" || len(rows.([]any)) != len(state["rows"].([]any)) {
		t.Errorf("report_decode of %s: got error %q, want the rows", csv, problem)
	}
}

func TestReportSpreadsheet(t *testing.T) {
	s := newServer(t)
	got, problem := s.call("report_spreadsheet", []any{larrysRow(map[string]any{"user_name": "=larry"})})
	text, _ := got.(string)
	if !strings.HasPrefix(text, "\ufeff\"User Name\",") || !strings.HasSuffix(text, "\r\n\"'=larry\",\"human\",\"ACTIVE\",\"web-01\",\"server\",\"root\",\"user\",\"Okta Gateway, MFA\",\"yes\",\"no\",\"no\",\"yes\",\"yes\"\r\n") {
		t.Errorf("got error %q and %q, want a CSV with the row", problem, text)
	}
	const want = "csv: The CSV is not a valid access report: line 1: the text was written by report_spreadsheet, which changes cells that a spreadsheet could read as formulas. Use the result of report_encode.\n\n" +
		"No rows are returned, because some could be missing"
	if got, problem = s.call("report_decode", text); got != nil || problem != want {
		t.Errorf("report_decode: got %v and error %q, want error %q", got, problem, want)
	}
}

// The expressions in the documentation drop the columns of a CSV and empty cells.
func TestReportReviewOfCSV(t *testing.T) {
	const drop = `{ for name, value in a : name => value if !contains(["State", "Resolution"], name) }`
	review := func(approvals string) string {
		return `
			locals {
				rows = [{
					user_name = "larry", user_type = null, user_status = null, resource_name = "web-01", resource_type = null
					account = "root", privileges = "user", conditions = "MFA", requires_mfa = true
				}]
				csv = <<-EOT
					user_name,resource_name,account,privileges,conditions,State,Resolution,assigned_to
					larry,web-01,root,,MFA,Approved,Done,ann
				EOT
				dropped = [for a in csvdecode(local.csv) : ` + drop + ` if a.State == "Approved"]
			}
			output "approved" { value = length(provider::opa::report_review(local.rows, ` + approvals + `, "2026-10-01").approved) }
		`
	}
	acceptance(t, opasim.Start(t, opasim.Options{}),
		resource.TestStep{
			Config: review("csvdecode(local.csv)"), ExpectError: regexp.MustCompile(`has\s+the\s+attributes\s+"Resolution"\s+and\s+"State",\s+which\s+are\s+not\s+known`),
		},
		resource.TestStep{
			Config: review("local.dropped"), ExpectError: regexp.MustCompile(`(?s)privileges\s+is\s+empty\..*drop\s+empty\s+cells`),
		},
		resource.TestStep{
			Config: review(`[for approval in local.dropped : { for name, value in approval : name => value if name != "privileges" || value != "" }]`),
			Check:  resource.TestCheckOutput("approved", "1"),
		},
	)
}

// Attributes of objects are judged with the name of the object.
func TestReportReviewOfObjects(t *testing.T) {
	s := newServer(t)
	for name, test := range map[string]struct {
		attributes map[string]any
		want       string // part of the error, or ""
	}{
		"a person":             {map[string]any{"owner": map[string]any{"name": "ann", "email": "ann@example.com"}}, ""},
		"approvers":            {map[string]any{"approvers": []any{map[string]any{"email": "ann@example.com", "date": "2026-09-01"}}}, ""},
		"a label":              {map[string]any{"labels": map[string]any{"app.kubernetes.io/managed-by": "argocd"}}, ""},
		"a null":               {map[string]any{"approved_at": nil}, ""},
		"a date in the future": {map[string]any{"approvers": []any{map[string]any{"date": "2027-01-31"}}}, `"approvers[0].date" with the date "2027-01-31"`},
		"a name of a note":     {map[string]any{"note": map[string]any{"name": "ann"}}, `"note.name", which is not known`},
		"a limit in a label":   {map[string]any{"labels": map[string]any{"example.com/due-by": "x"}}, `"labels.example.com/due-by", whose name looks like a limit`},
		"a denied tag":         {map[string]any{"tags": map[string]any{"granted": "no"}}, `"tags.granted" with the value "no"`},
	} {
		approval := map[string]any{"user_name": "larry", "resource_name": "web-01", "account": "root"}
		maps.Copy(approval, test.attributes)
		if _, problem := s.call("report_review", []any{larrysRow(nil)}, []any{approval}, "2026-10-01"); test.want == "" && problem != "" || !strings.Contains(problem, test.want) {
			t.Errorf("%s: got error %q, want %q", name, problem, test.want)
		}
	}
}
