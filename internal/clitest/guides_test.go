package clitest_test

import (
	"cmp"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/privileged-access/terraform-provider-opa/internal/clitest"
	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

var blocks = regexp.MustCompile("(?ms)^```(terraform|text)\n(.*?\n)```$")

// The configurations in the guides can be planned: each code block that has
// required_providers is a complete configuration. If a block of text follows it,
// the plan prints this text, and fails if the text contains an error.
func TestGuidesCanBePlanned(t *testing.T) {
	t.Parallel()
	planned := 0
	for guide, text := range clitest.Guides(t, "../../docs/guides") {
		all := blocks.FindAllStringSubmatch(text, -1)
		for i, block := range all {
			if block[1] != "terraform" || !strings.Contains(block[2], "required_providers") {
				continue
			}
			planned++
			// Without a provider block, the CLI reports its own error before the provider
			// reports missing settings.
			if !strings.Contains(block[2], `provider "opa" {`) {
				t.Errorf("%s: got no provider block in block %d, want one", guide, i+1)
			}
			shown := ""
			if i+1 < len(all) && all[i+1][1] == "text" {
				shown = all[i+1][2]
			}
			t.Run(guide+"/"+strconv.Itoa(i+1), func(t *testing.T) {
				t.Parallel()
				// Older than as_of in the guide, which is 90 days before the start of the plan in whole seconds.
				past := opasim.Past{World: opasim.DefaultWorld(), Age: 91 * 24 * time.Hour}
				sim := opasim.Start(t, opasim.Options{Past: []opasim.Past{past}})
				w := clitest.New(t, sim, fstest.MapFS{"main.tf": {Data: []byte(block[2])}})
				printed, err := w.Run("plan", "-no-color")
				if fails := strings.Contains(shown, "Error:"); (err != nil) != fails || !strings.Contains(clitest.Words(printed), clitest.Words(shown)) {
					t.Errorf("got %v and\n%s\nwant the output in the guide:\n%s", err, printed, shown)
				}
			})
		}
	}
	if planned == 0 {
		t.Error("got no complete configuration in the guides, want some")
	}
}

var checkCommands = regexp.MustCompile("```sh\n([^`]*\njq -e[^`]*)```")

// The commands in the CI guide that verify the check results of a plan succeed
// only if there are checks and all of them passed.
func TestCheckResultsInCI(t *testing.T) {
	t.Parallel()
	commands := checkCommands.FindStringSubmatch(clitest.Guides(t, "../../docs/guides")["ci"])
	if commands == nil {
		t.Fatal("got no commands with jq -e in the guide, want some")
	}
	clitest.NeedCommands(t, "jq")
	const config = `
		provider "opa" {}
		data "opa_user" "larry" { name = "larry.linuxadmin" }
		output "larry" { value = data.opa_user.larry.id }
	`
	// terraform in the commands of the guide is the CLI under test.
	const cli = `exec "$TF_ACC_TERRAFORM_PATH" "$@"`
	w := clitest.New(t, opasim.Start(t, opasim.Options{}), fstest.MapFS{"main.tf": {Data: []byte(config)}})
	programs := t.TempDir()
	w.Env = append(w.Env, "PATH="+programs+string(os.PathListSeparator)+os.Getenv("PATH"))
	for _, test := range []struct {
		about, terraform, checks string

		passes bool
	}{
		{about: "passed check", passes: true, checks: `check "a" {
			assert {
				condition     = data.opa_user.larry.id != ""
				error_message = "no"
			}
		}`},
		{about: "failed plan command", terraform: `[ "$1" != plan ] || exit 1; ` + cli},
		{about: "passed and failed check", checks: `check "a" {
			assert {
				condition     = data.opa_user.larry.id != ""
				error_message = "no"
			}
		}
		check "b" {
			assert {
				condition     = data.opa_user.larry.id == ""
				error_message = "no"
			}
		}`},
		{about: "failed read in a check block", checks: `check "a" {
			data "opa_user" "nobody" { name = "nobody" }
			assert {
				condition     = data.opa_user.nobody.id != ""
				error_message = "no"
			}
		}`},
		{about: "failed precondition", checks: `output "b" {
			value = 1
			precondition {
				condition     = data.opa_user.larry.id == ""
				error_message = "no"
			}
		}`},
		{about: "no check", checks: ""},
		{about: "no plan file", terraform: `rm -f plan.bin; [ "$1" = plan ] || ` + cli},
		{about: "no output of show", terraform: `[ "$1" = show ] || ` + cli},
		{about: "two plans", terraform: `[ "$1" = plan ] || echo '{"checks":[{"status":"pass"}]}{"checks":[{"status":"pass"}]}'`},
	} {
		w.Write("checks.tf", test.checks)
		script := "#!/bin/sh\n" + cmp.Or(test.terraform, cli) + "\n"
		if err := os.WriteFile(filepath.Join(programs, "terraform"), []byte(script), 0o700); err != nil {
			t.Fatal(err)
		}
		shell := exec.CommandContext(t.Context(), "sh", "-c", commands[1])
		shell.Dir, shell.Env = w.Dir, w.Env
		if output, err := shell.CombinedOutput(); (err == nil) != test.passes {
			t.Errorf("%s: got %v, want success: %t\n%s", test.about, err, test.passes, output)
		}
	}
}
