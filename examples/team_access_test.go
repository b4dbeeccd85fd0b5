package examples_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/privileged-access/terraform-provider-opa/internal/clitest"
	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// The plan lists privileged access without MFA in the whole team, or fails if a
// cross-check finds that reports are incomplete.
func TestExampleTeamAccess(t *testing.T) {
	t.Parallel()
	t.Run("README", func(t *testing.T) {
		t.Parallel()
		clitest.NeedCommands(t, "sh", "jq")
		w := workspace(t, "team-access", opasim.Options{})
		listed, err := w.Run("plan", "-no-color")
		if err != nil {
			t.Error(listed)
		}
		if output, err := w.Script(clitest.ShellBlocks(w.Read("README.md"))[0]); err != nil {
			t.Error(output)
		}
		if page := w.Read("access.html"); strings.Count(page, "<bdi>larry.linuxadmin</bdi>") == 0 || !strings.Contains(page, "Row filters left out 49 rows") {
			t.Errorf("got the page\n%s\nwant larry.linuxadmin and the number of filtered rows", page)
		}
		incomplete := workspace(t, "team-access", opasim.Options{OmitRow: func(kind, _ string, _ int, row opasim.Row) bool {
			return kind == "resource" && row.Account == "root"
		}})
		failed, err := incomplete.Run("plan", "-no-color", "-var=cross_check=true")
		if err == nil {
			t.Errorf("got no error, want one:\n%s", failed)
		}
		// The report IDs depend on the order of the creates, and only Terraform prints a
		// line before the error.
		_, failure, _ := strings.Cut(clitest.Normalize(failed), "Error: ")
		failure = regexp.MustCompile(`[0-9a-f-]{36}`).ReplaceAllString(failure, "REPORT-ID")
		inReadme(t, "team-access", clitest.Normalize(listed), "Error: "+failure)
	})
	t.Run("worlds", func(t *testing.T) {
		t.Parallel()
		sim := opasim.Start(t, opasim.Options{World: clitest.World(t, compliant)})
		w := clitest.New(t, sim, os.DirFS("team-access"))
		output, err := w.Run("plan", "-no-color", "-var=cross_check=true")
		if err != nil || strings.Contains(output, "Warning:") || !strings.Contains(output, `"0 of `) {
			t.Errorf("compliant: got %v and\n%s\nwant no rows and no warning", err, output)
		}
		sim.SetWorld(clitest.World(t, compliant+grant("admins", "web-01", `shared = ["root"]`, "")))
		if output, err = w.Run("plan", "-no-color"); err != nil || !strings.Contains(output, "root") || !strings.Contains(output, "There is privileged access without MFA") {
			t.Errorf("a grant without MFA: got %v and\n%s\nwant a warning and its rows", err, output)
		}
		sim.SetWorld(clitest.World(t, `user "ann" {}`))
		if output, err = w.Run("plan", "-no-color"); err == nil || !strings.Contains(clitest.Words(output), "No user of the team has access to any server") {
			t.Errorf("no access: got %v and\n%s\nwant an error", err, output)
		}
	})
}
