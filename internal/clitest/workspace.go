package clitest

import (
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// Workspace is a directory in which a test runs the CLI. The provider is configured
// with environment variables.
type Workspace struct {
	Dir string
	Env []string

	t *testing.T
}

// New returns a workspace with a copy of the files, after init. If the files have no
// required_providers block, New adds one.
func New(t *testing.T, sim *opasim.Server, files fs.FS) *Workspace {
	t.Helper()
	w := Prepare(t, sim, files)
	// Without modules, init does the same for all workspaces.
	if w.contains("*.tf*", "module") {
		if output, err := w.Run("init", "-no-color"); err != nil {
			t.Fatal(output)
		}
		return w
	}
	dir, err := initialized()
	if err == nil {
		err = os.CopyFS(w.Dir, os.DirFS(dir))
	}
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// Prepare returns a workspace with a copy of the files, before init.
func Prepare(t *testing.T, sim *opasim.Server, files fs.FS) *Workspace {
	t.Helper()
	NeedCLI(t)
	config, err := MirrorConfig()
	if err != nil {
		t.Fatal(err)
	}
	w := Directory(t, files)
	if !w.contains("*.tf", "required_providers") {
		w.Write("versions.tf", requiredProviders)
	}
	w.Env = append(w.Env, "TF_CLI_CONFIG_FILE="+config,
		"OPA_BASE_URL="+sim.URL, "OPA_TEAM="+opasim.DefaultTeam, "OPA_KEY_ID="+opasim.DefaultKeyID, "OPA_KEY_SECRET="+opasim.DefaultKeySecret)
	return w
}

// Directory returns a workspace with a copy of the files, without the CLI
// configuration that makes the provider available.
func Directory(t *testing.T, files fs.FS) *Workspace {
	t.Helper()
	w := &Workspace{t: t, Dir: t.TempDir(), Env: os.Environ()}
	if err := os.CopyFS(w.Dir, files); err != nil {
		t.Fatal(err)
	}
	return w
}

// contains reports whether one of the files that match the pattern contains word.
func (w *Workspace) contains(pattern, word string) bool {
	w.t.Helper()
	files, err := filepath.Glob(filepath.Join(w.Dir, pattern))
	if err != nil {
		w.t.Fatal(err)
	}
	return slices.ContainsFunc(files, func(file string) bool { return strings.Contains(w.Read(filepath.Base(file)), word) })
}

// Read returns the content of a file.
func (w *Workspace) Read(name string) string {
	w.t.Helper()
	text, err := os.ReadFile(filepath.Join(w.Dir, name))
	if err != nil {
		w.t.Fatal(err)
	}
	return string(text)
}

// Write writes a file.
func (w *Workspace) Write(name, text string) {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(w.Dir, name), []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// Replace replaces old, which must occur in the file exactly once, with text.
func (w *Workspace) Replace(file, old, replacement string) {
	w.t.Helper()
	content := w.Read(file)
	if n := strings.Count(content, old); n != 1 {
		w.t.Fatalf("%s: got %q %d times, want once", file, old, n)
	}
	w.Write(file, strings.Replace(content, old, replacement, 1))
}

// Command returns a CLI command that is not started yet.
func (w *Workspace) Command(ctx context.Context, arguments ...string) *exec.Cmd {
	return w.prepare(exec.CommandContext(ctx, Path(), arguments...))
}

func (w *Workspace) prepare(command *exec.Cmd, env ...string) *exec.Cmd {
	command.Dir, command.Env = w.Dir, append(slices.Clone(w.Env), env...)
	return command
}

// Run runs a CLI command and returns its output.
func (w *Workspace) Run(arguments ...string) (string, error) {
	output, err := w.Command(w.t.Context(), arguments...).CombinedOutput()
	return string(output), err
}

// Script runs shell commands, in which terraform is the CLI under test.
func (w *Workspace) Script(commands string, env ...string) (string, error) {
	text := "set -e\nterraform() { \"$" + pathVariable + "\" \"$@\"; }\n" + commands
	output, err := w.prepare(exec.CommandContext(w.t.Context(), "sh", "-c", text), env...).CombinedOutput()
	return string(output), err
}

// Conftest runs a command of conftest and returns its output.
func (w *Workspace) Conftest(arguments ...string) (string, error) {
	arguments = append(arguments, "--no-color")
	output, err := w.prepare(exec.CommandContext(w.t.Context(), os.Getenv("CONFTEST"), arguments...)).CombinedOutput()
	return string(output), err
}

// PlanJSON runs a plan and returns the output of show -json.
func (w *Workspace) PlanJSON(arguments ...string) string {
	w.t.Helper()
	if output, err := w.Run(append([]string{"plan", "-no-color", "-out=plan.bin"}, arguments...)...); err != nil {
		w.t.Fatal(output)
	}
	shown, err := w.Command(w.t.Context(), "show", "-json", "plan.bin").Output()
	if err != nil {
		w.t.Fatal(err)
	}
	return string(shown)
}

// PlannedOutputs runs a plan and returns the planned outputs by name.
func (w *Workspace) PlannedOutputs(arguments ...string) map[string]any {
	w.t.Helper()
	var plan struct {
		Values struct {
			Outputs map[string]struct {
				Value any `json:"value"`
			} `json:"outputs"`
		} `json:"planned_values"`
	}
	if err := json.Unmarshal([]byte(w.PlanJSON(arguments...)), &plan); err != nil {
		w.t.Fatal(err)
	}
	outputs := map[string]any{}
	for name, output := range plan.Values.Outputs {
		outputs[name] = output.Value
	}
	return outputs
}

var unsupportedVersion = regexp.MustCompile(`Unsupported (Terraform|OpenTofu) Core version`)

// CheckEphemeralUnsupported checks that a CLI that does not support ephemeral blocks reports
// its own error for a configuration with such a block, before it starts a provider.
func CheckEphemeralUnsupported(t *testing.T, sim *opasim.Server, files fs.FS) {
	t.Helper()
	output, err := Prepare(t, sim, files).Run("init", "-no-color")
	refused := strings.Contains(output, `Blocks of type "ephemeral" are not expected here.`) || unsupportedVersion.MatchString(output)
	if err == nil || !refused {
		t.Errorf("got %v and %s\nwant an error about ephemeral blocks", err, output)
	}
	if strings.Contains(output, "panic") || strings.Contains(output, "CRASH") {
		t.Errorf("got a crash, want none:\n%s", output)
	}
	if requests := sim.Requests(); len(requests) > 0 {
		t.Errorf("got requests %v, want none", requests)
	}
}
