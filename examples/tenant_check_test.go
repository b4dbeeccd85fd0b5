package examples_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/privileged-access/terraform-provider-opa/internal/clitest"
	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// The plan shows a line for each check, and the commands of the README write the profile.
func TestExampleTenantCheck(t *testing.T) {
	t.Parallel()
	w := workspace(t, "tenant-check", opasim.Options{Generation: time.Second})
	output, err := w.Run("plan", "-no-color")
	if err != nil || strings.Count(output, "pass  ") != 23 {
		t.Errorf("got %v and\n%s\nwant 23 passed checks", err, output)
	}
	inReadme(t, "tenant-check", clitest.Normalize(output))

	clitest.NeedCommands(t, "sh", "jq")
	if output, err := w.Run("plan", "-out=plan.bin"); err != nil {
		t.Error(output)
	}
	if output, err := w.Script(clitest.ShellBlocks(w.Read("README.md"))[0]); err != nil {
		t.Error(output)
	}
	if profile := w.Read("profile.json"); !strings.Contains(profile, `"name": "csv-header"`) || regexp.MustCompile(`larry|web-01|example\.com`).MatchString(profile) {
		t.Errorf("got the profile\n%s\nwant facts, and no name of the tenant", profile)
	}
}

// Each failure is in the plan with advice, and does not fail the plan.
func TestExampleTenantCheckFails(t *testing.T) {
	t.Parallel()
	header := map[opasim.Column]string{opasim.ColumnUserName: "Benutzer", opasim.ColumnAccount: "Konto", opasim.ColumnConditions: "Auflagen"}
	for name, test := range map[string]struct {
		tenant opasim.Options
		key    string // the secret of the API key, if not the right one
		line   string // of a check
		advice string
	}{
		"wrong key": {key: "wrong-secret", line: "fail     sign_in                     API key refused\n", advice: "Check key_id and key_secret"},
		"missing role": {
			tenant: opasim.Options{MissingRole: true}, line: "fail     list_servers                Missing role\n", advice: "assign the security_admin role",
		},
		"page of a proxy": {
			tenant: opasim.Options{Faults: []opasim.Fault{{Path: "*", Status: 200, Body: []byte("<html></html>"), Header: http.Header{"Content-Type": {"text/html"}}}}},
			line:   "fail     sign_in                     Unexpected response from OPA\n", advice: "no proxy responds in its place",
		},
		"unknown header": {
			tenant: opasim.Options{CSV: opasim.CSV{Header: header}}, line: "fail     user_rows                   Invalid access report\n", advice: `user_name = "header text in the reports of your tenant"`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := workspace(t, "tenant-check", test.tenant)
			if test.key != "" {
				w.Env = append(w.Env, "OPA_KEY_SECRET="+test.key)
			}
			output, err := w.Run("plan", "-no-color")
			if err != nil || !strings.Contains(output, test.line) || !strings.Contains(output, test.advice) {
				t.Errorf("got %v and\n%s\nwant the line %q and the advice %q", err, output, test.line, test.advice)
			}
			if test.key != "" && strings.Contains(output, test.key) {
				t.Errorf("got the secret in\n%s", output)
			}
		})
	}
}
