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

const csvHeader = "User Name,User Type,User Status,Resource Name,Resource Type,Account,Privileges,Conditions\n"

// larrysRow is a row as one writes it by hand; larrysCSV is what it is in a CSV.
func larrysRow(changes map[string]any) map[string]any {
	row := map[string]any{
		"user_name": "larry", "user_type": "human", "user_status": "ACTIVE", "resource_name": "web-01", "resource_type": "server",
		"account": "root", "privileges": "user", "conditions": "Okta Gateway, MFA",
	}
	maps.Copy(row, changes)
	return row
}

const larrysCSV = "larry,human,ACTIVE,web-01,server,root,user,\"Okta Gateway, MFA\"\n"

// whole is a row as functions and data sources give it.
func whole(row map[string]any, gateway, recorded, approval, mfa any) map[string]any {
	row = maps.Clone(row)
	maps.Copy(row, map[string]any{"requires_gateway": gateway, "records_session": recorded, "requires_approval": approval, "requires_mfa": mfa, "shared_account": true, "extra": nil})
	return row
}

// withExtra returns a row with cells in columns that are not known.
func withExtra(row, extra map[string]any) map[string]any {
	row = maps.Clone(row)
	row["extra"] = extra
	return row
}

// without is a row without an attribute.
func without(row map[string]any, attribute string) map[string]any {
	row = maps.Clone(row)
	delete(row, attribute)
	return row
}

// texts is a map of strings, as from tomap or csvdecode.
func texts(row map[string]any) tftypes.Value {
	elements := map[string]tftypes.Value{}
	for name, value := range row {
		if value != nil {
			elements[name] = tftypes.NewValue(tftypes.String, fmt.Sprint(value))
		}
	}
	return tftypes.NewValue(tftypes.Map{ElementType: tftypes.String}, elements)
}

