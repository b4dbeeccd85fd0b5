package examples_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/privileged-access/terraform-provider-opa/internal/clitest"
	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// testedSeparately lists the examples whose plan fails with the default world or
// needs variables. Each of them has its own test.
var testedSeparately = map[string]bool{"access-review": true, "access-review/review": true, "assertions": true, "module-tests": true}

// showsOutputs matches the examples that have outputs.
var showsOutputs = regexp.MustCompile(`/(data-source|function)\.tf$`)

// ofPage matches the files that a page of the documentation shows. Each of them is a
// complete example.
var ofPage = regexp.MustCompile(`^(data-sources|ephemeral-resources|functions)/.*\.tf$`)

// examples returns the files of each example.
func examples(t *testing.T) map[string]fs.FS {
	t.Helper()
	found := map[string]fs.FS{}
	err := filepath.WalkDir(".", func(path string, _ fs.DirEntry, err error) error {
		path = filepath.ToSlash(path)
		switch {
		case err != nil || filepath.Ext(path) != ".tf":
		case ofPage.MatchString(path):
			found[path] = oneConfiguration(t, path)
		default:
			found[filepath.ToSlash(filepath.Dir(path))] = os.DirFS(filepath.Dir(path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// oneConfiguration returns a configuration file and the files next to it, without the
// other configurations.
func oneConfiguration(t *testing.T, path string) fs.FS {
	t.Helper()
	files := fstest.MapFS{}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if name := entry.Name(); filepath.Ext(name) != ".tf" || name == filepath.Base(path) {
			text, err := os.ReadFile(filepath.Join(filepath.Dir(path), name))
			if err != nil {
				t.Fatal(err)
			}
			files[name] = &fstest.MapFile{Data: text}
		}
	}
	return files
}

// Each example can be planned.
func TestExamples(t *testing.T) {
	t.Parallel()
	for name, files := range examples(t) {
		if testedSeparately[name] {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := opasim.Start(t, opasim.Options{})
			if !clitest.Able.Ephemeral && strings.Contains(name, "ephemeral-resources") {
				clitest.CheckEphemeralUnsupported(t, sim, files)
				return
			}
			output, err := clitest.New(t, sim, files).Run("plan", "-no-color")
			if err != nil {
				t.Error(output)
			} else if showsOutputs.MatchString(name) && !strings.Contains(output, "Changes to Outputs") {
				t.Errorf("got no changes to outputs, want some:\n%s", output)
			}
		})
	}
}

// The output of the demo fits on a terminal.
func TestDemoWidth(t *testing.T) {
	t.Parallel()
	output, err := workspace(t, "demo", opasim.Options{}).Run("plan", "-no-color")
	if err != nil {
		t.Fatal(output)
	}
	for line := range strings.Lines(output) {
		if got := utf8.RuneCountInString(strings.TrimRight(line, "\r\n")); got > 80 {
			t.Errorf("got %d columns, want at most 80: %s", got, line)
		}
	}
}

// The plan of the report_diff example fails with the name of the user if access is
// not approved. If access was removed, the plan passes and shows the change.
func TestReportDiffExample(t *testing.T) {
	t.Parallel()
	sim := opasim.Start(t, opasim.Options{})
	w := clitest.New(t, sim, oneConfiguration(t, "functions/report_diff/function_realistic.tf"))

	sim.SetWorld(clitest.World(t, defaultWorld(t)+grant("windows-admins", "web-01", `shared = ["root"]`, `"mfa"`)))
	output, err := w.Run("plan", "-no-color")
	if err == nil || !strings.Contains(output, "Access to web-01 that is not approved") || !strings.Contains(output, "wanda.windowsadmin as root (user, conditions: MFA)") {
		t.Errorf("got %v and %s\nwant an error with the name of the user", err, output)
	}
	if n := strings.Count(output, ", conditions: "); n != 1 {
		t.Errorf("got %d new rows, want 1:\n%s", n, output)
	}

	sim.SetWorld(clitest.World(t, strings.Replace(defaultWorld(t), `members = ["ci-deployer", `, "members = [", 1)))
	output, err = w.Run("plan", "-no-color")
	if err != nil || strings.Count(output, "user_name") != 1 || !strings.Contains(output, `"ci-deployer"`) {
		t.Errorf("got %v and %s\nwant one removed row", err, output)
	}
}

// Servers with the same hostname are counted separately.
func TestUsersPerServer(t *testing.T) {
	t.Parallel()
	world := opasim.DefaultWorld()
	var want []any
	for _, host := range world.AllServers() {
		users := map[string]bool{}
		for _, row := range world.ResourceRows(host.ID, opasim.ServerType) {
			users[row.UserName] = true
		}
		if host.DeletedAt == "" {
			want = append(want, map[string]any{"hostname": host.Hostname, "project": host.ProjectName, "users": float64(len(users))})
		}
	}
	got := workspace(t, "data-sources/opa_team_access_report", opasim.Options{}).PlannedOutputs()["users_per_server"]
	order := cmpopts.SortSlices(func(a, b any) bool { return fmt.Sprint(a) < fmt.Sprint(b) })
	if diff := gocmp.Diff(want, got, order); diff != "" {
		t.Errorf("servers (-want, +got):\n%s", diff)
	}
}
