package accessreport

import (
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
		"no rows":        {nil, commonHeader},
		"a comma":        {[]Row{larry}, commonHeader + "larry.linuxadmin,human,ACTIVE,web-01,server,root,user,\"Okta Gateway, MFA\"\n"},
		"quotes":         {[]Row{with(func(r *Row) { r.ResourceName, r.Conditions = `"7", left`, `a"b` })}, commonHeader + `larry.linuxadmin,human,ACTIVE,"""7"", left",server,root,user,"a""b"` + "\n"},
		"line ends":      {[]Row{with(func(r *Row) { r.ResourceName, r.Conditions = "a\r", "b\nc" })}, commonHeader + "larry.linuxadmin,human,ACTIVE,\"a\r\",server,root,user,\"b\nc\"\n"},
		"blanks":         {[]Row{with(func(r *Row) { r.UserName, r.Account, r.Conditions = " larry", "\t", "a b " })}, commonHeader + "\" larry\",human,ACTIVE,web-01,server,\"\t\",user,\"a b \"\n"},
		"nothing at all": {[]Row{{}}, commonHeader + ",,,,,,,\n"},
		"a formula":      {[]Row{with(func(r *Row) { r.Conditions = "=cmd()" })}, commonHeader + "larry.linuxadmin,human,ACTIVE,web-01,server,root,user,=cmd()\n"},
		"columns that lack": {
			[]Row{with(func(r *Row) {
				r.UserType, r.UserStatus, r.ResourceType, r.Lacks = "", "", "", Columns(0).With(UserType).With(UserStatus).With(ResourceType)
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

func TestEncodeRefuses(t *testing.T) {
	lacking := func(c Column) Row {
		row := larry
		row.Lacks = row.Lacks.With(c)
		*columns[c].cell(&row) = ""
		return row
	}
	for name, test := range map[string]struct {
		rows []Row
		want string
	}{
		"a NUL":                             {[]Row{larry, {ResourceName: "web\x00"}}, "rows[1].resource_name holds a NUL character, which no report may hold"},
		"Latin-1":                           {[]Row{{Conditions: "caf\xe9"}}, "rows[0].conditions is not valid UTF-8"},
		"no column of accounts":             {[]Row{lacking(Account)}, "rows[0].account is null: without it, nobody could tell who gets where, how, and on what terms"},
		"no conditions in one row":          {[]Row{larry, lacking(Conditions), larry}, "rows[1].conditions is null: without it, nobody could tell who gets where, how, and on what terms"},
		"a column that some rows lack":      {[]Row{larry, lacking(UserType)}, "rows[1].user_type is null, but not in all rows: a CSV has a column for every row or for none"},
		"a column that the first row lacks": {[]Row{lacking(UserStatus), larry}, "rows[0].user_status is null, but not in all rows: a CSV has a column for every row or for none"},
	} {
		t.Run(name, func(t *testing.T) {
			text, err := Encode(test.rows)
			if _, ok := errors.AsType[*CellError](err); !ok || err.Error() != test.want || text != "" {
				t.Errorf("\n got %q, %v\nwant %s", text, err, test.want)
			}
		})
	}
}

// hostileText is a text that a cell may hold, made of what ends cells, lines,
// quotes, code spans and tables, of what looks like a header, and of anything.
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

// hostileRows are rows of one report with hostile cells.
var hostileRows = rapid.Custom(func(t *rapid.T) []Row {
	var lacks Columns
	for _, c := range rapid.SliceOfDistinct(rapid.SampledFrom([]Column{UserType, UserStatus, ResourceType}), rapid.ID).Draw(t, "lacks") {
		lacks = lacks.With(c)
	}
	rows := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Row {
		row := Row{Lacks: lacks}
		for c := range columnCount {
			if !lacks.Has(c) {
				*columns[c].cell(&row) = hostileText.Draw(t, c.String())
			}
		}
		row.Requirements = ParseConditions(row.Conditions)
		return row
	}), 0, 6).Draw(t, "rows")
	// Now and then a row stands more than once.
	if len(rows) > 0 && rapid.Bool().Draw(t, "repeat") {
		rows = append(rows, rapid.SampledFrom(rows).Draw(t, "again"))
	}
	return rows
})

func TestDecodeReadsWhatEncodeWrites(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { checkRoundTrip(t, hostileRows.Draw(t, "rows")) })
}

func checkRoundTrip(t interface{ Fatalf(string, ...any) }, rows []Row) {
	text, err := Encode(rows)
	if err != nil {
		t.Fatalf("%v", err)
	}
	report, err := Decode(text, nil)
	if err != nil {
		t.Fatalf("%v in %q", err, text)
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
			UserName: first, UserType: middle, UserStatus: last, ResourceName: middle, ResourceType: first, Account: last, Privileges: middle, Conditions: last,
			Requirements: ParseConditions(last),
		}
		if unwritable(first+"|"+middle+"|"+last) == "" {
			checkRoundTrip(t, []Row{row, larry, row})
		}
	})
}
