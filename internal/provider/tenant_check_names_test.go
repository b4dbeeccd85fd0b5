package provider_test

import (
	"net/http"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// Names that consist only of words of the API are not in the profile: in each place, two
// tenants that differ only in such a name have equal profiles. Those of a CSV that cannot be
// decoded can be replayed.
func TestProfileHasNoNamesOfKnownWords(t *testing.T) {
	t.Parallel()
	names := [][3]string{ // of the same classes and lengths
		{"service.admin", "team_gateway", "Business Server Team"},
		{"machine.users", "role_machine", "Sessions Policy Role"},
		{"xxxxxxx.xxxxx", "xxxx_xxxxxxx", "Xxxxxxxx Xxxxxx Xxxx"},
	}
	const row = "larry.linuxadmin,human,ACTIVE,web-01,server,root,admin,"
	for name, test := range map[string]struct{ path, body string }{
		"row of unknown words":  {"/access_reports/{id}/report", "DOTTED,Mensch,Aktiv,UNDERLINED,Rechner,root ,Verwalter,SPACED\n"},
		"row with known words":  {"/access_reports/{id}/report", "root,admin,MFA,DOTTED,human,ACTIVE,UNDERLINED,server\n"},
		"row with headings":     {"/access_reports/{id}/report", "DOTTED,login,server,SPACED,ACTIVE\n"},
		"title":                 {"/access_reports/{id}/report", "Access report for SPACED\n" + reportHeader + row + "MFA\n"},
		"title with delimiters": {"/access_reports/{id}/report", "Access report,User,SPACED\n" + reportHeader + row + "MFA\n"},
		"unknown header":        {"/access_reports/{id}/report", "User Name,Server,DOTTED,SPACED\nlarry.linuxadmin,\"web-01\",x,y\n"},
		"condition":             {"/access_reports/{id}/report", reportHeader + row + "SPACED\n"},
		"detail":                {"/access_reports/{id}/report", reportHeader + row + "\"MFA, Approval (SPACED)\"\n"},
		"value":                 {"/access_reports/{id}/report", reportHeader + row + "Approval: SPACED\n"},
		"other brackets":        {"/access_reports/{id}/report", reportHeader + row + "Approval [DOTTED]\n"},
		"privileges":            {"/access_reports/{id}/report", reportHeader + strings.Replace(row, ",admin,", ",UNDERLINED,", 1) + "MFA\n"},
		"type":                  {"/access_reports/{id}/report", reportHeader + strings.Replace(row, "human", "SPACED", 1) + "MFA\n"},
		"keys":                  {"/groups", `{"list":[{"id":"1","name":"x","members":{"UNDERLINED":{"role":"x"},"root":{"role":"y"}}}]}`},
		"keys in a known field": {"/groups", `{"list":[{"id":"1","name":"x","users":{"UNDERLINED":1,"admin":2}}]}`},
		"field":                 {"/groups", `{"list":[{"id":"1","name":"x","UNDERLINED":1}],"UNDERLINED":true}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var first string
			for _, n := range names {
				body := strings.NewReplacer("DOTTED", n[0], "UNDERLINED", n[1], "SPACED", n[2]).Replace(test.body)
				fault := opasim.Fault{Path: test.path, Status: 200, Body: []byte(body)}
				if test.path != "/groups" {
					fault.Header = http.Header{"Content-Type": {"text/csv"}}
				}
				got := checkTenant(t, configured(t, opasim.Start(t, opasim.Options{Faults: []opasim.Fault{fault}})), larryOnWeb).profile
				if first == "" {
					first = got
				} else if diff := gocmp.Diff(first, got); diff != "" {
					t.Errorf("names %q: profile (-with others +got):\n%s", n, diff)
				}
			}
			if !strings.Contains(first, `"observed": "not recognized"`) {
				return // the replayed tenant has more rows
			}
			profile, err := opasim.ParseProfile([]byte(first))
			if err != nil {
				t.Fatal(err)
			}
			got := checkTenant(t, configured(t, opasim.Start(t, opasim.Options{Profile: profile})), larryOnWeb).profile
			if diff := gocmp.Diff(first, got); diff != "" {
				t.Errorf("replayed profile (-want +got):\n%s", diff)
			}
		})
	}
}
