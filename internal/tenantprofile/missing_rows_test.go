package tenantprofile

import (
	"strings"
	"testing"

	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
)

func TestMissingRows(t *testing.T) {
	t.Parallel()
	report := func(rows ...string) *accessreport.Report {
		lines := append([]string{"Conditions,User Name,Resource Name,Account,Privileges"}, rows...)
		text := strings.Join(lines, "\n,")
		decoded, err := accessreport.Decode(t.Context(), text, nil)
		if err != nil {
			t.Fatal(err)
		}
		return decoded
	}
	failed := []Check{{"compare_reports", "fail"}}
	for name, test := range map[string]struct {
		checks         []Check
		user, resource *accessreport.Report
		want           string
	}{
		"no failure":         {[]Check{{"compare_reports", "pass"}}, report("a,s,root,user"), report("b,s,root,user"), ""},
		"not readable":       {failed, report("a,s,root,user"), nil, ""},
		"in the user's":      {failed, report("a,s,a,user", "a,s,root,user", "a,t,x,user"), report("a,s,a,user", "b,s,y,user"), "resource"},
		"in the resource's":  {failed, report("a,s,a,user", "a,t,x,user"), report("A,s,a,user", "a,s,root,user", "b,s,y,user"), "user"},
		"in both":            {failed, report("a,s,a,user"), report("a,s,a,admin"), "both"},
		"names do not match": {failed, report("a,s,a,user"), report("b,t,a,user"), "both"},
		"no row of a user":   {failed, report(), report("a,s,a,user"), "user"},
		"no row of a server": {failed, report("a,s,a,user"), report(), "resource"},
	} {
		got := missingRows(test.checks, []Decoded{{User: true, Report: test.user}, {Report: test.resource}})
		if got != test.want {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}
