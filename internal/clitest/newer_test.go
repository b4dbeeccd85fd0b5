package clitest_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/privileged-access/terraform-provider-opa/internal/clitest"
	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// guideTemplate returns the text of a guide before it is rendered.
func guideTemplate(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("../../templates/guides/" + name + ".md.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var fileBlocks = regexp.MustCompile("(?s)```terraform\n# (\\S+\\.tf), with .*?\n(.*?)```")

// The module of the guide to policy checks returns rows to the rule of its caller, and
// neither the plan nor the state contains a row.
func TestEphemeralOutputOfGuide(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{"access/versions.tf": {Data: []byte(`terraform {
		required_providers {
			opa = { source = "privileged-access/opa" }
		}
	}`)}}
	for _, block := range fileBlocks.FindAllStringSubmatch(guideTemplate(t, "policy-checks"), -1) {
		files[block[1]] = &fstest.MapFile{Data: []byte(block[2])}
	}
	if len(files) != 3 {
		t.Fatalf("got %d files, want access/main.tf and main.tf of the guide and access/versions.tf", len(files))
	}
	sim := opasim.Start(t, opasim.Options{})
	if !clitest.Able.Ephemeral {
		clitest.CheckEphemeralUnsupported(t, sim, files)
		return
	}
	w := clitest.New(t, sim, files)
	for _, arguments := range [][]string{{"plan", "-no-color", "-out=plan.bin"}, {"apply", "-no-color", "plan.bin"}} {
		if output, err := w.Run(arguments...); err != nil {
			t.Fatal(output)
		}
	}
	for file, text := range storedFiles(t, w.Dir) {
		for _, row := range []string{"larry.linuxadmin", "ci-deployer", "rené.reader"} {
			if strings.Contains(text, row) {
				t.Errorf("%s: got %s in it, want no row", file, row)
			}
		}
	}

	w.Replace("main.tf", "row.records_session if", "row.requires_mfa if")
	if output, err := w.Run("plan", "-no-color"); err == nil || !strings.Contains(output, "Not all sessions as a shared account") {
		t.Errorf("rule that is broken: got %v and %s\nwant the error message of the rule", err, output)
	}

	w.Write("stored.tf", "output \"rows\" {\n value = module.web.rows\n ephemeral = true\n}")
	refused := regexp.MustCompile(`Ephemeral output not allowed|Root modules are not allowed to have outputs defined as ephemeral`)
	if output, err := w.Run("plan", "-no-color"); err == nil || !refused.MatchString(output) {
		t.Errorf("ephemeral output of the root module: got %v and %s\nwant an error", err, output)
	}
}

var jsonCommands = regexp.MustCompile("(?s)```sh\n(tofu plan[^`]* -json-into=.*?)```")

// The commands of the CI guide print the warnings, and the file has no values of
// outputs. CLIs without the option refuse it.
func TestMessagesAsJSONOfGuide(t *testing.T) {
	t.Parallel()
	commands := jsonCommands.FindStringSubmatch(guideTemplate(t, "ci"))
	if commands == nil {
		t.Fatal("got no commands with -json-into in the guide, want some")
	}
	clitest.NeedCommands(t, "sh", "jq")
	w := clitest.New(t, opasim.Start(t, opasim.Options{}), fstest.MapFS{"main.tf": {Data: []byte(`
		data "opa_user" "larry" { name = "larry.linuxadmin" }
		output "larry" { value = data.opa_user.larry.email }
		check "a" {
			assert {
				condition     = data.opa_user.larry.id == ""
				error_message = "no"
			}
		}
	`)}})
	printed, err := w.Script("tofu() { terraform \"$@\"; }\n" + commands[1])
	if !clitest.Able.JSONInto {
		if err == nil || !strings.Contains(printed, "flag provided but not defined: -json-into") {
			t.Errorf("got %v and %s\nwant the option to be refused", err, printed)
		}
		return
	}
	if err != nil || !strings.HasSuffix(printed, "\nCheck block assertion failed\n") {
		t.Errorf("got %v and %s\nwant the warning at the end", err, printed)
	}
	if messages := w.Read("messages.json"); !strings.Contains(messages, `"outputs"`) || strings.Contains(messages, "larry.linuxadmin@") {
		t.Errorf("got %s\nwant the names of the outputs and not their values", messages)
	}
}
