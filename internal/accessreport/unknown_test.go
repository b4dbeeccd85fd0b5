package accessreport_test

import (
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
)

func TestUnknownConditions(t *testing.T) {
	t.Parallel()
	understood := func(text string) accessreport.Row { return accessreport.Row{Conditions: text} }
	unknown := func(text string) accessreport.Row {
		return accessreport.Row{Conditions: text, Requirements: accessreport.Requirements{MFA: true, Unknown: true}}
	}
	for name, test := range map[string]struct {
		rows []accessreport.Row
		want []string
	}{
		"no rows":                   {nil, []string{}},
		"all understood":            {[]accessreport.Row{understood("MFA"), understood("")}, []string{}},
		"one unknown":               {[]accessreport.Row{understood("MFA"), unknown("Working hours")}, []string{"Working hours"}},
		"the same one twice":        {[]accessreport.Row{unknown("a"), unknown("a")}, []string{"a"}},
		"sorted":                    {[]accessreport.Row{unknown("b"), unknown("B"), unknown("a, MFA"), unknown("b")}, []string{"B", "a, MFA", "b"}},
		"differ in blanks and case": {[]accessreport.Row{unknown("on call"), unknown("On call"), unknown("on call ")}, []string{"On call", "on call", "on call "}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := gocmp.Diff(test.want, accessreport.UnknownConditions(accessreport.ReportOf(test.rows))); diff != "" {
				t.Errorf("UnknownConditions (-want +got):\n%s", diff)
			}
		})
	}
}
