package accessreport_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
)

func TestPatterns(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		pattern string
		match   []string
		no      []string
	}{
		"text":              {"root", []string{"root"}, []string{"", "Root", "root ", "roo", "xroot"}},
		"empty":             {"", []string{""}, []string{" ", "a"}},
		"all":               {"*", []string{"", "a", "*", "a\nb"}, nil},
		"prefix":            {"svc-*", []string{"svc-", "svc-ci"}, []string{"svc", "xsvc-", "SVC-ci"}},
		"suffix":            {"*.example.com", []string{".example.com", "a.example.com"}, []string{"example.com", "a.example.com.evil"}},
		"both ends overlap": {"aba*aba", []string{"abaaba", "aba-aba"}, []string{"aba", "ababa"}},
		"middle":            {"a*b*c", []string{"abc", "a-b-b-c", "abbc"}, []string{"acb", "ac", "abcd"}},
		"several asterisks": {"**a**", []string{"a", "bab"}, []string{"", "b"}},
		"asterisk":          {`\*`, []string{"*"}, []string{"", "a", `\*`}},
		"asterisk inside":   {`a\**`, []string{"a*", "a*b"}, []string{"a", "ab"}},
		"backslash":         {`CORP\admin`, []string{`CORP\admin`}, []string{"CORPadmin"}},
		"backslash and all": {`CORP\\*`, []string{`CORP\`, `CORP\admin`}, []string{"CORP", `CORP\\`[:4], "CORP*"}},
		"no other wildcard": {"a?[b].+", []string{"a?[b].+"}, []string{"axb.+"}},
		"not ASCII":         {"ren*é", []string{"rené", "renxé"}, []string{"rene"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var m accessreport.Match
			m.AddCell(accessreport.Account, []string{test.pattern})
			filter := &accessreport.Filter{Include: &m}
			for _, want := range []bool{true, false} {
				cells := test.match
				if !want {
					cells = test.no
				}
				for _, cell := range cells {
					if got := filter.Keep(&accessreport.Row{Account: cell}); got != want {
						t.Errorf("%q matches %q: got %t, want %t", test.pattern, cell, got, want)
					}
				}
			}
		})
	}
}

func TestFilterIgnoresCaseInSomeColumns(t *testing.T) {
	t.Parallel()
	for column, want := range map[accessreport.Column]bool{
		accessreport.UserType: true, accessreport.UserStatus: true, accessreport.Privileges: true,
		accessreport.UserName: false, accessreport.ResourceName: false, accessreport.ResourceType: false, accessreport.Account: false, accessreport.Conditions: false,
	} {
		var m accessreport.Match
		m.AddCell(column, []string{"AdMin*"})
		var row accessreport.Row
		row.SetCell(column, "aDmin-x")
		if got := (&accessreport.Filter{Include: &m}).Keep(&row); got != want {
			t.Errorf("%s: got %t, want %t", column, got, want)
		}
	}
}

// DecodeFiltered returns the rows of Decode that the filter selects, and the same about
// the complete report.
func TestDecodeFiltered(t *testing.T) {
	t.Parallel()
	texts := []string{"", "a", "ab", "A", "b*", `\`, "root", "MFA", "user", "Moon phase"}
	rapid.Check(t, func(t *rapid.T) {
		cell := rapid.SampledFrom(texts[1:])
		var csv strings.Builder
		csv.WriteString("User Name,User Type,User Status,Resource Name,Resource Type,Account,Privileges,Conditions,Team\n")
		for range rapid.IntRange(0, 20).Draw(t, "rows") {
			csv.WriteString(cell.Draw(t, "user") + ",human,ACTIVE," + cell.Draw(t, "resource") + ",server," + cell.Draw(t, "account") + "," +
				cell.Draw(t, "privileges") + "," + rapid.SampledFrom(texts).Draw(t, "conditions") + "," + cell.Draw(t, "team") + "\n")
		}
		pattern := rapid.Custom(func(t *rapid.T) string {
			return rapid.SampledFrom([]string{"", "a", "*", "a*", "*b", `b\*`, "root", "USER", "M*", `\`}).Draw(t, "pattern")
		})
		columns := []accessreport.Column{accessreport.UserName, accessreport.Account, accessreport.Privileges, accessreport.Conditions}
		var filter accessreport.Filter
		var want [2]func(*accessreport.Row) bool
		for i := range want {
			patterns := map[accessreport.Column][]string{}
			var m accessreport.Match
			for _, c := range rapid.SliceOfDistinct(rapid.SampledFrom(columns), func(c accessreport.Column) accessreport.Column { return c }).Draw(t, "columns") {
				patterns[c] = rapid.SliceOfN(pattern, 1, 3).Draw(t, "patterns")
				m.AddCell(c, patterns[c])
			}
			flag := rapid.SampledFrom([]string{"unset", "true", "false"}).Draw(t, "flag")
			if flag != "unset" {
				m.AddFlag((*accessreport.Row).SharedAccount, flag == "true")
			}
			want[i] = func(row *accessreport.Row) bool {
				for c, anyOf := range patterns {
					if !matchesOne(c, anyOf, row.Cell(c)) {
						return false
					}
				}
				return flag == "unset" || row.SharedAccount() == (flag == "true")
			}
			if i == 0 {
				filter.Include = &m
			} else {
				filter.Exclude = &m
			}
		}

		all, err := accessreport.Decode(t.Context(), csv.String(), nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := accessreport.DecodeFiltered(t.Context(), csv.String(), nil, &filter)
		if err != nil {
			t.Fatal(err)
		}
		rows := []accessreport.Row{}
		for i := range all.Rows {
			if want[0](&all.Rows[i]) && !want[1](&all.Rows[i]) {
				rows = append(rows, all.Rows[i])
			}
		}
		if diff := gocmp.Diff(rows, got.Rows); diff != "" {
			t.Errorf("rows (-want, +got):\n%s", diff)
		}
		if got.TotalRows != len(all.Rows) || all.TotalRows != len(all.Rows) {
			t.Errorf("got totals of %d and %d, want %d", got.TotalRows, all.TotalRows, len(all.Rows))
		}
		if diff := gocmp.Diff(accessreport.UnknownConditions(all), accessreport.UnknownConditions(got)); diff != "" {
			t.Errorf("unknown conditions (-unfiltered, +filtered):\n%s", diff)
		}
		unknown, wantErr := all.CheckSubject(accessreport.UserName, []string{"a"})
		gotUnknown, gotErr := got.CheckSubject(accessreport.UserName, []string{"a"})
		if unknown != gotUnknown || (wantErr == nil) != (gotErr == nil) {
			t.Errorf("got the subject %q and %v, want %q and %v", gotUnknown, gotErr, unknown, wantErr)
		}
	})
}

// matchesOne matches patterns by regular expressions.
func matchesOne(c accessreport.Column, patterns []string, cell string) bool {
	for _, pattern := range patterns {
		expression := regexp.QuoteMeta(pattern)
		expression = strings.ReplaceAll(expression, `\\\*`, "\x00")
		expression = strings.ReplaceAll(expression, `\*`, ".*")
		expression = strings.ReplaceAll(expression, "\x00", `\*`)
		if c == accessreport.Privileges {
			expression = "(?i)" + expression
		}
		if regexp.MustCompile("(?s)^(?:" + expression + ")$").MatchString(cell) {
			return true
		}
	}
	return false
}

// A filter on a column that the report does not have is an error, in both directions.
func TestFilterOnMissingColumn(t *testing.T) {
	t.Parallel()
	const csv = "User Name,Resource Name,Account,Privileges\nlarry,web-01,root,user\n"
	mapping := map[string]string{"conditions": ""}
	cell, flag, fine := new(accessreport.Match), new(accessreport.Match), new(accessreport.Match)
	cell.AddCell(accessreport.UserType, []string{"human"})
	flag.AddFlag(func(r *accessreport.Row) bool { return r.Requirements.MFA }, false, accessreport.Conditions)
	fine.AddCell(accessreport.Account, []string{"root"})
	for name, test := range map[string]struct {
		filter accessreport.Filter
		want   *accessreport.FilterError
	}{
		"cell":    {accessreport.Filter{Include: cell}, &accessreport.FilterError{Column: accessreport.UserType}},
		"flag":    {accessreport.Filter{Include: flag}, &accessreport.FilterError{Column: accessreport.Conditions}},
		"exclude": {accessreport.Filter{Include: fine, Exclude: flag}, &accessreport.FilterError{Column: accessreport.Conditions, Exclude: true}},
		"present": {accessreport.Filter{Include: fine}, nil},
	} {
		report, err := accessreport.DecodeFiltered(t.Context(), csv, mapping, &test.filter)
		got, _ := errors.AsType[*accessreport.FilterError](err)
		if diff := gocmp.Diff(test.want, got); diff != "" || (report == nil) != (test.want != nil) {
			t.Errorf("%s: got %v, %v (-want, +got):\n%s", name, report, err, diff)
		}
	}
}
