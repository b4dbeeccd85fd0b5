package provider_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// exampleWorkspace is a workspace with one of the examples.
func exampleWorkspace(t *testing.T, example string, tenant opasim.Options) *workspace {
	t.Helper()
	return newWorkspace(t, opasim.Start(t, tenant), os.DirFS("../../examples/"+example))
}

// What the two CLIs print otherwise, or differently in each run: their names,
// the progress, the values that they add to a condition, the advice at the end.
var (
	progressLine = regexp.MustCompile(`(?m)^(data\.\S+: Read.*|\S+\.tftest\.hcl\.{3} .*)\n`)
	valueLines   = regexp.MustCompile(`(?m)^ {4}[├│].*\n`)
	advice       = regexp.MustCompile(`\n─+\n[\s\S]*\z`)
	emptyLines   = regexp.MustCompile(`\n{3,}`)
)

// said is what a command of the CLI prints, without what differs.
func said(output string) string {
	output = strings.ReplaceAll(output, "OpenTofu", "Terraform")
	for _, differs := range []*regexp.Regexp{progressLine, valueLines, advice} {
		output = differs.ReplaceAllString(output, "")
	}
	return strings.Trim(emptyLines.ReplaceAllString(output, "\n\n"), "\n") + "\n"
}

var (
	shellBlock      = regexp.MustCompile("(?s)```sh\n(.*?)```\n")
	textBlock       = regexp.MustCompile("(?s)```text\n.*?```\n")
	startOfFindings = regexp.MustCompile(`(?m)^(Error|Warning): `)
)

// inReadme compares the README's blocks of output, in their order, with what is
// printed.
func inReadme(t *testing.T, example string, printed ...string) {
	t.Helper()
	path := "../../examples/" + example + "/README.md"
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
		t.Fatalf("the README has %d blocks of output, and %d were printed", blocks, len(printed))
	}
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := gocmp.Diff(string(text), want); diff != "" {
		t.Errorf("the README differs from what is printed; go test -run '%s' -update rewrites it (-README, +printed):\n%s", t.Name(), diff)
	}
}

// findings are the errors and warnings in what a command prints.
func findings(output string) []string {
	output = said(output)
	var all []string
	starts := startOfFindings.FindAllStringIndex(output, -1)
	for i, start := range starts {
		end := len(output)
		if i+1 < len(starts) {
			end = starts[i+1][0]
		}
		all = append(all, strings.TrimSpace(output[start[0]:end]))
	}
	return all
}

// orderly is a tenant in which access is as the examples want it.
const orderly = `
	user "larry.linuxadmin" {}
	user "wanda.windowsadmin" {}
	user "paula+pager@example.com" {
		account = "paula.pager"
	}
	user "terraform-reporter" {
		type = "service"
	}
	group "api-clients" {
		roles   = ["security_admin"]
		members = ["terraform-reporter"]
	}
	group "admins" {
		members = ["larry.linuxadmin", "paula+pager@example.com"]
	}
	group "windows-admins" {
		members = ["wanda.windowsadmin"]
	}
	resource_group "commerce" {
		project "storefront" {
			server "web-01" {
				labels = { env = "production" }
			}
			server "web-02" {
				labels = { env = "production" }
			}
			server "test-01" {
				labels = { env = "test" }
			}
		}
	}
	policy "orderly" {
		groups = ["admins"]
		rule "sign-in" {
			servers {
				project = "storefront"
			}
			individual = ["user"]
			conditions = ["gateway"]
		}
		rule "elevate" {
			servers {
				hostname = "web-01"
			}
			individual = ["admin"]
			conditions = ["mfa"]
		}
		rule "break-glass" {
			servers {
				hostname = "web-01"
			}
			shared     = ["root"]
			conditions = ["gateway_with_session_recording", "access_request", "mfa"]
		}
	}
`

// grant is a policy by which a group gets a way in.
func grant(group, hostname, way, conditions string) string {
	return `
		policy "too much" {
			groups = ["` + group + `"]
			rule "more" {
				servers {
					hostname = "` + hostname + `"
				}
				` + way + `
				conditions = [` + conditions + `]
			}
		}
	`
}

// defaultWorld is the text of the world that the simulator has of itself, to be
// changed.
func defaultWorld(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../opasim/world.hcl")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func world(t *testing.T, text string) *opasim.World {
	t.Helper()
	w, err := opasim.ParseWorld("world.hcl", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// downloads is a tenant whose every report has these rows, such as its own
// world cannot have.
func downloads(t *testing.T, text string, rows ...string) opasim.Options {
	t.Helper()
	const header = "User Name,User Type,User Status,Resource Name,Resource Type,Account,Privileges,Conditions\n"
	return opasim.Options{World: world(t, text), Faults: []opasim.Fault{{
		Path: "/access_reports/{id}/report", After: true, Status: 200, Body: []byte(header + strings.Join(rows, "\n") + "\n"),
	}}}
}

// weaken changes a file in the one place where the old text stands.
func (w *workspace) weaken(file, old, text string) {
	w.t.Helper()
	content, err := os.ReadFile(filepath.Join(w.dir, file))
	if err != nil {
		w.t.Fatal(err)
	}
	if n := strings.Count(string(content), old); n != 1 {
		w.t.Fatalf("%s has %q %d times", file, old, n)
	}
	w.write(file, strings.Replace(string(content), old, text, 1))
}

// read returns the text of a file.
func (w *workspace) read(name string) string {
	w.t.Helper()
	text, err := os.ReadFile(filepath.Join(w.dir, name))
	if err != nil {
		w.t.Fatal(err)
	}
	return string(text)
}

// shellBlocks returns the commands in the blocks of shell code of a page.
func shellBlocks(page string) []string {
	var blocks []string
	for _, block := range shellBlock.FindAllStringSubmatch(page, -1) {
		blocks = append(blocks, block[1])
	}
	return blocks
}

// script runs commands of a README, with the CLI under test in place of terraform.
func (w *workspace) script(commands string, env ...string) (string, error) {
	w.t.Helper()
	text := "set -e\nterraform() { \"$TF_ACC_TERRAFORM_PATH\" \"$@\"; }\n" + commands
	command := exec.CommandContext(w.t.Context(), "sh", "-c", text)
	command.Dir, command.Env = w.dir, append(slices.Clone(w.env), env...)
	output, err := command.CombinedOutput()
	return string(output), err
}

// planned plans and returns the planned outputs.
func (w *workspace) planned(arguments ...string) map[string]any {
	w.t.Helper()
	if output, err := w.run(append([]string{"plan", "-no-color", "-out=plan.bin"}, arguments...)...); err != nil {
		w.t.Fatal(output)
	}
	shown, err := w.command(w.t.Context(), "show", "-json", "plan.bin").Output()
	if err != nil {
		w.t.Fatal(err)
	}
	var plan struct {
		Values struct {
			Outputs map[string]struct {
				Value any `json:"value"`
			} `json:"outputs"`
		} `json:"planned_values"`
	}
	if err := json.Unmarshal(shown, &plan); err != nil {
		w.t.Fatal(err)
	}
	outputs := map[string]any{}
	for name, output := range plan.Values.Outputs {
		outputs[name] = output.Value
	}
	return outputs
}
