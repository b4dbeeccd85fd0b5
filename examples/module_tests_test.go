package examples_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/privileged-access/terraform-provider-opa/internal/clitest"
	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// The tests of the module pass without a tenant, and fail if a rule is weakened.
func TestExampleModuleTests(t *testing.T) {
	t.Parallel()
	sim := opasim.Start(t, opasim.Options{})
	// offline returns a workspace without the variables that the provider needs.
	offline := func(t *testing.T) *clitest.Workspace {
		t.Helper()
		w := clitest.New(t, sim, os.DirFS("module-tests"))
		w.Env = slices.DeleteFunc(w.Env, func(variable string) bool { return strings.HasPrefix(variable, "OPA_") })
		return w
	}
	t.Run("README", func(t *testing.T) {
		t.Parallel()
		output, err := offline(t).Run("test", "-no-color")
		if err != nil {
			t.Error(output)
		}
		w := workspace(t, "module-tests", opasim.Options{})
		refused, err := w.Run("plan", "-no-color", "-var=hostname=web-01", `-var=allowed_users=["larry.linuxadmin"]`)
		if err == nil {
			t.Error("got no error, want one")
		}
		inReadme(t, "module-tests", clitest.Normalize(output), clitest.Normalize(refused))
	})
	for _, weaker := range [][2]string{
		{`!contains(var.allowed_users, row.user_name)`, `false`},
		{`row.privileges != "user"`, `row.privileges == "admin"`},
		{` || row.shared_account`, ``},
		{`&& !row.requires_mfa`, `&& row.conditions == ""`},
		{`if row.not_allowed || row.without_mfa`, `if row.not_allowed`},
		{`length(local.not_allowed) == 0`, `length(local.not_allowed) >= 0`},
		{`length(local.without_mfa) == 0`, `length(local.without_mfa) >= 0`},
		{`length(local.unknown_conditions) == 0`, `length(local.unknown_conditions) >= 0`},
		{`.status == "COMPLETED_BUT_EMPTY" ? [] : `, `.status == "COMPLETED" ? [] : `},
		{`distinct(local.rows[*].user)`, `[]`},
	} {
		t.Run(weaker[0], func(t *testing.T) {
			t.Parallel()
			w := offline(t)
			w.Replace("main.tf", weaker[0], weaker[1])
			if output, err := w.Run("test", "-no-color"); err == nil || !strings.Contains(output, "Failure!") {
				t.Errorf("weakened to %q: got %v and %s\nwant a failed test", weaker[1], err, output)
			}
		})
	}
	t.Run("report without an override", func(t *testing.T) {
		t.Parallel()
		w := offline(t)
		w.Write("tests/access.tftest.hcl", `
			mock_provider "opa" {}
			run "nothing_is_known" {
				command = plan
				variables {
					hostname      = "web-01"
					allowed_users = []
				}
			}
		`)
		if output, err := w.Run("test", "-no-color"); err == nil || !strings.Contains(output, "is not a valid access") {
			t.Errorf("mocked CSV: got %v and %s\nwant an error", err, output)
		}
	})
}
