package examples_test

import (
	"os"
	"strings"
	"testing"

	"github.com/privileged-access/terraform-provider-opa/internal/clitest"
	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// checkPlan runs a plan and checks it with conftest.
func checkPlan(w *clitest.Workspace, plan ...string) (string, error) {
	w.Write("plan.json", w.PlanJSON(plan...))
	return w.Conftest("test", "plan.json")
}

// The policies refuse plans that violate a rule. Their tests fail if a rule is
// weakened.
func TestExampleConftest(t *testing.T) {
	t.Parallel()
	clitest.NeedConftest(t)
	t.Run("README", func(t *testing.T) {
		t.Parallel()
		w := workspace(t, "conftest", opasim.Options{})
		verified, err := w.Conftest("verify")
		if err != nil {
			t.Error(verified)
		}
		refused, err := checkPlan(w)
		if err == nil {
			t.Error("got no error, want one")
		}
		allowed, err := checkPlan(w, "-var=project=warehouse")
		if err != nil {
			t.Errorf("got %v, want no error:\n%s", err, allowed)
		}
		inReadme(t, "conftest", clitest.Normalize(refused), clitest.Normalize(allowed), clitest.Normalize(verified))
	})
	t.Run("plans", func(t *testing.T) {
		t.Parallel()
		w := workspace(t, "conftest", opasim.Options{World: clitest.World(t, compliant)})
		if output, err := checkPlan(w); err != nil || strings.Contains(output, "WARN") {
			t.Errorf("compliant access: got %v and %s\nwant no error and no warning", err, output)
		}
		if output, err := w.Run("plan", "-no-color", "-var=project=gone"); err == nil || !strings.Contains(clitest.Words(output), `No server was found in the project "gone".`) {
			t.Errorf("project without servers: got %v and %s\nwant an error with the name of the project", err, output)
		}
		w.Replace("main.tf", "project_name = var.project\n", "project_name = var.project\n  allow_empty = true\n")
		if output, err := checkPlan(w, "-var=project=gone"); err == nil || strings.Count(output, "FAIL") != 1 ||
			!strings.Contains(output, "data.opa_resource_access_reports.project selects no user or server, so there is nothing to check.") {
			t.Errorf("empty selection: got %v and %s\nwant one failure with the address of the data source", err, output)
		}
		bad := workspace(t, "conftest", tenantWithRows(t, compliant,
			"larry.linuxadmin,human,ACTIVE,web-01,server,larry.linuxadmin,operator,Approval",
			"larry.linuxadmin,human,ACTIVE,web-01,server,root,user,MFA",
			"larry.linuxadmin,human,ACTIVE,web-01,server,root,user,Approval",
			"larry.linuxadmin,human,DISABLED,web-01,server,larry.linuxadmin,user,MFA",
			"larry.linuxadmin,human,ACTIVE,web-01,server,larry.linuxadmin,user,\"MFA, Moon\x1b[2J phase\""))
		output, err := checkPlan(bad)
		for _, reason := range []string{
			"privileged access without MFA: larry.linuxadmin on web-01 as larry.linuxadmin (operator, conditions: Approval)\n",
			"privileged access without MFA: larry.linuxadmin on web-01 as root (user, conditions: Approval)\n",
			"shared account without approval: larry.linuxadmin on web-01 as root (user, conditions: MFA)\n",
			"user who is not active: larry.linuxadmin on web-01 as larry.linuxadmin (user, conditions: MFA)\n",
			"data.opa_resource_access_reports.project has conditions that the provider does not fully understand: [\"MFA, Moon\\u001b[2J phase\"]\n",
		} {
			if err == nil || strings.Count(output, "FAIL") != 5 || !strings.Contains(output, "FAIL - plan.json - main - "+reason) {
				t.Errorf("got %v and %s\nwant 5 failures, one of them %s", err, output, reason)
			}
		}
		w.Write("later.tf", `
			resource "terraform_data" "first" {}
			data "opa_resource_access_report" "later" {
				hostname   = "web-01"
				depends_on = [terraform_data.first]
			}
		`)
		if output, err := checkPlan(w); err == nil || !strings.Contains(output, "data.opa_resource_access_report.later is read during apply") {
			t.Errorf("report read during apply: got %v and %s\nwant a failure", err, output)
		}
		// Inside a check block, a report that fails is only a warning of the plan.
		w.Write("later.tf", `
			check "inside" {
				data "opa_resource_access_report" "inside" {
					hostname = "gone"
				}
				assert {
					condition     = length(data.opa_resource_access_report.inside.rows) > 0
					error_message = "Nobody."
				}
			}
		`)
		if output, err := checkPlan(w); err == nil || !strings.Contains(output, "data.opa_resource_access_report.inside is ") {
			t.Errorf("failed report inside a check block: got %v and %s\nwant a failure", err, output)
		}
		w.Write("later.tf", "")
		w.Write("main.tf", `output "nothing" { value = "" }`)
		if output, err := checkPlan(w); err == nil || !strings.Contains(output, "The plan has no access report") {
			t.Errorf("plan without a report: got %v and %s\nwant a failure", err, output)
		}
	})
	for _, weaker := range [][3]string{
		{"access.rego", `not row.privileges == "user"`, `row.privileges == "admin"`},
		{"access.rego", `not row.requires_mfa == true`, `row.requires_mfa == false`},
		{"access.rego", `not row.requires_approval == true`, `row.requires_approval == false`},
		{"access.rego", `privileged(row) if shared(row)`, ``},
		{"access.rego", `not row.shared_account == false`, `row.shared_account == true`},
		{"access.rego", `not row.shared_account == false`, `row.account == "root"`},
		{"access.rego", `not row.user_status == "ACTIVE"`, `row.user_status == "DISABLED"`},
		{"access.rego", `not row[requirement] == true`, `row[requirement] == false`},
		{"access.rego", `not row[requirement] == true`, `not row[requirement] == true; row.conditions == ""`},
		{"access.rego", `"requires_gateway", `, ``},
		{"access.rego", "[\\p{C}\\p{Zl}\\p{Zp}]", "[\\x00-\\x1f]"},
		{"reports.rego", `if count(reports) == 0`, `if count(reports) < 0`},
		{"reports.rego", `if input.errored`, `if input.error`},
		{"reports.rego", `not report.values.status in {"COMPLETED", "COMPLETED_BUT_EMPTY"}`, `report.values.status == "ERROR"`},
		{"reports.rego", `endswith(report.type, "_reports")`, `endswith(report.type, "_report")`},
		{"reports.rego", `not report.values.unknown_conditions == []`, `count(report.values.unknown_conditions) > 0`},
		{"reports.rego", `	empty_selection(report)
	msg`, `	report.values.status == "ERROR"
	msg`},
		{"reports.rego", `not is_array(object.get(report.values, "rows", null))`, `is_string(report.values.rows)`},
		{"reports.rego", `"read" in change.change.actions`, `"create" in change.change.actions`},
		{"reports.rego", `walk(input.prior_state.values, [_, resource])`, `some resource in input.prior_state.values.root_module.resources`},
		{"reports.rego", "\t\"opa_access_report\",\n", ""},
	} {
		t.Run(weaker[1], func(t *testing.T) {
			t.Parallel()
			w := clitest.Directory(t, os.DirFS("conftest"))
			w.Replace("policy/"+weaker[0], weaker[1], weaker[2])
			if output, err := w.Conftest("verify"); err == nil || !strings.Contains(output, "FAIL") {
				t.Errorf("weakened to %q: got %v and %s\nwant a failed test", weaker[2], err, output)
			}
		})
	}
}