// list is the list of values of one type, in place of the tuple that HCL makes.
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
		"none":                         {[]any{}, csvHeader},
		"by hand":                      {[]any{row, larrysRow(map[string]any{"user_name": "ann"})}, csvHeader + larrysCSV + strings.Replace(larrysCSV, "larry", "ann", 1)},
		"with some of the booleans":    {[]any{larrysRow(map[string]any{"requires_mfa": true, "records_session": false})}, csvHeader + larrysCSV},
		"with booleans that are null":  {[]any{whole(row, nil, nil, nil, nil)}, csvHeader + larrysCSV},
		"as they are given":            {list(whole(row, true, false, false, true)), csvHeader + larrysCSV},
		"maps of strings":              {list(texts(row)), csvHeader + larrysCSV},
		"maps of strings for booleans": {[]any{texts(whole(row, "true", "false", "false", "true"))}, csvHeader + larrysCSV},
		"columns that are null": {
			[]any{larrysRow(map[string]any{"user_type": nil, "user_status": nil, "resource_type": nil})},
			"User Name,Resource Name,Account,Privileges,Conditions\nlarry,web-01,root,user,\"Okta Gateway, MFA\"\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, problem := s.call("report_encode", test.rows)
			if problem != "" {
				t.Fatal(problem)
			}
			if diff := gocmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFunctionsRejectInvalidRows(t *testing.T) {
	s := newServer(t)
	row := larrysRow(nil)
	const attributes = "user_name, user_type, user_status, resource_name, resource_type, account, privileges, conditions"
	const derived = "requires_gateway, records_session, requires_approval, requires_mfa, shared_account, extra"
	for name, test := range map[string]struct {
		rows any
		want string
	}{
		"a set": {
			tftypes.NewValue(tftypes.Set{ElementType: literal(row).Type()}, []tftypes.Value{literal(row)}),
			"this is a set, which removes duplicate rows. Use the list of rows that the set was created from",
		},
		"a text":                       {"User Name,...", "this must be a list of rows, such as the rows of a data source or the result of report_decode"},
		"a whole report":               {map[string]any{"rows": []any{row}}, "this must be a list of rows, such as the rows of a data source or the result of report_decode"},
		"a list of names":              {[]any{"larry"}, "rows[0] must be an object with the attributes of a row: " + attributes},
		"a row that is null":           {[]any{row, nil}, "rows[1] must be an object with the attributes of a row: " + attributes},
		"a name that rows do not have": {[]any{row, larrysRow(map[string]any{"user": "larry"})}, `rows[1] has an unknown attribute "user". Remove it, or correct its name. The attributes of a row are ` + attributes + ", " + derived},
		"a missing attribute":          {[]any{without(row, "conditions")}, `rows[0].conditions is missing. Set it to "" if there is none, or to null if it is unknown`},
		"a number":                     {[]any{row, row, larrysRow(map[string]any{"account": 0})}, "rows[2].account must be a string"},
		"a boolean that is none":       {[]any{larrysRow(map[string]any{"requires_mfa": "yes"})}, "rows[0].requires_mfa must be true or false"},
		"MFA that is not asked for":    {[]any{larrysRow(map[string]any{"conditions": "Approval\x1b[31m", "requires_mfa": true})}, `rows[0].requires_mfa is true, but the conditions "Approval\x1b[31m" imply false. Remove it, or correct the conditions`},
		"MFA that is denied":           {list(whole(row, true, false, false, false)), `rows[0].requires_mfa is false, but the conditions "Okta Gateway, MFA" imply true. Remove it, or correct the conditions`},
		"MFA of unknown conditions":    {[]any{larrysRow(map[string]any{"conditions": nil, "requires_mfa": false})}, "rows[0].requires_mfa is false, but the conditions are null, that is, unknown. Remove it, or set the conditions"},
		"an account that is shared":    {[]any{larrysRow(map[string]any{"shared_account": false})}, `rows[0].shared_account is false, but user_name "larry" and account "root" imply true. Remove it, or correct these`},
		"extra that is no map":         {[]any{larrysRow(map[string]any{"extra": "x"})}, "rows[0].extra must be a map of strings"},
		"an extra cell that is null":   {[]any{larrysRow(map[string]any{"extra": map[string]any{"Policy": nil}})}, `rows[0].extra["Policy"] must be a string`},
	} {
		t.Run(name, func(t *testing.T) {
			for function, arguments := range map[string][]any{
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
					if diff := gocmp.Diff(function+test.want, problem); diff != "" || result != nil {
						t.Errorf("%s: %v\n%s", name, result, diff)
					}
				}
			}
		})
	}
}

// What Terraform learns only later is never taken for something.
func TestFunctionsWithUnknownArguments(t *testing.T) {
	s := newServer(t)
	row := larrysRow(nil)
	for name, rows := range map[string]any{
		"a row":        []any{row, unknown{}},
		"a cell":       []any{row, larrysRow(map[string]any{"account": tftypes.NewValue(tftypes.String, tftypes.UnknownValue)})},
		"a boolean":    list(whole(row, true, false, false, tftypes.NewValue(tftypes.Bool, tftypes.UnknownValue))),
		"all of a map": []any{tftypes.NewValue(tftypes.Map{ElementType: tftypes.String}, tftypes.UnknownValue)},
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
				t.Errorf("%s of %s that is unknown: %v, %s", call.function, name, result, problem)
			}
		}
	}
}

