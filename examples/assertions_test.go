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

// findingsOfRules returns the findings without the provider's own warnings.
func findingsOfRules(output string) []string {
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
			t.Error("the plan did not fail")
		}
		inReadme(t, "assertions", clitest.Normalize(output))
	})
	t.Run("a report that cannot be made", func(t *testing.T) {
		t.Parallel()
		tenant := opasim.Options{World: world(t, orderly), FailCreate: func(string) int { return 400 }}
		if output, err := workspace(t, "assertions", tenant).Run("plan", "-no-color"); err == nil || !strings.Contains(output, "Error: Request refused") {
			t.Errorf("%v\n%s", err, output)
		}
	})
	// The same with one server in production.
	oneServer := strings.Replace(orderly, `server "web-02"`, `server "test-02"`, 1)
	oneServer = strings.Replace(oneServer, `{ env = "production" }
			}
			server "test-01"`, `{ env = "test" }
			}
			server "test-01"`, 1)
	t.Run("several rules are broken", func(t *testing.T) {
		t.Parallel()
		tenant := downloads(t, oneServer, "larry.linuxadmin,human,DISABLED,web-01,server,larry.linuxadmin,operator,Passkey")
		output, err := workspace(t, "assertions", tenant).Run("plan", "-no-color")
		row := "larry.linuxadmin on web-01 as larry.linuxadmin (operator, conditions: Passkey)"
		want := []string{
			"Privileged access to production without MFA:\n  " + row,
			"Access to production without any known condition:\n  " + row,
			"Conditions that the provider does not fully understand:\n  Passkey",
			"Users with access to production who are not active:\n  " + row + ": DISABLED",
		}
		var got []string
		for _, finding := range findingsOfRules(output) {
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
		tenant := downloads(t, oneServer, "\"lar\x1b[2Jry\u202e\u009b\x7f\nnobody\",human,DISABLED,web-01,server,root,user,\"Moon\x1b phase\"")
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
		// The start and the end of the only finding; "" if there is none.
		kind, says string
	}{
		"all is in order": {tenant: opasim.Options{World: world(t, orderly)}},
		"admin without MFA": {
			tenant: opasim.Options{World: world(t, orderly+grant("admins", "web-02", `individual = ["admin"]`, `"gateway", "access_request"`))},
			kind:   "Warning: Check block assertion failed",
			says: "Privileged access to production without MFA:\n" +
				"  larry.linuxadmin on web-02 as larry.linuxadmin (admin, conditions: Okta Gateway, Approval)\n" +
				"  paula+pager@example.com on web-02 as paula.pager (admin, conditions: Okta Gateway, Approval)",
		},
		"privileges that are not known": {
			tenant: downloads(t, oneServer, "larry.linuxadmin,human,ACTIVE,web-01,server,larry.linuxadmin,operator,Approval"),
			kind:   "Warning: Check block assertion failed",
			says:   "Privileged access to production without MFA:\n  larry.linuxadmin on web-01 as larry.linuxadmin (operator, conditions: Approval)",
		},
		"root without MFA": {
			tenant: downloads(t, oneServer, "larry.linuxadmin,human,ACTIVE,web-01,server,root,user,Approval"),
			kind:   "Warning: Check block assertion failed",
			says:   "Privileged access to production without MFA:\n  larry.linuxadmin on web-01 as root (user, conditions: Approval)",
		},
		"a shared account without approval": {
			tenant: opasim.Options{World: world(t, strings.Replace(orderly, `"access_request", "mfa"`, `"mfa"`, 1))},
			kind:   "Warning: Check block assertion failed",
			says: "Shared accounts on production servers without approval:\n" +
				"  larry.linuxadmin on web-01 as root (user, conditions: Okta Gateway with Session Recording, MFA)\n" +
				"  paula+pager@example.com on web-01 as root (user, conditions: Okta Gateway with Session Recording, MFA)",
		},
		"a shared account that one user can use": {
			tenant: downloads(t, oneServer, "larry.linuxadmin,human,ACTIVE,web-01,server,deploy,user,MFA"),
			kind:   "Warning: Check block assertion failed",
			says:   "Shared accounts on production servers without approval:\n  larry.linuxadmin on web-01 as deploy (user, conditions: MFA)",
		},
		"a server without the label": {
			tenant: opasim.Options{World: world(t, strings.Replace(orderly, `{ env = "test" }`, "{}", 1))},
			kind:   "Warning: Check block assertion failed",
			says:   "Servers without the label env:\n  test-01 (" + world(t, orderly).Servers("test-01")[0].ID + ")",
		},
		"no conditions": {
			tenant: opasim.Options{World: world(t, orderly+grant("windows-admins", "web-02", `individual = ["user"]`, ""))},
			kind:   "Error: Module output value precondition failed",
			says:   "Access to production without any known condition:\n  wanda.windowsadmin on web-02 as wanda.windowsadmin (user, conditions: none)",
		},
		"conditions that mean none": {
			tenant: downloads(t, oneServer, "larry.linuxadmin,human,ACTIVE,web-01,server,larry.linuxadmin,user,n/a"),
			kind:   "Error: Module output value precondition failed",
			says:   "Access to production without any known condition:\n  larry.linuxadmin on web-01 as larry.linuxadmin (user, conditions: n/a)",
		},
		"conditions that are not known": {
			tenant: downloads(t, oneServer, `larry.linuxadmin,human,ACTIVE,web-01,server,larry.linuxadmin,user,"MFA (Approval)"`),
			kind:   "Error: Module output value precondition failed",
			says:   "Conditions that the provider does not fully understand:\n  MFA (Approval)",
		},
		"a user who is disabled": {
			tenant: downloads(t, oneServer,
				"larry.linuxadmin,human,DISABLED,web-01,server,larry.linuxadmin,user,MFA", "paula+pager@example.com,human,ACTIVE,web-01,server,paula.pager,user,MFA"),
			kind: "Error: Module output value precondition failed",
			says: "Users with access to production who are not active:\n  larry.linuxadmin on web-01 as larry.linuxadmin (user, conditions: MFA): DISABLED",
		},
		"a user whose status is not known": {
			tenant: downloads(t, oneServer, "larry.linuxadmin,human,SUSPENDED,web-01,server,larry.linuxadmin,user,MFA"),
			kind:   "Error: Module output value precondition failed",
			says:   "Users with access to production who are not active:\n  larry.linuxadmin on web-01 as larry.linuxadmin (user, conditions: MFA): SUSPENDED",
		},
		"a user without a status": {
			tenant: downloads(t, oneServer, "larry.linuxadmin,human,,web-01,server,larry.linuxadmin,user,MFA"),
			kind:   "Error: Module output value precondition failed",
			says:   "Users with access to production who are not active:\n  larry.linuxadmin on web-01 as larry.linuxadmin (user, conditions: MFA): no status",
		},
		"a user who should not be on the server": {
			tenant: opasim.Options{World: world(t, orderly+grant("windows-admins", "web-01", `individual = ["user"]`, `"mfa"`))},
			kind:   "Error: Resource postcondition failed",
			says:   "These users have access to web-01 and are not in users_of_web_01:\n  wanda.windowsadmin",
		},
		"another label": {
			tenant: opasim.Options{World: world(t, strings.ReplaceAll(orderly, `"production"`, `"prod"`))},
			kind:   "Error: Empty selection",
		},
		"nobody has access": {
			tenant: opasim.Options{World: world(t, strings.Replace(orderly, `groups = ["admins"]`, `groups = []`, 1))},
			kind:   "Error: Resource postcondition failed",
			says:   "No user has access to any of the 2 production servers, which is not\nplausible.",
		},
	}
	// check returns how the findings in the workspace differ from those of a case,
	// or "".
	check := func(w *clitest.Workspace, name string) string {
		test := tests[name]
		output, err := w.Run("plan", "-no-color")
		if (err != nil) != strings.HasPrefix(test.kind, "Error") {
			return fmt.Sprintf("the plan ended with %v\n%s", err, output)
		}
		found := findingsOfRules(output)
		switch {
		case test.kind == "" && len(found) > 0:
			return "got findings, want none:\n" + output
		case test.kind != "" && (len(found) != 1 || !strings.HasPrefix(found[0], test.kind) || !strings.HasSuffix(found[0], test.says)):
			return fmt.Sprintf("got:\n%s\nwant one finding, %s:\n%s", output, test.kind, test.says)
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
	// Each with the case that fails.
	for _, weaker := range [][4]string{
		{"rules.tf", `row.user_status != "ACTIVE"`, `row.user_status == "DISABLED"`, "a user whose status is not known"},
		{"rules.tf", `row.user_status != "ACTIVE"`, `try(length(row.user_status), 0) > 0 && row.user_status != "ACTIVE"`, "a user without a status"},
		{"rules.tf", `if !anytrue([row.requires_gateway, row.records_session, row.requires_approval, row.requires_mfa])`, `if row.conditions == "none"`, "no conditions"},
		{"rules.tf", `if !anytrue([row.requires_gateway, row.records_session, row.requires_approval, row.requires_mfa])`, `if row.conditions == ""`, "conditions that mean none"},
		{"rules.tf", `length(local.unknown_conditions) == 0`, `length(local.unknown_conditions) >= 0`, "conditions that are not known"},
		{"checks.tf", `row.privileges != "user"`, `row.privileges == "admin"`, "privileges that are not known"},
		{"checks.tf", ` || row.shared_account`, ``, "root without MFA"},
		{"checks.tf", `!row.requires_mfa`, `row.conditions == ""`, "admin without MFA"},
		{"checks.tf", `!row.requires_approval`, `row.conditions == ""`, "a shared account without approval"},
		{"checks.tf", `if row.shared_account`, `if row.account == "root"`, "a shared account that one user can use"},
		{"checks.tf", `if !contains(keys(server.labels), "env")`, `if false`, "a server without the label"},
		{"main.tf", `length(self.rows) > 0`, `length(self.rows) >= 0`, "nobody has access"},
		{"main.tf", `self.rows[*].user_name, var.users_of_web_01)) == 0`, `self.rows[*].user_name, var.users_of_web_01)) >= 0`, "a user who should not be on the server"},
	} {
		t.Run(weaker[1]+" weakened to "+weaker[2], func(t *testing.T) {
			t.Parallel()
			w := workspace(t, "assertions", tests[weaker[3]].tenant)
			w.Replace(weaker[0], weaker[1], weaker[2])
			if check(w, weaker[3]) == "" {
				t.Errorf("got no difference in %q, want one", weaker[3])
			}
		})
	}
}
