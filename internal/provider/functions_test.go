package provider_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"pgregory.net/rapid"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// larrysRow returns a row without derived attributes, with changes. larrysCSV is the
// same row in a CSV, without changes.
func larrysRow(changes map[string]any) map[string]any {
	row := map[string]any{
		"user_name": "larry", "user_type": "human", "user_status": "ACTIVE", "resource_name": "web-01", "resource_type": "server",
		"account": "root", "privileges": "user", "conditions": "Okta Gateway, MFA",
	}
	maps.Copy(row, changes)
	return row
}

const larrysCSV = "larry,human,ACTIVE,web-01,server,root,user,\"Okta Gateway, MFA\"\n"

// withDerived returns a row with derived attributes, as functions and data sources
// return it.
func withDerived(row map[string]any, gateway, recorded, approval, mfa any) map[string]any {
	row = maps.Clone(row)
	maps.Copy(row, map[string]any{"requires_gateway": gateway, "records_session": recorded, "requires_approval": approval, "requires_mfa": mfa, "shared_account": true, "extra": nil, "subject_id": row["subject_id"]})
	return row
}

// withExtra returns a row with cells in unknown columns.
func withExtra(row, extra map[string]any) map[string]any {
	row = maps.Clone(row)
	row["extra"] = extra
	return row
}

// without returns a row without an attribute.
func without(row map[string]any, attribute string) map[string]any {
	row = maps.Clone(row)
	delete(row, attribute)
	return row
}

// stringMap returns a row as a map of strings, such as tomap and csvdecode return.
func stringMap(row map[string]any) tftypes.Value {
	elements := map[string]tftypes.Value{}
	for name, value := range row {
		if value != nil {
			elements[name] = tftypes.NewValue(tftypes.String, fmt.Sprint(value))
		}
	}
	return tftypes.NewValue(tftypes.Map{ElementType: tftypes.String}, elements)
}

// list returns a list of values of one type. HCL creates a tuple instead.
func list(values ...any) tftypes.Value {
	var elements []tftypes.Value
	for _, value := range values {
		elements = append(elements, literal(value))
	}
	return tftypes.NewValue(tftypes.List{ElementType: elements[0].Type()}, elements)
}

