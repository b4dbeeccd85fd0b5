package accessreport

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

const commonHeader = "User Name,User Type,User Status,Resource Name,Resource Type,Account,Privileges,Conditions\n"

func TestEncode(t *testing.T) {
	with := func(change func(*Row)) Row {
		row := larry
		change(&row)
		return row
	}
	for name, test := range map[string]struct {
		rows []Row
		want string
	}{
		"no rows":    {nil, commonHeader},
		"a comma":    {[]Row{larry}, commonHeader + "larry.linuxadmin,human,ACTIVE,web-01,server,root,user,\"Okta Gateway, MFA\"\n"},
		"quotes":     {[]Row{with(func(r *Row) { r.ResourceName, r.Conditions = `"7", left`, `a"b` })}, commonHeader + `larry.linuxadmin,human,ACTIVE,"""7"", left",server,root,user,"a""b"` + "\n"},
		"line ends":  {[]Row{with(func(r *Row) { r.ResourceName, r.Conditions = "a\rz", "b\nc" })}, commonHeader + "larry.linuxadmin,human,ACTIVE,\"a\rz\",server,root,user,\"b\nc\"\n"},
		"blanks":     {[]Row{with(func(r *Row) { r.Privileges, r.Conditions = " user", "a b " })}, commonHeader + "larry.linuxadmin,human,ACTIVE,web-01,server,root,\" user\",\"a b \"\n"},
		"only a key": {[]Row{{UserName: "a", ResourceName: "b", Account: "c"}}, commonHeader + "a,,,b,,c,,\n"},
		"extra columns": {
			[]Row{with(func(r *Row) { r.Extra = NewExtra(map[string]string{"Sudo Commands": "ls", "Policy": "a, b"}) })},
			strings.TrimSpace(commonHeader) + ",Policy,Sudo Commands\nlarry.linuxadmin,human,ACTIVE,web-01,server,root,user,\"Okta Gateway, MFA\",\"a, b\",ls\n",
		},
		"a formula": {[]Row{with(func(r *Row) { r.Conditions = "=cmd()" })}, commonHeader + "larry.linuxadmin,human,ACTIVE,web-01,server,root,user,=cmd()\n"},
		"missing columns": {
			[]Row{with(func(r *Row) {
				r.UserType, r.UserStatus, r.ResourceType, r.MissingColumns = "", "", "", Columns(0).With(UserType).With(UserStatus).With(ResourceType)
			})},
			"User Name,Resource Name,Account,Privileges,Conditions\nlarry.linuxadmin,web-01,root,user,\"Okta Gateway, MFA\"\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Encode(test.rows)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestEncodeErrors(t *testing.T) {
	missing := func(c Column) Row {
		row := larry
		row.MissingColumns = row.MissingColumns.With(c)
		*row.cell(c) = ""
		return row
	}
	with := func(account string) Row {
		row := larry
		row.Account = account
		return row
	}
	extra := func(name string) Row {
		row := larry
		row.Extra = NewExtra(map[string]string{name: "x"})
		return row
	}
	for name, test := range map[string]struct {
		rows []Row
		want string
	}{
		"a NUL":                              {[]Row{larry, {UserName: "a", ResourceName: "web\x00"}}, "rows[1].resource_name contains a NUL character, which is not allowed"},
		"Latin-1":                            {[]Row{{UserName: "a", ResourceName: "b", Account: "c", Conditions: "caf\xe9"}}, "rows[0].conditions is not valid UTF-8"},
		"no user":                            {[]Row{{}}, "rows[0].user_name is empty"},
		"an account with a blank":            {[]Row{larry, with(" root")}, "rows[1].account begins or ends with whitespace"},
		"other extra columns":                {[]Row{larry, extra("Policy")}, "rows[1].extra does not have the same keys in all rows: a CSV has a column for every row or for none"},
		"an extra column that is known":      {[]Row{extra("Login")}, `rows[0].extra["Login"] is the header of a known column`},
		"an extra column without a header":   {[]Row{extra(" ")}, `rows[0].extra[" "] is not a valid header: it is empty, or begins or ends with whitespace`},
		"no column of accounts":              {[]Row{missing(Account)}, "rows[0].account is null, but a report requires it to show who has access to what, how, and under which conditions"},
		"no conditions in one row":           {[]Row{larry, missing(Conditions), larry}, "rows[1].conditions is null, but a report requires it to show who has access to what, how, and under which conditions"},
		"a column that some rows miss":       {[]Row{larry, missing(UserType)}, "rows[1].user_type is null, but not in all rows: a CSV has a column for every row or for none"},
		"a column that the first row misses": {[]Row{missing(UserStatus), larry}, "rows[0].user_status is null, but not in all rows: a CSV has a column for every row or for none"},
	} {
		t.Run(name, func(t *testing.T) {
			text, err := Encode(test.rows)
			if _, ok := errors.AsType[*CellError](err); !ok || err.Error() != test.want || text != "" {
				t.Errorf("\n got %q and error %v\nwant error %s", text, err, test.want)
			}
		})
	}
}

// hostileText generates texts of characters that end cells, lines, quotes, code spans and
// tables, of text that looks like a header, and of any characters.
var hostileText = rapid.Custom(func(t *rapid.T) string {
	return strings.Join(rapid.SliceOfN(rapid.OneOf(
		rapid.SampledFrom([]string{
			"", " ", ",", ";", "\t", "\"", "\"\"", "\r", "\n", "\r\n", "\ufeff", "'", "=", "User Name", commonHeader, "human", "ACTIVE", "server",
			"|", `\`, "`", "``", "~~", "**", "*", "_", "#1", "@octocat", "https://example.com", "www.example.com", "[x](y)", "![x](y)", "<br>",
			"<script>", "</code>", "&amp;", "<!--", "$`x`$", "\u202e", "\u200b", "\u1fef", "\x1b[31m", "\x7f", "é", "e\u0301", "日本", "--- |",
		}),
		rapid.String().Filter(func(s string) bool { return unwritable(s) == "" }),
	), 0, 4).Draw(t, "pieces"), "")
})

// hostileRows generates rows of one report with hostile cells.
var hostileRows = rapid.Custom(func(t *rapid.T) []Row {
	var missingColumns Columns
	for _, c := range rapid.SliceOfDistinct(rapid.SampledFrom([]Column{UserType, UserStatus, ResourceType}), rapid.ID).Draw(t, "missing") {
		missingColumns = missingColumns.With(c)
	}
	extra := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"Policy", "Sudo Commands", "User ID", "a,\"b", "日本"}), 0, 3, rapid.ID).Draw(t, "extra")
	rows := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Row {
		row := Row{MissingColumns: missingColumns}
		for c := range columnCount {
			if !missingColumns.Has(c) {
				*row.cell(c) = hostileText.Draw(t, c.String())
			}
			if columns[c].key {
				*row.cell(c) = "k" + *row.cell(c) + "k"
			}
		}
		if len(extra) > 0 {
			cells := map[string]string{}
			for _, name := range extra {
				cells[name] = hostileText.Draw(t, name)
			}
			row.Extra = NewExtra(cells)
		}
		row.Requirements = ParseConditions(row.Conditions)
		return row
	}), 0, 6).Draw(t, "rows")
	// Some rows occur more than once.
	if len(rows) > 0 && rapid.Bool().Draw(t, "repeat") {
		rows = append(rows, rapid.SampledFrom(rows).Draw(t, "again"))
	}
	return rows
})

func TestDecodeReturnsEncodedRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { checkRoundTrip(t, hostileRows.Draw(t, "rows")) })
}

func checkRoundTrip(t interface{ Fatalf(string, ...any) }, rows []Row) {
	text, err := Encode(rows)
	if err != nil {
		t.Fatalf("%v", err)
	}
	report, err := Decode(context.Background(), text, nil)
	if err != nil {
		t.Fatalf("%q: got error %v, want none", text, err)
	}
	if diff := cmp.Diff(rows, report.Rows, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("%q: %s", text, diff)
	}
}

func FuzzEncode(f *testing.F) {
	f.Add("larry", "\"\r\n,", " ")
	f.Add("\ufeff", "User Name", commonHeader)
	f.Fuzz(func(t *testing.T, first, middle, last string) {
		row := Row{
			UserName: "k" + first + "k", UserType: middle, UserStatus: last, ResourceName: "k" + middle + "k", ResourceType: first, Account: "k" + last + "k", Privileges: middle, Conditions: last,
			Requirements: ParseConditions(last),
		}
		if unwritable(first+"|"+middle+"|"+last) == "" {
			checkRoundTrip(t, []Row{row, larry, row})
		}
	})
}
