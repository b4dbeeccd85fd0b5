package examples_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/privileged-access/terraform-provider-opa/internal/clitest"
	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// ruleFindings returns the diagnostics without the warnings of the provider.
func ruleFindings(output string) []string {
	return slices.DeleteFunc(clitest.Diagnostics(output), func(finding string) bool {
		return strings.HasPrefix(finding, "Warning: ") && !strings.HasPrefix(finding, "Warning: Check block assertion failed")
	})
}

func TestExampleAssertions(t *testing.T) {
	t.Parallel()
	t.Run("README", func(t *testing.T) {
		t.Parallel()
		output, err := workspace(t, "assertions", opasim.Options{}).Run("plan", "-no-color")
		if err == nil {
			t.Error("got no error, want one")
		}
		inReadme(t, "assertions", clitest.Normalize(output))
	})
	t.Run("report cannot be created", func(t *testing.T) {
		t.Parallel()
		tenant := opasim.Options{World: clitest.World(t, compliant), FailCreate: func(string) int { return 400 }}
		if output, err := workspace(t, "assertions", tenant).Run("plan", "-no-color"); err == nil || !strings.Contains(output, "Error: Request refused") {
			t.Errorf("got %v and %s\nwant the error Request refused", err, output)
		}
	})
	// oneServer is compliant with only one production server.
	oneServer := strings.Replace(compliant, `server "web-02"`, `server "test-02"`, 1)
	oneServer = strings.Replace(oneServer, `{ env = "production" }
			}
			server "test-01"`, `{ env = "test" }
			}
			server "test-01"`, 1)
	t.Run("several violations", func(t *testing.T) {
		t.Parallel()
		tenant := tenantWithRows(t, oneServer, "larry.linuxadmin,human,DISABLED,web-01,server,larry.linuxadmin,operator,Passkey")
		output, err := workspace(t, "assertions", tenant).Run("plan", "-no-color")
		row := "larry.linuxadmin on web-01 as larry.linuxadmin (operator, conditions: Passkey)"
		want := []string{
			"Privileged access to production without MFA:\n  " + row,
			"Access to production without any known condition:\n  " + row,
			"Conditions that the provider does not fully understand:\n  Passkey",
			"Users with access to production who are not active:\n  " + row + ": DISABLED",
		}
		var got []string
		for _, finding := range ruleFindings(output) {
			got = append(got, finding[strings.LastIndex(finding, "\n\n")+2:])
		}
		slices.Sort(got)
		slices.Sort(want)
		if diff := gocmp.Diff(want, got); err == nil || diff != "" {
			t.Errorf("got %v, want an error with these findings (-want, +got):\n%s", err, diff)
		}
	})
	t.Run("control characters", func(t *testing.T) {
		t.Parallel()
		tenant := tenantWithRows(t, oneServer, "\"lar\x1b[2Jry\u202e\u009b\x7f\nnobody\",human,DISABLED,web-01,server,root,user,\"Moon\x1b phase\"")
		output, err := workspace(t, "assertions", tenant).Run("plan", "-no-color")
		if want := "\n  lar�[2Jry����nobody on web-01 as root (user, conditions: Moon� phase): DISABLED\n"; err == nil || !strings.Contains(output, want) {
			t.Errorf("got %v and %s\nwant an error that contains %q", err, output, want)
		}
		if at := strings.IndexFunc(output, func(r rune) bool { return r != '\n' && unicode.In(r, unicode.C) }); at >= 0 {
			t.Errorf("got %q, want no control characters", output[max(0, at-80):])
		}
	})
	tests := map[string]struct {
		tenant opasim.Options
		// The start and the end of the only finding. If title is "", there is none.
		title, message string
	}{
		"compliant": {tenant: opasim.Options{World: clitest.World(t, compliant)}},
		"admin without MFA": {
			tenant: opasim.Options{World: clitest.World(t, compliant+grant("admins", "web-02", `individual = ["admin"]`, `"gateway", "access_request"`))},
			title:  "Warning: Check block assertion failed",
			message: "Privileged access to production without MFA:\n" +
				"  larry.linuxadmin on web-02 as larry.linuxadmin (admin, conditions: Okta Gateway, Approval)\n" +
				"  paula+pager@example.com on web-02 as paula.pager (admin, conditions: Okta Gateway, Approval)",
		},
		"unknown privileges": {
			tenant:  tenantWithRows(t, oneServer, "larry.linuxadmin,human,ACTIVE,web-01,server,larry.linuxadmin,operator,Approval"),
			title:   "Warning: Check block assertion failed",
			message: "Privileged access to production without MFA:\n  larry.linuxadmin on web-01 as larry.linuxadmin (operator, conditions: Approval)",
		},
		"root without MFA": {
			tenant:  tenantWithRows(t, oneServer, "larry.linuxadmin,human,ACTIVE,web-01,server,root,user,Approval"),
			title:   "Warning: Check block assertion failed",
			message: "Privileged access to production without MFA:\n  larry.linuxadmin on web-01 as root (user, conditions: Approval)",
		},
		"shared account without approval": {
			tenant: opasim.Options{World: clitest.World(t, strings.Replace(compliant, `"access_request", "mfa"`, `"mfa"`, 1))},
			title:  "Warning: Check block assertion failed",
			message: "Shared accounts on production servers without approval:\n" +
				"  larry.linuxadmin on web-01 as root (user, conditions: Okta Gateway with Session Recording, MFA)\n" +
				"  paula+pager@example.com on web-01 as root (user, conditions: Okta Gateway with Session Recording, MFA)",
		},
		"shared account with one user": {
			tenant:  tenantWithRows(t, oneServer, "larry.linuxadmin,human,ACTIVE,web-01,server,deploy,user,MFA"),
			title:   "Warning: Check block assertion failed",
			message: "Shared accounts on production servers without approval:\n  larry.linuxadmin on web-01 as deploy (user, conditions: MFA)",
		},
		"server without the label": {
			tenant:  opasim.Options{World: clitest.World(t, strings.Replace(compliant, `{ env = "test" }`, "{}", 1))},
			title:   "Warning: Check block assertion failed",
			message: "Servers without the label env:\n  test-01 (" + clitest.World(t, compliant).Servers("test-01")[0].ID + ")",
		},
		"no conditions": {
			tenant:  opasim.Options{World: clitest.World(t, compliant+grant("windows-admins", "web-02", `individual = ["user"]`, ""))},
			title:   "Error: Module output value precondition failed",
			message: "Access to production without any known condition:\n  wanda.windowsadmin on web-02 as wanda.windowsadmin (user, conditions: none)",
		},
		"conditions with a word for none": {
			tenant:  tenantWithRows(t, oneServer, "larry.linuxadmin,human,ACTIVE,web-01,server,larry.linuxadmin,user,n/a"),
			title:   "Error: Module output value precondition failed",
			message: "Access to production without any known condition:\n  larry.linuxadmin on web-01 as larry.linuxadmin (user, conditions: n/a)",
		},
		"unknown conditions": {
			tenant:  tenantWithRows(t, oneServer, `larry.linuxadmin,human,ACTIVE,web-01,server,larry.linuxadmin,user,"Okta Gateway (no session recording)"`),
			title:   "Error: Module output value precondition failed",
			message: "Conditions that the provider does not fully understand:\n  Okta Gateway (no session recording)",
		},
		"disabled user": {
			tenant: tenantWithRows(t, oneServer,
				"larry.linuxadmin,human,DISABLED,web-01,server,larry.linuxadmin,user,MFA", "paula+pager@example.com,human,ACTIVE,web-01,server,paula.pager,user,MFA"),
			title:   "Error: Module output value precondition failed",
			message: "Users with access to production who are not active:\n  larry.linuxadmin on web-01 as larry.linuxadmin (user, conditions: MFA): DISABLED",
		},
		"unknown user status": {
			tenant:  tenantWithRows(t, oneServer, "larry.linuxadmin,human,SUSPENDED,web-01,server,larry.linuxadmin,user,MFA"),
			title:   "Error: Module output value precondition failed",
			message: "Users with access to production who are not active:\n  larry.linuxadmin on web-01 as larry.linuxadmin (user, conditions: MFA): SUSPENDED",
		},
		"missing user status": {
			tenant:  tenantWithRows(t, oneServer, "larry.linuxadmin,human,,web-01,server,larry.linuxadmin,user,MFA"),
			title:   "Error: Module output value precondition failed",
			message: "Users with access to production who are not active:\n  larry.linuxadmin on web-01 as larry.linuxadmin (user, conditions: MFA): no status",
		},
		"user without permission for the server": {
			tenant:  opasim.Options{World: clitest.World(t, compliant+grant("windows-admins", "web-01", `individual = ["user"]`, `"mfa"`))},
			title:   "Error: Resource postcondition failed",
			message: "These users have access to web-01 and are not in users_of_web_01:\n  wanda.windowsadmin",
		},
		"renamed label": {
			tenant: opasim.Options{World: clitest.World(t, strings.ReplaceAll(compliant, `"production"`, `"prod"`))},
			title:  "Error: Empty selection",
		},
		"no access": {
			tenant:  opasim.Options{World: clitest.World(t, strings.Replace(compliant, `groups = ["admins"]`, `groups = []`, 1))},
			title:   "Error: Resource postcondition failed",
			message: "No user has access to any of the 2 production servers, which is not\nplausible.",
		},
	}
	// check compares the findings in the workspace with those of the named test. It
	// returns a description of the difference, or "".
	check := func(w *clitest.Workspace, name string) string {
		test := tests[name]
		output, err := w.Run("plan", "-no-color")
		if (err != nil) != strings.HasPrefix(test.title, "Error") {
			return fmt.Sprintf("got error %v, want title %q:\n%s", err, test.title, output)
		}
		found := ruleFindings(output)
		switch {
		case test.title == "" && len(found) > 0:
			return "got findings, want none:\n" + output
		case test.title != "" && (len(found) != 1 || !strings.HasPrefix(found[0], test.title) || !strings.HasSuffix(found[0], test.message)):
			return fmt.Sprintf("got:\n%s\nwant one finding, %s:\n%s", output, test.title, test.message)
		}
		return ""
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if difference := check(workspace(t, "assertions", test.tenant), name); difference != "" {
				t.Error(difference)
			}
		})
	}
	// Each rule is weakened so that the named test must fail.
	for _, weaker := range [][4]string{
		{"rules.tf", `row.user_status != "ACTIVE"`, `row.user_status == "DISABLED"`, "unknown user status"},
		{"rules.tf", `row.user_status != "ACTIVE"`, `try(length(row.user_status), 0) > 0 && row.user_status != "ACTIVE"`, "missing user status"},
		{"rules.tf", `if !anytrue([row.requires_gateway, row.records_session, row.requires_approval, row.requires_mfa])`, `if row.conditions == "none"`, "no conditions"},
		{"rules.tf", `if !anytrue([row.requires_gateway, row.records_session, row.requires_approval, row.requires_mfa])`, `if row.conditions == ""`, "conditions with a word for none"},
		{"rules.tf", `length(local.unknown_conditions) == 0`, `length(local.unknown_conditions) >= 0`, "unknown conditions"},
		{"checks.tf", `row.privileges != "user"`, `row.privileges == "admin"`, "unknown privileges"},
		{"checks.tf", ` || row.shared_account`, ``, "root without MFA"},
		{"checks.tf", `!row.requires_mfa`, `row.conditions == ""`, "admin without MFA"},
		{"checks.tf", `!row.requires_approval`, `row.conditions == ""`, "shared account without approval"},
		{"checks.tf", `if row.shared_account`, `if row.account == "root"`, "shared account with one user"},
		{"checks.tf", `if !contains(keys(server.labels), "env")`, `if false`, "server without the label"},
		{"main.tf", `length(self.rows) > 0`, `length(self.rows) >= 0`, "no access"},
		{"main.tf", `self.rows[*].user_name, var.users_of_web_01)) == 0`, `self.rows[*].user_name, var.users_of_web_01)) >= 0`, "user without permission for the server"},
	} {
		t.Run(weaker[1]+" weakened to "+weaker[2], func(t *testing.T) {
			t.Parallel()
			w := workspace(t, "assertions", tests[weaker[3]].tenant)
			w.Replace(weaker[0], weaker[1], weaker[2])
			if check(w, weaker[3]) == "" {
				t.Errorf("got no difference in test %q, want one", weaker[3])
			}
		})
	}
}
