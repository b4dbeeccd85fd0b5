package examples_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/privileged-access/terraform-provider-opa/internal/clitest"
)

// tools/try.sh succeeds if an example that violates its own rules on purpose fails
// only for that reason. After any other failure, it exits with the exit code of the
// CLI.
func TestTryScript(t *testing.T) {
	t.Parallel()
	clitest.NeedCommands(t, "bash", "go", "tee")
	const (
		precondition  = "Error: Module output value precondition failed"
		postcondition = "\x1b[31m│\x1b[0m \x1b[1mError: \x1b[0mResource postcondition failed"
		other         = "Error: Missing access reports"
	)
	for name, test := range map[string]struct {
		example, command string
		errors           []string
		status           int // of the CLI
		want             int
	}{
		"success":                    {example: "assertions", command: "plan"},
		"failed precondition":        {example: "assertions", command: "plan", errors: []string{precondition}, status: 1},
		"failed postcondition":       {example: "assertions", command: "plan", errors: []string{precondition, postcondition}, status: 1},
		"module":                     {example: "module-tests", command: "plan", errors: []string{precondition}, status: 1},
		"another error":              {example: "assertions", command: "plan", errors: []string{other}, status: 1, want: 1},
		"two kinds of errors":        {example: "assertions", command: "plan", errors: []string{precondition, other}, status: 1, want: 1},
		"no error message":           {example: "assertions", command: "plan", status: 1, want: 1},
		"another exit code":          {example: "assertions", command: "plan", errors: []string{precondition}, status: 11, want: 11},
		"example without violations": {example: "demo", command: "plan", errors: []string{precondition}, status: 1, want: 1},
		"failed module test":         {example: "module-tests", command: "test", errors: []string{"Error: Test assertion failed"}, status: 1, want: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			if err := os.CopyFS(filepath.Join(root, "tools"), os.DirFS("../tools")); err != nil {
				t.Fatal(err)
			}
			if err := os.CopyFS(filepath.Join(root, "examples"), os.DirFS(".")); err != nil {
				t.Fatal(err)
			}
			program := func(name, script string) string {
				path := filepath.Join(root, name)
				if err := os.WriteFile(path, []byte("#!/usr/bin/env bash\n"+script), 0o700); err != nil {
					t.Fatal(err)
				}
				return path
			}
			message := filepath.Join(root, "message")
			if err := os.WriteFile(message, []byte(strings.Join(test.errors, "\n\n")+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			command := exec.CommandContext(t.Context(), "bash", filepath.Join(root, "tools", "try.sh"), test.example, test.command)
			command.Env = append(os.Environ(), "VERSION=0.0.1",
				"PROVIDER="+program("provider", ""),
				"OPASIM="+program("opasim", "while [ $# -gt 1 ]; do [ \"$1\" = --env-file ] && echo A=b >\"$2\"; shift; done\nexec sleep 60\n"),
				"CLI="+program("terraform", "case \"$*\" in version | *init*) exit 0 ;; esac\ncat '"+message+"' >&2\nexit "+strconv.Itoa(test.status)+"\n"))
			output, err := command.CombinedOutput()
			got := 0
			if exit := new(exec.ExitError); errors.As(err, &exit) {
				got = exit.ExitCode()
			} else if err != nil {
				t.Fatal(err)
			}
			if got != test.want {
				t.Errorf("got exit code %d, want %d\n%s", got, test.want, output)
			}
			wantMessage := test.status != 0 && test.want == 0
			if got := strings.Contains(string(output), "terraform "+test.command+" failed, as intended"); got != wantMessage {
				t.Errorf("got the message: %t, want %t\n%s", got, wantMessage, output)
			}
		})
	}
}