func TestFunctionsAcceptRows(t *testing.T) {
	s := newServer(t)
	row := larrysRow(nil)
	for name, test := range map[string]struct {
		rows any
		want string
	}{
		"no rows":                       {[]any{}, reportHeader},
		"no derived attributes":         {[]any{row, larrysRow(map[string]any{"user_name": "ann"})}, reportHeader + larrysCSV + strings.Replace(larrysCSV, "larry", "ann", 1)},
		"with some booleans":            {[]any{larrysRow(map[string]any{"requires_mfa": true, "records_session": false})}, reportHeader + larrysCSV},
		"with null booleans":            {[]any{withDerived(row, nil, nil, nil, nil)}, reportHeader + larrysCSV},
		"as returned":                   {list(withDerived(row, true, false, false, true)), reportHeader + larrysCSV},
		"maps of strings":               {list(stringMap(row)), reportHeader + larrysCSV},
		"maps of strings with booleans": {[]any{stringMap(withDerived(row, "true", "false", "false", "true"))}, reportHeader + larrysCSV},
		"null columns": {
			[]any{larrysRow(map[string]any{"user_type": nil, "user_status": nil, "resource_type": nil})},
			"User Name,Resource Name,Account,Privileges,Conditions\nlarry,web-01,root,user,\"Okta Gateway, MFA\"\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, problem := s.call("report_encode", test.rows)
			if problem != "" {
				t.Fatalf("got error %q, want none", problem)
			}
			if diff := gocmp.Diff(test.want, got); diff != "" {
				t.Errorf("CSV (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFunctionsRejectInvalidRows(t *testing.T) {
	s := newServer(t)
	row := larrysRow(nil)
	const attributes = "user_name, user_type, user_status, resource_name, resource_type, account, privileges, conditions"
	const derived = "requires_gateway, records_session, requires_approval, requires_mfa, shared_account, subject_id, extra"
	for name, test := range map[string]struct {
		rows any
		want string
	}{
		"a set": {
			tftypes.NewValue(tftypes.Set{ElementType: literal(row).Type()}, []tftypes.Value{literal(row)}),
			"this is a set, which removes duplicate rows. Use the list of rows that the set was created from",
		},
		"a string":                 {"User Name,...", "this must be a list of rows, such as the rows of a data source or the result of report_decode"},
		"a report object":          {map[string]any{"rows": []any{row}}, "this must be a list of rows, such as the rows of a data source or the result of report_decode"},
		"a list of names":          {[]any{"larry"}, "rows[0] must be an object with the attributes of a row: " + attributes},
		"a null row":               {[]any{row, nil}, "rows[1] must be an object with the attributes of a row: " + attributes},
		"an unknown attribute":     {[]any{row, larrysRow(map[string]any{"user": "larry"})}, `rows[1] has an unknown attribute "user". Remove it, or correct its name. The attributes of a row are ` + attributes + ", " + derived},
		"a missing attribute":      {[]any{without(row, "conditions")}, `rows[0].conditions is missing. Set it to "" if there is none, or to null if it is unknown`},
		"a number":                 {[]any{row, row, larrysRow(map[string]any{"account": 0})}, "rows[2].account must be a string"},
		"a string for a boolean":   {[]any{larrysRow(map[string]any{"requires_mfa": "yes"})}, "rows[0].requires_mfa must be true or false"},
		"MFA not in conditions":    {[]any{larrysRow(map[string]any{"conditions": "Approval\x1b[31m", "requires_mfa": true})}, `rows[0].requires_mfa is true, but the conditions "Approval\x1b[31m" imply false. Remove it, or correct the conditions`},
		"MFA in conditions":        {list(withDerived(row, true, false, false, false)), `rows[0].requires_mfa is false, but the conditions "Okta Gateway, MFA" imply true. Remove it, or correct the conditions`},
		"MFA with null conditions": {[]any{larrysRow(map[string]any{"conditions": nil, "requires_mfa": false})}, "rows[0].requires_mfa is false, but the conditions are null, that is, unknown. Remove it, or set the conditions"},
		"a shared account":         {[]any{larrysRow(map[string]any{"shared_account": false})}, `rows[0].shared_account is false, but user_name "larry" and account "root" imply true. Remove it, or correct these`},
		"a list for subject_id":    {[]any{larrysRow(map[string]any{"subject_id": []any{"x"}})}, "rows[0].subject_id must be a string"},
		"a string for extra":       {[]any{larrysRow(map[string]any{"extra": "x"})}, "rows[0].extra must be a map of strings"},
		"a null extra cell":        {[]any{larrysRow(map[string]any{"extra": map[string]any{"Policy": nil}})}, `rows[0].extra["Policy"] must be a string`},
	} {
		t.Run(name, func(t *testing.T) {
			for parameter, arguments := range map[string][]any{
				"rows: ":   {test.rows},
				"before: ": {test.rows, []any{row}},
				"after: ":  {[]any{row}, test.rows},
			} {
				names := []string{"report_diff"}
				if len(arguments) == 1 {
					names = []string{"report_encode", "report_markdown", "report_html"}
				}
				for _, name := range names {
					result, problem := s.call(name, arguments...)
					if want := parameter + test.want; problem != want || result != nil {
						t.Errorf("%s: got %v and error %q, want error %q", name, result, problem, want)
					}
				}
			}
		})
	}
}

// If any part of the rows is unknown, the result of a function is unknown.
func TestFunctionsWithUnknownArguments(t *testing.T) {
	s := newServer(t)
	row := larrysRow(nil)
	for name, rows := range map[string]any{
		"a row":     []any{row, unknown{}},
		"a cell":    []any{row, larrysRow(map[string]any{"account": tftypes.NewValue(tftypes.String, tftypes.UnknownValue)})},
		"a boolean": list(withDerived(row, true, false, false, tftypes.NewValue(tftypes.Bool, tftypes.UnknownValue))),
		"a map":     []any{tftypes.NewValue(tftypes.Map{ElementType: tftypes.String}, tftypes.UnknownValue)},
	} {
		for _, call := range []struct {
			function  string
			arguments []any
		}{
			{"report_encode", []any{rows}},
			{"report_markdown", []any{rows}},
			{"report_html", []any{rows}},
			{"report_html", []any{[]any{row}, map[string]any{"report_id": "1"}, map[string]any{"report_id": "2", "rows": rows}}},
			{"report_diff", []any{rows, []any{row}}},
			{"report_diff", []any{[]any{row}, rows}},
		} {
			if result, problem := s.call(call.function, call.arguments...); result != any(unknown{}) {
				t.Errorf("%s with %s unknown: got %v and error %q, want an unknown result", call.function, name, result, problem)
			}
		}
	}
}

func TestReportDecode(t *testing.T) {
	s := newServer(t)
	larry := withDerived(larrysRow(nil), true, false, false, true)
	ann := withDerived(larrysRow(map[string]any{"user_name": "ann", "conditions": ""}), false, false, false, false)
	for name, test := range map[string]struct {
		csv  string
		want []any
	}{
		"order of the CSV": {reportHeader + larrysCSV + "ann,human,ACTIVE,web-01,server,root,user,\n" + larrysCSV, []any{larry, ann, larry}},
		"no rows":          {reportHeader, []any{}},
		"resource report":  {"\ufeffResource Name;Resource Type;User Name;User Type;User Status;Account;Privileges;Conditions\r\nweb-01;server;ann;human;ACTIVE;root;user;\r\n", []any{ann}},
		"missing columns":  {"User,Resource,Account,Privileges,Conditions\nann,web-01,root,user,\n", []any{withDerived(larrysRow(map[string]any{"user_name": "ann", "user_type": nil, "user_status": nil, "resource_type": nil, "conditions": ""}), false, false, false, false)}},
		"unknown columns":  {strings.Replace(reportHeader, "\n", ",Policy\n", 1) + "ann,human,ACTIVE,web-01,server,root,user,,on-call\n", []any{withExtra(ann, map[string]any{"Policy": "on-call"})}},
	} {
		t.Run(name, func(t *testing.T) {
			got, problem := s.call("report_decode", test.csv)
			if problem != "" {
				t.Fatalf("got error %q, want none", problem)
			}
			if diff := gocmp.Diff(any(test.want), got); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
	}
	for name, test := range map[string]struct{ csv, want string }{
		"empty text":   {"", "csv: The CSV is not a valid access report: the text is empty, without a header.\n\nNo rows are returned, because some could be missing"},
		"a ragged row": {reportHeader + larrysCSV + "larry\n", "csv: The CSV is not a valid access report: line 3: 1 cells, but the header has 8.\n\nNo rows are returned, because some could be missing"},
		"an unknown header": {
			"User,Server,Konto,Privileges,Conditions\n",
			`csv: The CSV is not a valid access report: line 1: no column was recognized as account; the first line has these cells: "User", "Server", "Konto", "Privileges", "Conditions".` + "\n\n" +
				"No rows are returned. Rename the cells of the header that were not recognized. The columns are user_name, user_type, user_status, resource_name, resource_type, account, privileges, conditions",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got, problem := s.call("report_decode", test.csv); got != nil || problem != test.want {
				t.Errorf("got %v and error\n%s\nwant error\n%s", got, problem, test.want)
			}
		})
	}
}

func TestReportEncodeErrors(t *testing.T) {
	s := newServer(t)
	for name, test := range map[string]struct {
		rows []any
		want string
	}{
		"NUL character":      {[]any{larrysRow(map[string]any{"account": "ro\x00ot"})}, "rows: These rows cannot be encoded as CSV: rows[0].account contains a NUL character, which is not allowed"},
		"null conditions":    {[]any{larrysRow(map[string]any{"conditions": nil})}, "rows: These rows cannot be encoded as CSV: rows[0].conditions is null, but a report requires it to show who has access to what, how, and under which conditions"},
		"partly null column": {[]any{larrysRow(nil), larrysRow(map[string]any{"user_type": nil})}, "rows: These rows cannot be encoded as CSV: rows[1].user_type is null, but not in all rows: a CSV has a column for every row or for none"},
	} {
		if got, problem := s.call("report_encode", test.rows); got != nil || problem != test.want {
			t.Errorf("%s: got %v and error\n%s\nwant error\n%s", name, got, problem, test.want)
		}
	}
}

func TestReportEncodeDecodeRoundTrip(t *testing.T) {
	s := newServer(t)
	cell := rapid.OneOf(
		rapid.String().Filter(func(s string) bool { return !strings.Contains(s, "\x00") }),
		rapid.SampledFrom([]string{"", " ", ",", "\"", "\r\n", "\ufeff", reportHeader, "Okta Gateway with Session Recording, Approval", "No MFA", "MFA"}),
	)
	rapid.Check(t, func(t *rapid.T) {
		missing := rapid.SliceOfDistinct(rapid.SampledFrom([]string{"user_type", "user_status", "resource_type"}), rapid.ID).Draw(t, "missing")
		rows := make([]any, rapid.IntRange(0, 5).Draw(t, "rows"))
		for i := range rows {
			row := larrysRow(nil)
			for name := range row {
				row[name] = cell.Draw(t, name)
				if name == "user_name" || name == "resource_name" || name == "account" {
					row[name] = "k" + row[name].(string) + "k" // never empty, and without surrounding whitespace
				}
				if slices.Contains(missing, name) {
					row[name] = nil
				}
			}
			rows[i] = row
		}
		csv, problem := s.call("report_encode", rows)
		if problem != "" {
			t.Fatalf("got error %q, want none", problem)
		}
		decoded, problem := s.call("report_decode", csv)
		if problem != "" {
			t.Fatalf("got error %q, want none", problem)
		}
		for _, row := range decoded.([]any) {
			for _, flag := range []string{"requires_gateway", "records_session", "requires_approval", "requires_mfa", "shared_account"} {
				if _, ok := row.(map[string]any)[flag].(bool); !ok {
					t.Fatalf("got %v, want a boolean %s", row, flag)
				}
			}
		}
		// The decoded rows have booleans, and encode to the same CSV.
		encoded, problem := s.call("report_encode", decoded)
		if problem != "" || encoded != csv {
			t.Fatalf("got error %q, want none; CSV (-want +got):\n%s", problem, gocmp.Diff(csv, encoded))
		}
		for _, row := range decoded.([]any) {
			maps.DeleteFunc(row.(map[string]any), func(name string, _ any) bool {
				return strings.HasPrefix(name, "requires_") || name == "records_session" || name == "shared_account" || name == "extra" || name == "subject_id"
			})
		}
		if diff := gocmp.Diff(any(rows), decoded); diff != "" {
			t.Fatalf("rows (-want +got):\n%s", diff)
		}
	})
}

func TestReportDiff(t *testing.T) {
	s := newServer(t)
	larry, ann, bob := larrysRow(nil), larrysRow(map[string]any{"user_name": "ann"}), larrysRow(map[string]any{"user_name": "bob"})
	derived := func(rows ...map[string]any) []any {
		all := []any{}
		for _, row := range rows {
			all = append(all, withDerived(row, true, false, false, true))
		}
		return all
	}
	got, problem := s.call("report_diff", []any{larry, bob, bob}, list(withDerived(larry, true, false, false, true), withDerived(ann, true, false, false, true), withDerived(larry, true, false, false, true), withDerived(bob, true, false, false, true)))
	if problem != "" {
		t.Fatalf("got error %q, want none", problem)
	}
	if diff := gocmp.Diff(any(map[string]any{"added": derived(ann, larry), "removed": derived(bob), "unchanged": derived(bob, larry)}), got); diff != "" {
		t.Errorf("difference (-want +got):\n%s", diff)
	}
	// The subject of a report is not a cell.
	withSubject := larrysRow(map[string]any{"subject_id": "6f0d7c0e-8f0a-4c57-9d6c-2f3b8a1e5d44"})
	got, _ = s.call("report_diff", []any{larry}, []any{withSubject})
	wantWithSubject := withDerived(withSubject, true, false, false, true)
	if diff := gocmp.Diff(any(map[string]any{"added": []any{}, "removed": []any{}, "unchanged": []any{wantWithSubject}}), got); diff != "" {
		t.Errorf("subjects: difference (-want +got):\n%s", diff)
	}
	got, _ = s.call("report_diff", []any{}, []any{})
	if diff := gocmp.Diff(any(map[string]any{"added": []any{}, "removed": []any{}, "unchanged": []any{}}), got); diff != "" {
		t.Errorf("no rows: difference (-want +got):\n%s", diff)
	}
	nullConditions := larrysRow(map[string]any{"conditions": nil})
	got, problem = s.call("report_diff", []any{nullConditions}, []any{larry})
	if diff := gocmp.Diff(any(map[string]any{"added": derived(larry), "removed": []any{withDerived(nullConditions, nil, nil, nil, nil)}, "unchanged": []any{}}), got); diff != "" {
		t.Errorf("null conditions: got error %q, want none; difference (-want +got):\n%s", problem, diff)
	}
}

// TestReportHTML checks that the page lists the reports of its rows, and the missing
// reports.
func TestReportHTML(t *testing.T) {
	s := newServer(t)
	rows := []any{larrysRow(nil)}
	for name, test := range map[string]struct {
		reports []any
		want    []string
	}{
		"no rows":             {nil, []string{">larry<", "<b>1</b> way in"}},
		"one report":          {[]any{map[string]any{"report_id": "r-1", "status": "COMPLETED", "created_at": "2026-01-02T03:04:05Z", "user_name": "larry", "row_count": 1, "timeouts": nil}}, []string{"Access report: larry", "r-1", "2026-01-02T03:04:05Z"}},
		"report ID only":      {[]any{map[string]any{"report_id": "r-1"}}, []string{"<code>r-1</code>"}},
		"different row count": {[]any{map[string]any{"report_id": "r-1", "row_count": 2}, map[string]any{"report_id": "r-2", "row_count": 3}}, []string{"This page shows 1 row, but the reports have 5."}},
		"report in progress":  {[]any{map[string]any{"report_id": "r-1", "status": "IN_PROGRESS"}}, []string{"1 of 1 report could not be read"}},
		"missing member":      {[]any{map[string]any{"created_at": "2026-01-02T03:04:05Z", "users": []any{map[string]any{"user_name": "ann", "report_id": "r-1", "row_count": 1, "error": nil}, map[string]any{"user_name": "bob", "report_id": nil, "error": "it <failed>"}}}}, []string{"r-1", "not before 2026-01-02T03:04:05Z", "1 of 2 reports could not be read", "it &lt;failed&gt;"}},
		"empty selection":     {[]any{map[string]any{"created_at": nil, "users": []any{}}}, []string{"1 of 1 report could not be read", "The selection was empty"}},
		"map of strings":      {[]any{tftypes.NewValue(tftypes.Map{ElementType: tftypes.String}, map[string]tftypes.Value{"report_id": tftypes.NewValue(tftypes.String, "r-1"), "row_count": tftypes.NewValue(tftypes.String, "7")})}, []string{"This page shows 1 row, but the reports have 7."}},
		"failed member":       {[]any{map[string]any{"user_name": "bob", "report_id": nil, "error": "it failed"}}, []string{"1 of 1 report could not be read", "it failed"}},
		"row filters":         {[]any{map[string]any{"report_id": "r-1", "row_count": 1, "total_row_count": 41}}, []string{"Row filters left out 40 rows of the reports."}},
		"team report": {[]any{map[string]any{"subject_type": "user", "subjects": []any{
			map[string]any{"subject_type": "user", "name": "larry", "report_id": "r-1", "created_at": "2026-01-02T03:04:05Z", "row_count": 2, "total_row_count": 2},
			map[string]any{"subject_type": "resource", "name": "web-01", "report_id": "r-2", "row_count": 5, "total_row_count": 5},
		}}}, []string{"From 2 reports", "<bdi>larry</bdi>", "<bdi>web-01</bdi>", "This page shows 1 row, but the reports have 2."}},
		"resource reports": {[]any{map[string]any{"created_at": nil, "resources": []any{map[string]any{"hostname": "web-01", "canonical_name": nil, "report_id": "r-1", "row_count": 1}}}}, []string{"Access report: web-01"}},
	} {
		t.Run(name, func(t *testing.T) {
			page, problem := s.call("report_html", append([]any{rows}, test.reports...)...)
			text, _ := page.(string)
			for _, want := range test.want {
				if !strings.Contains(text, want) {
					t.Errorf("got error %q and page\n%s\nwant it to contain %s", problem, text, want)
				}
			}
		})
	}
	for _, test := range []struct {
		attribute string
		wrong     any
		want      string
	}{
		{"error", map[string]any{"code": "5"}, "its error must be a string"},
		{"status", true, "its status must be a string"},
		{"row_count", "many", "its row_count must be a whole number"},
		{"row_count", -1, "its row_count must be a whole number"},
		{"row_count", []any{}, "its row_count must be a whole number"},
	} {
		if page, problem := s.call("report_html", rows, map[string]any{"report_id": "r-1", test.attribute: test.wrong}); problem != "reports: "+test.want {
			t.Errorf("%s %v: got %v and error %q, want error %q", test.attribute, test.wrong, page, problem, "reports: "+test.want)
		}
	}
	const notReport = "reports: this must be a report, such as data.opa_user_access_report.larry, or an object with a report_id, or the result of report_changes or report_review"
	for name, report := range map[string]any{"users": map[string]any{"users": []any{map[string]any{"user_name": "ann"}}}, "string": "r-1", "rows": rows, "object without report_id": map[string]any{"rows": rows}, "null": nil} {
		if page, problem := s.call("report_html", rows, map[string]any{"report_id": "r-1"}, report); problem != notReport {
			t.Errorf("%s: got %v and error %q, want error %q", name, page, problem, notReport)
		}
	}
}

func TestReportMarkdown(t *testing.T) {
	got, problem := newServer(t).call("report_markdown", []any{larrysRow(nil), larrysRow(map[string]any{"user_name": "@ann|", "user_status": "DISABLED", "conditions": ""})})
	const want = "2 users, 1 resource, 2 ways in.\n\n" +
		"| Resource | `@ann\\|` (`DISABLED`) | `larry` |\n| --- | --- | --- |\n" +
		"| `web-01` | `root`: `user` | `root`: `user` (`Okta Gateway, MFA`) |\n"
	if diff := gocmp.Diff(any(want), got); diff != "" {
		t.Errorf("got error %q, want none; Markdown (-want +got):\n%s", problem, diff)
	}
}

// The functions accept the results of data sources: the rows decoded from csv equal
// rows.
func TestFunctionsAcceptDataSourceResults(t *testing.T) {
	t.Parallel()
	for name, options := range dialects(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := configured(t, opasim.Start(t, options))
			state, diags := s.read("opa_resource_access_report", config{"hostname": "web-01", "include_csv": true})
			if state == nil {
				t.Fatalf("got %s\nwant a state", diags)
			}
			decoded, problem := s.call("report_decode", state["csv"])
			if problem != "" {
				t.Fatalf("got error %q, want none", problem)
			}
			difference, problem := s.call("report_diff", decoded, state["rows"])
			if diff := gocmp.Diff(any(map[string]any{"added": []any{}, "removed": []any{}, "unchanged": state["rows"]}), difference); diff != "" {
				t.Errorf("got error %q, want none; difference (-want +got):\n%s", problem, diff)
			}
		})
	}
}
