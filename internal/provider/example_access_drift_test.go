package provider_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// approve runs the README's commands, in a repository with the approved file.
func (w *workspace) approve(env ...string) (string, error) {
	w.t.Helper()
	readme := w.read("README.md")
	_, after, _ := strings.Cut(readme, "\n## Approve\n")
	_, after, _ = strings.Cut(after, "```sh\n")
	commands, _, found := strings.Cut(after, "```\n")
	if !found {
		w.t.Fatal("the README does not say how to approve")
	}
	// The README says terraform; here that is the CLI under test.
	script := "set -e\ngit init --quiet\ngit add approved.csv\nterraform() { \"$TF_ACC_TERRAFORM_PATH\" \"$@\"; }\n" + commands
	command := exec.CommandContext(w.t.Context(), "sh", "-c", script)
	command.Dir, command.Env = w.dir, append(slices.Clone(w.env), env...)
	output, err := command.CombinedOutput()
	return string(output), err
}

func (w *workspace) read(name string) string {
	w.t.Helper()
	text, err := os.ReadFile(filepath.Join(w.dir, name))
	if err != nil {
		w.t.Fatal(err)
	}
	return string(text)
}

// Access to a project that has grown fails the plan, which says who; access
// that has shrunk is shown.
func TestExampleAccessDrift(t *testing.T) {
	t.Parallel()
	t.Run("README", func(t *testing.T) {
		t.Parallel()
		w := exampleWorkspace(t, "access-drift", opasim.Options{})
		passes, err := w.run("plan", "-no-color")
		if err != nil {
			t.Error(passes)
		}
		w.weaken("approved.csv", "larry.linuxadmin,human,ACTIVE,web-01,server,larry.linuxadmin,admin,\n", "greta.gone,human,ACTIVE,web-02,server,greta.gone,user,MFA\n")
		fails, err := w.run("plan", "-no-color")
		if err == nil {
			t.Error("the plan did not fail")
		}
		inReadme(t, "access-drift", said(passes), said(fails))
	})
	t.Run("worlds", func(t *testing.T) {
		t.Parallel()
		needCommands(t, "sh", "git")
		sim := opasim.Start(t, opasim.Options{})
		w := newWorkspace(t, sim, os.DirFS("../../examples/access-drift"))

		sim.SetWorld(world(t, defaultWorld(t)+grant("windows-admins", "cache-01", `shared = ["root"]`, `"mfa"`)))
		output, err := w.run("plan", "-no-color")
		found := findings(output)
		want := "There is access to storefront that nobody approved:\n  wanda.windowsadmin on cache-01 as root (user, conditions: MFA)"
		if err == nil || len(found) != 1 || !strings.HasSuffix(found[0], "\n\n"+want) {
			t.Errorf("%v\n%s", err, output)
		}

		// It is approved by what the README says; not by an apply that fails, whatever
		// an earlier one has left.
		if output, err = w.run("apply", "-no-color", "-auto-approve", "-var=approving=true"); err != nil {
			t.Fatal(output)
		}
		approved := w.read("approved.csv")
		if output, err = w.approve("OPA_KEY_SECRET=wrong"); err == nil || w.read("approved.csv") != approved {
			t.Errorf("approved by an apply that failed: %v\n%s", err, output)
		}
		if output, err = w.approve(); err != nil || !strings.Contains(output, "\n+wanda.windowsadmin,human,ACTIVE,cache-01,") {
			t.Fatalf("%v\n%s", err, output)
		}
		if states, err := filepath.Glob(filepath.Join(w.dir, "*.tfstate*")); err != nil || len(states) > 0 {
			t.Errorf("rows are left beside the file: %s, %v", states, err)
		}
		if output, err = w.run("plan", "-no-color"); err != nil || len(findings(output)) > 0 || strings.Contains(output, "csv") {
			t.Errorf("what was approved is refused, or there is more to see:\n%s", output)
		}

		sim.SetWorld(world(t, defaultWorld(t)))
		output, err = w.run("plan", "-no-color")
		removed := regexp.MustCompile(`[+~] removed += \[\n +\+ "wanda.windowsadmin on cache-01 as root \(user, conditions: MFA\)",\n +\]`)
		if err != nil || !removed.MatchString(output) {
			t.Errorf("access that has shrunk: %v\n%s", err, output)
		}

		if err := os.Remove(filepath.Join(w.dir, "approved.csv")); err != nil {
			t.Fatal(err)
		}
		if output, err = w.run("plan", "-no-color"); err == nil || strings.Count(output, ", conditions: ") < 40 {
			t.Errorf("without a file, everything is new: %v\n%s", err, output)
		}

		if output, err = w.run("plan", "-no-color", "-var=project=gone", "-var=approving=true"); err == nil || !strings.Contains(words(output), `No server was found in the project "gone".`) {
			t.Errorf("a project without servers: %v\n%s", err, output)
		}
	})
}
