package examples_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/privileged-access/terraform-provider-opa/internal/clitest"
	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// approve runs the commands in the README section "Approve access", in a git
// repository that contains approved.csv.
func approve(t *testing.T, w *clitest.Workspace, env ...string) (string, error) {
	t.Helper()
	_, section, _ := strings.Cut(w.Read("README.md"), "\n## Approve access\n")
	blocks := clitest.ShellBlocks(section)
	if len(blocks) != 1 {
		t.Fatalf("the README has %d blocks of commands to approve access, want 1", len(blocks))
	}
	return w.Script("git init --quiet\ngit add approved.csv\n"+blocks[0], env...)
}

// The plan fails and lists the rows if there is access that is not approved.
// Approved access that no longer exists is only shown.
func TestExampleAccessDrift(t *testing.T) {
	t.Parallel()
	t.Run("README", func(t *testing.T) {
		t.Parallel()
		w := workspace(t, "access-drift", opasim.Options{})
		passing, err := w.Run("plan", "-no-color")
		if err != nil {
			t.Errorf("got %v, want no error:\n%s", err, passing)
		}
		w.Replace("approved.csv", "larry.linuxadmin,human,ACTIVE,web-01,server,larry.linuxadmin,admin,\n", "greta.gone,human,ACTIVE,web-02,server,greta.gone,user,MFA\n")
		const root = "larry.linuxadmin,human,ACTIVE,web-02,server,root,user,\"Okta Gateway with Session Recording, Approval"
		w.Replace("approved.csv", root, root+", MFA")
		failing, err := w.Run("plan", "-no-color")
		if err == nil {
			t.Error("got no error, want one")
		}
		inReadme(t, "access-drift", clitest.Normalize(passing), clitest.Normalize(failing))
	})
	t.Run("worlds", func(t *testing.T) {
		t.Parallel()
		clitest.NeedCommands(t, "sh", "git", "jq")
		sim := opasim.Start(t, opasim.Options{})
		w := clitest.New(t, sim, os.DirFS("access-drift"))

		sim.SetWorld(clitest.World(t, defaultWorld(t)+grant("windows-admins", "cache-01", `shared = ["root"]`, `"mfa"`)))
		output, err := w.Run("plan", "-no-color")
		found := clitest.Diagnostics(output)
		want := "Access to storefront that is not approved:\n  wanda.windowsadmin on cache-01 as root (user, conditions: MFA)"
		if err == nil || len(found) != 1 || !strings.HasSuffix(found[0], "\n\n"+want) {
			t.Errorf("got %v and %s\nwant one error that ends with %q", err, output, want)
		}

		// The README's commands approve the access. If the plan fails, they do not,
		// even if the file of an earlier plan exists.
		if output, err = w.Run("plan", "-no-color", "-out=plan.bin", "-var=approving=true"); err != nil {
			t.Fatal(output)
		}
		approved := w.Read("approved.csv")
		if output, err = approve(t, w, "OPA_KEY_SECRET=wrong"); err == nil || w.Read("approved.csv") != approved {
			t.Errorf("failed plan: got %v and %s\nwant an error and the same approved.csv", err, output)
		}
		if output, err = approve(t, w); err != nil || !strings.Contains(output, "\n+wanda.windowsadmin,human,ACTIVE,cache-01,") {
			t.Fatalf("got %v and %s\nwant a diff that adds wanda.windowsadmin", err, output)
		}
		for _, pattern := range []string{"*.tfstate*", "plan.*"} {
			if files, err := filepath.Glob(filepath.Join(w.Dir, pattern)); err != nil || len(files) > 0 {
				t.Errorf("got files with rows %s, %v, want none", files, err)
			}
		}
		if output, err = w.Run("plan", "-no-color"); err != nil || len(clitest.Diagnostics(output)) > 0 || strings.Contains(output, "csv") {
			t.Errorf("approved access: got %v and %s\nwant no diagnostics and no CSV", err, output)
		}

		sim.SetWorld(clitest.World(t, defaultWorld(t)))
		output, err = w.Run("plan", "-no-color")
		removed := regexp.MustCompile(`[+~] removed += \[\n +\+ "wanda.windowsadmin on cache-01 as root \(user, conditions: MFA\)",\n +\]`)
		if err != nil || !removed.MatchString(output) {
			t.Errorf("removed access: got %v and %s\nwant it in the output removed", err, output)
		}

		if err := os.Remove(filepath.Join(w.Dir, "approved.csv")); err != nil {
			t.Fatal(err)
		}
		if output, err = w.Run("plan", "-no-color"); err == nil || strings.Count(output, ", conditions: ") < 40 {
			t.Errorf("without approved.csv: got %v and %s\nwant an error that lists all rows", err, output)
		}

		if output, err = w.Run("plan", "-no-color", "-var=project=gone", "-var=approving=true"); err == nil || !strings.Contains(clitest.Words(output), `No server was found in the project "gone".`) {
			t.Errorf("project without servers: got %v and %s\nwant an error with the name of the project", err, output)
		}
	})
}
