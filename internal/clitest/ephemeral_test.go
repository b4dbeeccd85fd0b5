package clitest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/privileged-access/terraform-provider-opa/internal/clitest"
	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// The plan and the state contain no row and no token of an ephemeral resource.
func TestEphemeralResourcesAreNotStored(t *testing.T) {
	t.Parallel()
	sim := opasim.Start(t, opasim.Options{})
	example := os.DirFS("../../examples/ephemeral-resources/opa_resource_access_report")
	if !clitest.Able.Ephemeral {
		clitest.CheckEphemeralUnsupported(t, sim, example)
		return
	}
	w := clitest.New(t, sim, example)
	w.Write("more.tf", `
		ephemeral "opa_user_access_report" "larry" { user_name = "larry.linuxadmin" }
		ephemeral "opa_service_token" "token" {}
		data "opa_user" "nobody" { name = "neil.newcomer" }
		output "written" { value = data.opa_user.nobody.email }
	`)
	for _, arguments := range [][]string{{"plan", "-no-color", "-out=plan.bin"}, {"apply", "-no-color", "plan.bin"}} {
		output, err := w.Run(arguments...)
		if err != nil {
			t.Fatal(output)
		}
		clitest.CheckNoSecrets(t, arguments[0], output, sim.IssuedTokens())
	}
	files := storedFiles(t, w.Dir)
	for file, text := range files {
		// The plan contains the configuration, which names larry.
		if strings.Contains(file, "tfconfig") {
			continue
		}
		clitest.CheckNoSecrets(t, file, text, append(sim.IssuedTokens(), "linux-operations", "ci-deployer", "rené.reader", "postgres"))
	}
	if !strings.Contains(files["state"], "neil.newcomer") {
		t.Errorf("got state %s, want neil.newcomer in it", files["state"])
	}
	if got := sim.Count("POST", "/access_reports"); got < 2 {
		t.Errorf("got %d reports, want at least 2", got)
	}
	if _, err := os.Stat(filepath.Join(w.Dir, "crash.log")); err == nil {
		t.Error("got crash.log, want no crash")
	}
}

func TestPostconditionOfEphemeralReport(t *testing.T) {
	t.Parallel()
	sim := opasim.Start(t, opasim.Options{})
	example := os.DirFS("../../examples/ephemeral-resources/opa_user_access_report")
	if !clitest.Able.Ephemeral {
		clitest.CheckEphemeralUnsupported(t, sim, example)
		return
	}
	w := clitest.New(t, sim, example)
	w.Write("larry.tf", `
		ephemeral "opa_user_access_report" "larry" {
			user_name = "larry.linuxadmin"
			lifecycle {
				postcondition {
					condition     = alltrue([for row in self.rows : row.requires_mfa if row.privileges == "admin"])
					error_message = "larry is an administrator without MFA"
				}
			}
		}
	`)
	if output, err := w.Run("plan", "-no-color"); err == nil || !strings.Contains(output, "larry is an administrator without MFA") {
		t.Errorf("got %v and %s\nwant the error of the postcondition", err, output)
	}
}
