package examples_test

import (
	"flag"
	"os"
	"regexp"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/privileged-access/terraform-provider-opa/internal/clitest"
	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// TestMain prepares the environment of the CLI.
func TestMain(m *testing.M) { clitest.Main(m) }

var update = flag.Bool("update", false, "rewrite the output blocks in the README files")

// workspace returns a workspace with one of the examples.
func workspace(t *testing.T, example string, tenant opasim.Options) *clitest.Workspace {
	t.Helper()
	return clitest.New(t, opasim.Start(t, tenant), os.DirFS(example))
}

var textBlock = regexp.MustCompile("(?s)```text\n.*?```\n")

// inReadme compares the output blocks of the README, in order, with the printed
// output.
func inReadme(t *testing.T, example string, printed ...string) {
	t.Helper()
	path := example + "/README.md"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	blocks := 0
	want := textBlock.ReplaceAllStringFunc(string(text), func(block string) string {
		blocks++
		if blocks > len(printed) {
			return block
		}
		return "```text\n" + printed[blocks-1] + "```\n"
	})
	if blocks != len(printed) {
		t.Fatalf("README: got %d output blocks, want %d", blocks, len(printed))
	}
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := gocmp.Diff(string(text), want); diff != "" {
		t.Errorf("the README differs from the printed output; go test -run '%s' -update rewrites it (-README, +printed):\n%s", t.Name(), diff)
	}
}
