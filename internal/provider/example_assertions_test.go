package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

func TestExampleAssertions(t *testing.T) {
	t.Parallel()
	t.Run("README", func(t *testing.T) {
		t.Parallel()
		output, err := exampleWorkspace(t, "assertions", opasim.Options{}).run("plan", "-no-color")
		if err == nil {
			t.Error("the plan did not fail")
		}
		inReadme(t, "assertions", said(output))
	})
	t.Run("a report that cannot be made", func(t *testing.T) {
		t.Parallel()
		tenant := opasim.Options{World: world(t, orderly), FailCreate: func(string) int { return 400 }}
		if output, err := exampleWorkspace(t, "assertions", tenant).run("plan", "-no-color"); err == nil || !strings.Contains(output, "Error: Request refused") {
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
	t.Run("two rules are broken", func(t *testing.T) {
		t.Parallel()
		tenant := downloads(t, oneServer, "larry.linuxadmin,human,DISABLED,web-01,server,larry.linuxadmin,user,")
		output, err := exampleWorkspace(t, "assertions", tenant).run("plan", "-no-color")
		if err == nil || len(findings(output)) != 2 || !strings.Contains(output, "access without conditions") || !strings.Contains(output, "who are not active") {
			t.Errorf("want both: %v\n%s", err, output)
		}
	})
	tests := map[string]struct {
		tenant opasim.Options
		// What the only finding begins and ends with; "" is no finding at all.
		kind, says string
	}{
		"all is in order": {tenant: opasim.Options{World: world(t, orderly)}},
		"admin without MFA": {
			tenant: opasim.Options{World: world(t, orderly+grant("admins", "web-02", `individual = ["admin"]`, `"gateway", "access_request"`))},
			kind:   "Warning: Check block assertion failed",
			says: "There is administration of production without MFA:\n" +
				"  larry.linuxadmin on web-02 as larry.linuxadmin (admin, conditions: Okta Gateway, Approval)\n" +
				"  paula+pager@example.com on web-02 as paula.pager (admin, conditions: Okta Gateway, Approval)",
		},
		"privileges and conditions that nobody knows": {
			tenant: downloads(t, oneServer, "larry.linuxadmin,human,ACTIVE,web-01,server,larry.linuxadmin,operator,Passkey"),
			kind:   "Warning: Check block assertion failed",
			says:   "There is administration of production without MFA:\n  larry.linuxadmin on web-01 as larry.linuxadmin (operator, conditions: Passkey)",
		},
		"a shared account without approval": {
			tenant: opasim.Options{World: world(t, strings.Replace(orderly, `["access_request"]`, `["gateway_with_session_recording"]`, 1))},
			kind:   "Warning: Check block assertion failed",
			says: "Shared accounts of production can be used without an approval:\n" +
				"  larry.linuxadmin on web-01 as root (user, conditions: Okta Gateway with Session Recording)\n" +
				"  paula+pager@example.com on web-01 as root (user, conditions: Okta Gateway with Session Recording)",
		},
		"an account that one user becomes, known to be shared": {
			tenant: downloads(t, oneServer, "larry.linuxadmin,human,ACTIVE,web-01,server,postgres,user,MFA"),
			kind:   "Warning: Check block assertion failed",
			says:   "Shared accounts of production can be used without an approval:\n  larry.linuxadmin on web-01 as postgres (user, conditions: MFA)",
		},
		"an account that several users become": {
			tenant: opasim.Options{World: world(t, orderly+grant("admins", "web-02", `shared = ["deploy"]`, `"mfa"`))},
			kind:   "Warning: Check block assertion failed",
			says: "Shared accounts of production can be used without an approval:\n" +
				"  larry.linuxadmin on web-02 as deploy (user, conditions: MFA)\n" +
				"  paula+pager@example.com on web-02 as deploy (user, conditions: MFA)",
		},
		"a server without the label": {
			tenant: opasim.Options{World: world(t, strings.Replace(orderly, `{ env = "test" }`, "{}", 1))},
			kind:   "Warning: Check block assertion failed",
			says:   "These servers have no label env:\n  test-01 (" + world(t, orderly).Servers("test-01")[0].ID + ")",
		},
		"no conditions": {
			tenant: opasim.Options{World: world(t, orderly+grant("windows-admins", "web-02", `individual = ["user"]`, ""))},
			kind:   "Error: Module output value precondition failed",
			says:   "There is access without conditions to production:\n  wanda.windowsadmin on web-02 as wanda.windowsadmin (user, conditions: none)",
		},
		"a user who is disabled": {
			tenant: downloads(t, oneServer,
				"larry.linuxadmin,human,DISABLED,web-01,server,larry.linuxadmin,user,MFA", "paula+pager@example.com,human,ACTIVE,web-01,server,paula.pager,user,MFA"),
			kind: "Error: Module output value precondition failed",
			says: "There are users with access to production who are not active:\n  larry.linuxadmin on web-01 as larry.linuxadmin (user, conditions: MFA): DISABLED",
		},
		"a user whose status nobody knows": {
			tenant: downloads(t, oneServer, "larry.linuxadmin,human,SUSPENDED,web-01,server,larry.linuxadmin,user,MFA"),
			kind:   "Error: Module output value precondition failed",
			says:   "There are users with access to production who are not active:\n  larry.linuxadmin on web-01 as larry.linuxadmin (user, conditions: MFA): SUSPENDED",
		},
		"a user without a status": {
			tenant: downloads(t, oneServer, "larry.linuxadmin,human,,web-01,server,larry.linuxadmin,user,MFA"),
			kind:   "Error: Module output value precondition failed",
			says:   "There are users with access to production who are not active:\n  larry.linuxadmin on web-01 as larry.linuxadmin (user, conditions: MFA): status not told",
		},
		"a user who should not be on the server": {
			tenant: opasim.Options{World: world(t, orderly+grant("windows-admins", "web-01", `individual = ["user"]`, `"mfa"`))},
			kind:   "Error: Resource postcondition failed",
			says:   "These users have access to web-01, and should not:\n  wanda.windowsadmin as wanda.windowsadmin (user, conditions: MFA)",
		},
		"another label": {
			tenant: opasim.Options{World: world(t, strings.ReplaceAll(orderly, `"production"`, `"prod"`))},
			kind:   "Error: Resource precondition failed",
			says:   "No server has the label env=production, so that no rule was applied to\nanything.",
		},
		"nobody has access": {
			tenant: opasim.Options{World: world(t, strings.Replace(orderly, `groups = ["admins"]`, `groups = []`, 1))},
			kind:   "Error: Resource postcondition failed",
			says:   "Not one user has access to the 2 production servers, which is not to be\nbelieved.",
		},
	}
	// judge gives what a case has to say against the workspace, or "".
	judge := func(w *workspace, about string) string {
		test := tests[about]
		output, err := w.run("plan", "-no-color")
		if (err != nil) != strings.HasPrefix(test.kind, "Error") {
			return fmt.Sprintf("the plan ended with %v\n%s", err, output)
		}
		found := findings(output)
		switch {
		case test.kind == "" && len(found) > 0:
			return "found without reason:\n" + output
		case test.kind != "" && (len(found) != 1 || !strings.HasPrefix(found[0], test.kind) || !strings.HasSuffix(found[0], "\n\n"+test.says)):
			return fmt.Sprintf("want one finding, %s:\n%s\n\ngot:\n%s", test.kind, test.says, output)
		}
		return ""
	}
	for about, test := range tests {
		t.Run(about, func(t *testing.T) {
			t.Parallel()
			if against := judge(exampleWorkspace(t, "assertions", test.tenant), about); against != "" {
				t.Error(against)
			}
		})
	}
	// Each with the case that notices it.
	for _, weaker := range [][4]string{
		{"rules.tf", `row.user_status != "ACTIVE"`, `row.user_status == "DISABLED"`, "a user whose status nobody knows"},
		{"rules.tf", `row.user_status != "ACTIVE"`, `try(length(row.user_status), 0) > 0 && row.user_status != "ACTIVE"`, "a user without a status"},
		{"rules.tf", `if row.conditions == ""`, `if row.conditions == "none"`, "no conditions"},
		{"checks.tf", `row.privileges != "user"`, `row.privileges == "admin"`, "privileges and conditions that nobody knows"},
		{"checks.tf", `!row.requires_mfa`, `row.conditions == ""`, "admin without MFA"},
		{"checks.tf", `!row.requires_approval`, `row.conditions == ""`, "a shared account without approval"},
		{"checks.tf", `if !contains(keys(server.labels), "env")`, `if false`, "a server without the label"},
		{"main.tf", `contains(var.shared_accounts, row.account) || `, ``, "an account that one user becomes, known to be shared"},
		{"main.tf", ` || length(distinct(local.users_of_account[row.account])) > 1`, ``, "an account that several users become"},
		{"main.tf", `length(local.production_ids) > 0`, `length(local.production_ids) >= 0`, "another label"},
		{"main.tf", `length(self.rows) > 0`, `length(self.rows) >= 0`, "nobody has access"},
		{"main.tf", `self.rows[*].user_name, var.users_of_web_01)) == 0`, `self.rows[*].user_name, var.users_of_web_01)) >= 0`, "a user who should not be on the server"},
	} {
		t.Run(weaker[1]+" weakened to "+weaker[2], func(t *testing.T) {
			t.Parallel()
			w := exampleWorkspace(t, "assertions", tests[weaker[3]].tenant)
			w.weaken(weaker[0], weaker[1], weaker[2])
			if judge(w, weaker[3]) == "" {
				t.Errorf("%q does not notice %q", weaker[3], weaker[2])
			}
		})
	}
}
