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

	"github.com/privileged-access/terraform-provider-opa/internal/clitest"
	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// guides are the rendered guides, by their names.
func guides(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("../../docs/guides/*.md")
	if err != nil || len(files) == 0 {
		t.Fatalf("there are no guides: %v", err)
	}
	texts := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		texts[strings.TrimSuffix(filepath.Base(file), ".md")] = string(text)
	}
	return texts
}

var blocks = regexp.MustCompile("(?ms)^```(terraform|text)\n(.*?\n)```$")

// What the guides show works. Each block that is a whole configuration is
// planned; if a block of text follows it, that is printed by the plan, which
// fails if the text has an error in it.
func TestGuidesCanBePlanned(t *testing.T) {
	t.Parallel()
	planned := 0
	for guide, text := range guides(t) {
		all := blocks.FindAllStringSubmatch(text, -1)
		for i, block := range all {
			if block[1] != "terraform" || !strings.Contains(block[2], "required_providers") {
				continue
			}
			planned++
			// Without the block, the CLI complains of that before the provider says what it lacks.
			if !strings.Contains(block[2], `provider "opa" {`) {
				t.Errorf("%s: block %d has no provider block", guide, i+1)
			}
			shown := ""
			if i+1 < len(all) && all[i+1][1] == "text" {
				shown = all[i+1][2]
			}
			t.Run(guide+"/"+strconv.Itoa(i+1), func(t *testing.T) {
				t.Parallel()
				sim := opasim.Start(t, opasim.Options{})
				w := clitest.New(t, sim, fstest.MapFS{"main.tf": {Data: []byte(block[2])}})
				printed, err := w.Run("plan", "-no-color")
				if fails := strings.Contains(shown, "Error:"); (err != nil) != fails || !strings.Contains(clitest.Words(printed), clitest.Words(shown)) {
					t.Errorf("the guide shows\n%s\nbut this is printed:\n%s", shown, printed)
				}
			})
		}
	}
	if planned == 0 {
		t.Error("no guide has a whole configuration")
	}
}

var judgement = regexp.MustCompile("```sh\n([^`]*\njq -e[^`]*)```")

// The commands by which the guide has a pipeline judge the checks of a plan pass
// on checks that passed, and on nothing else.
func TestTheJudgementOfChecks(t *testing.T) {
	t.Parallel()
	commands := judgement.FindStringSubmatch(guides(t)["ci"])
	if commands == nil {
		t.Fatal("the guide has no commands with jq -e")
	}
	clitest.NeedCommands(t, "jq")
	const config = `
		provider "opa" {}
		data "opa_user" "larry" { name = "larry.linuxadmin" }
		output "larry" { value = data.opa_user.larry.id }
	`
	// The guide's terraform is the CLI under test.
	const cli = `exec "$TF_ACC_TERRAFORM_PATH" "$@"`
	w := clitest.New(t, opasim.Start(t, opasim.Options{}), fstest.MapFS{"main.tf": {Data: []byte(config)}})
	programs := t.TempDir()
	w.Env = append(w.Env, "PATH="+programs+string(os.PathListSeparator)+os.Getenv("PATH"))
	for _, test := range []struct {
		about, terraform, checks string

		passes bool
	}{
		{about: "a check that passes", passes: true, checks: `check "a" {
			assert {
				condition     = data.opa_user.larry.id != ""
				error_message = "no"
			}
		}`},
		{about: "no new plan", terraform: `[ "$1" != plan ] || exit 1; ` + cli},
		{about: "one that passes and one that fails", checks: `check "a" {
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
		{about: "a read that fails inside a check", checks: `check "a" {
			data "opa_user" "nobody" { name = "nobody" }
			assert {
				condition     = data.opa_user.nobody.id != ""
				error_message = "no"
			}
		}`},
		{about: "a rule that fails the plan", checks: `output "b" {
			value = 1
			precondition {
				condition     = data.opa_user.larry.id == ""
				error_message = "no"
			}
		}`},
		{about: "no check", checks: ""},
		{about: "no plan", terraform: `rm -f plan.bin; [ "$1" = plan ] || ` + cli},
		{about: "a plan that is not shown", terraform: `[ "$1" = show ] || ` + cli},
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
			t.Errorf("%s: %v\n%s", test.about, err, output)
		}
	}
}