func TestReportDecode(t *testing.T) {
	s := newServer(t)
	larry := whole(larrysRow(nil), true, false, false, true)
	ann := whole(larrysRow(map[string]any{"user_name": "ann", "conditions": ""}), false, false, false, false)
	for name, test := range map[string]struct {
		csv  string
		want []any
	}{
		"the order of the CSV":   {csvHeader + larrysCSV + "ann,human,ACTIVE,web-01,server,root,user,\n" + larrysCSV, []any{larry, ann, larry}},
		"no rows":                {csvHeader, []any{}},
		"a resource report":      {"\ufeffResource Name;Resource Type;User Name;User Type;User Status;Account;Privileges;Conditions\r\nweb-01;server;ann;human;ACTIVE;root;user;\r\n", []any{ann}},
		"columns that it lacks":  {"User,Resource,Account,Privileges,Conditions\nann,web-01,root,user,\n", []any{whole(larrysRow(map[string]any{"user_name": "ann", "user_type": nil, "user_status": nil, "resource_type": nil, "conditions": ""}), false, false, false, false)}},
		"columns that rows lack": {strings.Replace(csvHeader, "\n", ",Policy\n", 1) + "ann,human,ACTIVE,web-01,server,root,user,,on-call\n", []any{withExtra(ann, map[string]any{"Policy": "on-call"})}},
	} {
		t.Run(name, func(t *testing.T) {
			got, problem := s.call("report_decode", test.csv)
			if problem != "" {
				t.Fatal(problem)
			}
			if diff := gocmp.Diff(any(test.want), got); diff != "" {
				t.Error(diff)
			}
		})
	}
	for name, test := range map[string]struct{ csv, want string }{
		"nothing":      {"", "csv: The CSV is not a valid access report: the text is empty, without a header.\n\nNo rows are returned, because some could be missing"},
		"a ragged row": {csvHeader + larrysCSV + "larry\n", "csv: The CSV is not a valid access report: line 3: 1 cells, but the header has 8.\n\nNo rows are returned, because some could be missing"},
		"a header that is not recognized": {
			"User,Server,Konto,Privileges,Conditions\n",
			`csv: The CSV is not a valid access report: line 1: no column was recognized as account; the first line has these cells: "User", "Server", "Konto", "Privileges", "Conditions".` + "\n\n" +
				"No rows are returned. Rename the cells of the header that were not recognized. The columns are user_name, user_type, user_status, resource_name, resource_type, account, privileges, conditions",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got, problem := s.call("report_decode", test.csv); got != nil || problem != test.want {
				t.Errorf("%v\n got %s\nwant %s", got, problem, test.want)
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
		"a NUL":            {[]any{larrysRow(map[string]any{"account": "ro\x00ot"})}, "rows: These rows cannot be encoded as CSV: rows[0].account contains a NUL character, which is not allowed"},
		"no conditions":    {[]any{larrysRow(map[string]any{"conditions": nil})}, "rows: These rows cannot be encoded as CSV: rows[0].conditions is null, but a report requires it to show who has access to what, how, and under which conditions"},
		"half of a column": {[]any{larrysRow(nil), larrysRow(map[string]any{"user_type": nil})}, "rows: These rows cannot be encoded as CSV: rows[1].user_type is null, but not in all rows: a CSV has a column for every row or for none"},
	} {
		if got, problem := s.call("report_encode", test.rows); got != nil || problem != test.want {
			t.Errorf("%s: %v\n got %s\nwant %s", name, got, problem, test.want)
		}
	}
}

func TestReportEncodeDecodeRoundTrip(t *testing.T) {
	s := newServer(t)
	cell := rapid.OneOf(
		rapid.String().Filter(func(s string) bool { return !strings.Contains(s, "\x00") }),
		rapid.SampledFrom([]string{"", " ", ",", "\"", "\r\n", "\ufeff", csvHeader, "Okta Gateway with Session Recording, Approval", "No MFA", "MFA"}),
	)
	rapid.Check(t, func(t *rapid.T) {
		lacks := rapid.SliceOfDistinct(rapid.SampledFrom([]string{"user_type", "user_status", "resource_type"}), rapid.ID).Draw(t, "lacks")
		rows := make([]any, rapid.IntRange(0, 5).Draw(t, "rows"))
		for i := range rows {
			row := larrysRow(nil)
			for name := range row {
				row[name] = cell.Draw(t, name)
				if name == "user_name" || name == "resource_name" || name == "account" {
					row[name] = "k" + row[name].(string) + "k" // never empty, nor with a blank at its ends
				}
				if slices.Contains(lacks, name) {
					row[name] = nil
				}
			}
			rows[i] = row
		}
		csv, problem := s.call("report_encode", rows)
		if problem != "" {
			t.Fatal(problem)
		}
		decoded, problem := s.call("report_decode", csv)
		if problem != "" {
			t.Fatal(problem)
		}
		for _, row := range decoded.([]any) {
			for _, flag := range []string{"requires_gateway", "records_session", "requires_approval", "requires_mfa", "shared_account"} {
				if _, ok := row.(map[string]any)[flag].(bool); !ok {
					t.Fatalf("%s is missing in %v", flag, row)
				}
			}
		}
		// The booleans that came out go in again: the same CSV, the same rows.
		again, problem := s.call("report_encode", decoded)
		if problem != "" || again != csv {
			t.Fatal(problem, gocmp.Diff(csv, again))
		}
		for _, row := range decoded.([]any) {
			maps.DeleteFunc(row.(map[string]any), func(name string, _ any) bool {
				return strings.HasPrefix(name, "requires_") || name == "records_session" || name == "shared_account" || name == "extra"
			})
		}
		if diff := gocmp.Diff(any(rows), decoded); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestReportDiff(t *testing.T) {
	s := newServer(t)
	larry, ann, bob := larrysRow(nil), larrysRow(map[string]any{"user_name": "ann"}), larrysRow(map[string]any{"user_name": "bob"})
	given := func(rows ...map[string]any) []any {
		all := []any{}
		for _, row := range rows {
			all = append(all, whole(row, true, false, false, true))
		}
		return all
	}
	got, problem := s.call("report_diff", []any{larry, bob, bob}, list(whole(larry, true, false, false, true), whole(ann, true, false, false, true), whole(larry, true, false, false, true), whole(bob, true, false, false, true)))
	if problem != "" {
		t.Fatal(problem)
	}
	if diff := gocmp.Diff(any(map[string]any{"added": given(ann, larry), "removed": given(bob), "unchanged": given(bob, larry)}), got); diff != "" {
		t.Error(diff)
	}
	if got, _ := s.call("report_diff", []any{}, []any{}); gocmp.Diff(any(map[string]any{"added": []any{}, "removed": []any{}, "unchanged": []any{}}), got) != "" {
		t.Error(got)
	}
	unknowing := larrysRow(map[string]any{"conditions": nil})
	got, problem = s.call("report_diff", []any{unknowing}, []any{larry})
	if diff := gocmp.Diff(any(map[string]any{"added": given(larry), "removed": []any{whole(unknowing, nil, nil, nil, nil)}, "unchanged": []any{}}), got); diff != "" {
		t.Error(problem, diff)
	}
}

// The page tells which reports its rows come from, and which of them are missing.
func TestReportHTML(t *testing.T) {
	s := newServer(t)
	rows := []any{larrysRow(nil)}
	for name, test := range map[string]struct {
		reports []any
		want    []string
	}{
		"none":                  {nil, []string{"<bdi>larry", "<b>1</b> way in"}},
		"one":                   {[]any{map[string]any{"report_id": "r-1", "status": "COMPLETED", "created_at": "2026-01-02T03:04:05Z", "user_name": "larry", "row_count": 1, "timeouts": nil}}, []string{"Access report: larry", "r-1", "2026-01-02T03:04:05Z"}},
		"one by hand":           {[]any{map[string]any{"report_id": "r-1"}}, []string{"<code>r-1</code>"}},
		"with other rows":       {[]any{map[string]any{"report_id": "r-1", "row_count": 2}, map[string]any{"report_id": "r-2", "row_count": 3}}, []string{"This page shows 1 row, but the reports have 5."}},
		"one not ready":         {[]any{map[string]any{"report_id": "r-1", "status": "IN_PROGRESS"}}, []string{"1 of 1 report could not be read"}},
		"many, one missing":     {[]any{map[string]any{"created_at": "2026-01-02T03:04:05Z", "users": []any{map[string]any{"user_name": "ann", "report_id": "r-1", "row_count": 1, "error": nil}, map[string]any{"user_name": "bob", "report_id": nil, "error": "it <failed>"}}}}, []string{"r-1", "not before 2026-01-02T03:04:05Z", "1 of 2 reports could not be read", "it &lt;failed&gt;"}},
		"of nobody":             {[]any{map[string]any{"created_at": nil, "users": []any{}}}, []string{"1 of 1 report could not be read", "The selection was empty"}},
		"of a map":              {[]any{tftypes.NewValue(tftypes.Map{ElementType: tftypes.String}, map[string]tftypes.Value{"report_id": tftypes.NewValue(tftypes.String, "r-1"), "row_count": tftypes.NewValue(tftypes.String, "7")})}, []string{"This page shows 1 row, but the reports have 7."}},
		"a member that failed":  {[]any{map[string]any{"user_name": "bob", "report_id": nil, "error": "it failed"}}, []string{"1 of 1 report could not be read", "it failed"}},
		"of a project's server": {[]any{map[string]any{"created_at": nil, "resources": []any{map[string]any{"hostname": "web-01", "canonical_name": nil, "report_id": "r-1", "row_count": 1}}}}, []string{"Access report: web-01"}},
	} {
		t.Run(name, func(t *testing.T) {
			page, problem := s.call("report_html", append([]any{rows}, test.reports...)...)
			text, _ := page.(string)
			for _, want := range test.want {
				if !strings.Contains(text, want) {
					t.Errorf("%s%s\nhas no %s", problem, text, want)
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
			t.Errorf("%s %v: %v, %s", test.attribute, test.wrong, page, problem)
		}
	}
	for name, report := range map[string]any{"users": map[string]any{"users": []any{map[string]any{"user_name": "ann"}}}, "a text": "r-1", "its rows": rows, "no report": map[string]any{"rows": rows}, "null": nil} {
		if page, problem := s.call("report_html", rows, map[string]any{"report_id": "r-1"}, report); problem != "reports: this must be a report, such as data.opa_user_access_report.larry, or an object with a report_id" {
			t.Errorf("%s: %v, %s", name, page, problem)
		}
	}
}

func TestReportMarkdown(t *testing.T) {
	got, problem := newServer(t).call("report_markdown", []any{larrysRow(nil), larrysRow(map[string]any{"user_name": "@ann|", "user_status": "DISABLED", "conditions": ""})})
	const want = "2 users, 1 resource, 2 ways in.\n\n" +
		"| Resource | `@ann\\|` (`DISABLED`) | `larry` |\n| --- | --- | --- |\n" +
		"| `web-01` | `root`: `user` | `root`: `user` (`Okta Gateway, MFA`) |\n"
	if diff := gocmp.Diff(any(want), got); diff != "" {
		t.Error(problem, diff)
	}
}

// The functions take what the data sources give: what was downloaded and
// what became of it are the same report.
func TestFunctionsAcceptDataSourceResults(t *testing.T) {
	t.Parallel()
	for name, options := range dialects(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := configured(t, opasim.Start(t, options))
			state, diags := s.read("opa_resource_access_report", config{"hostname": "web-01", "include_csv": true})
			if state == nil {
				t.Fatal(diags)
			}
			decoded, problem := s.call("report_decode", state["csv"])
			if problem != "" {
				t.Fatal(problem)
			}
			difference, problem := s.call("report_diff", decoded, state["rows"])
			if diff := gocmp.Diff(any(map[string]any{"added": []any{}, "removed": []any{}, "unchanged": state["rows"]}), difference); diff != "" {
				t.Error(problem, diff)
			}
		})
	}
}
