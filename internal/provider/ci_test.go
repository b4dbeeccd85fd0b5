package provider_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// A pipeline of examples/ci, run step by step as its platform runs it, as far as
// that can be had here: what the steps say is run by a shell, in a clone of the
// example, as a workload that the simulated tenant trusts.
type pipeline struct {
	*workspace
	t   *testing.T
	sim *opasim.Server
	ran result
}

// result is what is left of a run, for whoever looks at it the next morning.
type result struct {
	failed   bool
	printed  string
	summary  string            // or the note
	evidence map[string]string // files of the artifact
}

const ciConnection, ciJWT = "ci", "header.payload-of-the-job.signature"

func newPipeline(t *testing.T, world, jwt string) *pipeline {
	t.Helper()
	changed, err := opasim.ParseWorld("world.hcl", []byte(world))
	if err != nil {
		t.Fatal(err)
	}
	sim := opasim.Start(t, opasim.Options{World: changed, WorkloadConnection: ciConnection, WorkloadJWT: jwt})
	p := &pipeline{workspace: prepareWorkspace(t, sim, os.DirFS("../../examples/ci")), t: t, sim: sim}
	p.ran.evidence = map[string]string{}
	// The pipelines say terraform; here that is the CLI under test. Of the
	// environment nothing else is theirs, least of all the key.
	bin := t.TempDir()
	if err := os.Symlink(os.Getenv("TF_ACC_TERRAFORM_PATH"), filepath.Join(bin, "terraform")); err != nil {
		t.Fatal(err)
	}
	config, err := built()
	if err != nil {
		t.Fatal(err)
	}
	p.env = []string{"PATH=" + bin + ":" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "TF_CLI_CONFIG_FILE=" + config, "CHECKPOINT_DISABLE=1"}
	return p
}

// shell runs a script until its first failure.
func (p *pipeline) shell(env []string, script string, shell ...string) {
	p.t.Helper()
	file := filepath.Join(p.t.TempDir(), "script.sh")
	if err := os.WriteFile(file, []byte(script), 0o600); err != nil {
		p.t.Fatal(err)
	}
	command := exec.CommandContext(p.t.Context(), shell[0], append(shell[1:], file)...)
	command.Dir, command.Env = p.dir, append(slices.Clone(p.env), env...)
	output, err := command.CombinedOutput()
	p.ran.printed += string(output)
	p.ran.failed = p.ran.failed || err != nil
}

func (p *pipeline) keep(file string) {
	p.t.Helper()
	if text, err := os.ReadFile(filepath.Join(p.dir, file)); err == nil {
		p.ran.evidence[file] = string(text)
	}
}

func readYAML(t *testing.T, file string, into any) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err == nil {
		err = yaml.Unmarshal(text, into)
	}
	if err != nil {
		t.Fatal(file, err)
	}
}

func onGitHub(p *pipeline) {
	t := p.t
	var workflow struct {
		Env  map[string]string `yaml:"env"`
		Jobs map[string]struct {
			Steps []struct {
				Run  string            `yaml:"run"`
				Uses string            `yaml:"uses"`
				If   string            `yaml:"if"`
				Env  map[string]string `yaml:"env"`
				With map[string]string `yaml:"with"`
			} `yaml:"steps"`
		} `yaml:"jobs"`
		Defaults struct {
			Run struct {
				Shell string `yaml:"shell"`
			} `yaml:"run"`
		} `yaml:"defaults"`
	}
	readYAML(t, filepath.Join(p.dir, ".github", "workflows", "access.yml"), &workflow)
	if workflow.Defaults.Run.Shell != "bash" {
		t.Fatal("only with shell: bash does a pipe fail in its first command")
	}

	// GitHub gives the job's token for a secret of the run.
	const secret = "of-this-run"
	tokens := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+secret || r.FormValue("audience") != p.sim.URL || r.FormValue("api-version") != "2.0" {
			http.Error(w, "refused", http.StatusForbidden)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"count": 1, "value": ciJWT})
	}))
	defer tokens.Close()
	summary := filepath.Join(t.TempDir(), "summary.md")
	env := []string{
		"GITHUB_STEP_SUMMARY=" + summary,
		"ACTIONS_ID_TOKEN_REQUEST_URL=" + tokens.URL + "/token?api-version=2.0", "ACTIONS_ID_TOKEN_REQUEST_TOKEN=" + secret,
	}
	vars := strings.NewReplacer(
		"${{ vars.OPA_BASE_URL }}", p.sim.URL, "${{ vars.OPA_TEAM }}", opasim.DefaultTeam, "${{ vars.OPA_WORKLOAD_CONNECTION }}", ciConnection)
	for name, value := range workflow.Env {
		env = append(env, name+"="+vars.Replace(value))
	}
	for _, step := range workflow.Jobs["access"].Steps {
		if step.If != "" || step.Env != nil || strings.Contains(step.Run, "${{") {
			t.Fatalf("this test does not know what GitHub makes of %+v", step)
		}
		switch {
		case p.ran.failed: // and the rest is not run
		case step.Run != "":
			p.shell(env, step.Run, "bash", "--noprofile", "--norc", "-eo", "pipefail")
		case strings.HasPrefix(step.Uses, "actions/upload-artifact@"):
			p.keep(step.With["path"])
		}
	}
	text, _ := os.ReadFile(summary)
	p.ran.summary = string(text)
	if printed := strings.ReplaceAll(p.ran.printed, "::add-mask::"+ciJWT, ""); strings.Contains(printed, ciJWT) {
		t.Errorf("the job's token is in its log:\n%s", printed)
	}
}

func onGitLab(p *pipeline) {
	t := p.t
	type job struct {
		Script    []string          `yaml:"script"`
		Variables map[string]string `yaml:"variables"`
		IDTokens  map[string]struct {
			Audience string `yaml:"aud"`
		} `yaml:"id_tokens"`
		Artifacts struct {
			When  string   `yaml:"when"`
			Paths []string `yaml:"paths"`
		} `yaml:"artifacts"`
		Rules []struct {
			If   string `yaml:"if"`
			When string `yaml:"when"`
		} `yaml:"rules"`
	}
	var jobs struct {
		Access job `yaml:"access"`
		Note   job `yaml:"note"`
	}
	readYAML(t, filepath.Join(p.dir, ".gitlab-ci.yml"), &jobs)

	env := []string{"OPA_BASE_URL=" + p.sim.URL, "OPA_TEAM=" + opasim.DefaultTeam, "OPA_WORKLOAD_CONNECTION=" + ciConnection}
	for name, value := range jobs.Access.Variables {
		env = append(env, name+"="+value)
	}
	for name, token := range jobs.Access.IDTokens {
		if token.Audience == "$OPA_BASE_URL" {
			env = append(env, name+"="+ciJWT)
		}
	}
	// The image has no bash.
	p.shell(env, strings.Join(jobs.Access.Script, "\n"), "sh", "-e")
	if !p.ran.failed || jobs.Access.Artifacts.When == "always" {
		for _, file := range jobs.Access.Artifacts.Paths {
			p.keep(file)
		}
	}

	const token = "of-the-project"
	gitlab := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.URL.Path != "/api/v4/projects/7/merge_requests/42/notes" || r.Header.Get("Private-Token") != token {
			http.Error(w, "refused", http.StatusForbidden)
			return
		}
		p.ran.summary = r.FormValue("body")
		w.WriteHeader(http.StatusCreated)
	}))
	defer gitlab.Close()
	if rules := jobs.Note.Rules; p.ran.failed && (len(rules) != 1 || rules[0].When != "always") {
		return
	}
	// The other job's artifact is all that this one gets of it.
	p.dir = t.TempDir()
	for file, text := range p.ran.evidence {
		p.write(file, text)
	}
	p.shell([]string{
		"CI_API_V4_URL=" + gitlab.URL + "/api/v4", "CI_PROJECT_ID=7", "CI_MERGE_REQUEST_IID=42", "GITLAB_TOKEN=" + token,
	}, strings.Join(jobs.Note.Script, "\n"), "sh", "-e")
}

// The pipelines fail where the policy is violated, and keep the evidence all the
// same; they pass where it is obeyed; and what could not be asked never passes.
func TestPipelines(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("the pipelines run on Linux")
	}
	text, err := os.ReadFile("../opasim/world.hcl")
	if err != nil {
		t.Fatal(err)
	}
	violated := string(text)
	leftover := "hostname = \"web-01\"\n    }\n    individual = [\"admin\"]\n"
	obeyed := strings.Replace(violated, leftover, leftover+"    conditions = [\"mfa\"]\n", 1)
	readme, err := os.ReadFile("../../examples/ci/README.md")
	if err != nil {
		t.Fatal(err)
	}

	const violation = "larry.linuxadmin is admin on web-01 without MFA"
	for platform, run := range map[string]func(*pipeline){"GitHub": onGitHub, "GitLab": onGitLab} {
		for name, test := range map[string]struct {
			world, jwt string
			project    string // another than the example's
			fails      bool
			says       string
			evidence   bool
		}{
			"the policy is violated": {world: violated, jwt: ciJWT, fails: true, says: violation, evidence: true},
			"the policy is obeyed":   {world: obeyed, jwt: ciJWT, says: "obeys the policy", evidence: true},
			"nothing is left to judge": {
				world: violated + "resource_group \"moved\" {\n  project \"emptied\" {}\n}\n", jwt: ciJWT,
				project: "emptied", fails: true, says: "there is no access to judge",
			},
			"the workload is refused": {world: obeyed, jwt: "another", fails: true, says: "Workload refused"},
		} {
			t.Run(fmt.Sprintf("%s, %s", platform, name), func(t *testing.T) {
				t.Parallel()
				p := newPipeline(t, test.world, test.jwt)
				if test.project != "" {
					p.env = append(p.env, "TF_VAR_project="+test.project)
				}
				run(p)
				if p.ran.failed != test.fails || !strings.Contains(p.ran.printed, test.says) || test.fails == strings.Contains(p.ran.printed, "obeys") {
					t.Errorf("failed: %v, want %v\n%s", p.ran.failed, test.fails, p.ran.printed)
				}
				if !test.evidence {
					if p.ran.evidence["access.csv"] != "" || p.ran.summary != "" {
						t.Errorf("evidence of what was not asked: %+v", p.ran)
					}
					return
				}
				rows := 0
				for _, server := range p.sim.World().AllServers() {
					if server.ProjectName == "storefront" && server.DeletedAt == "" {
						rows += len(p.sim.World().ResourceRows(server.ID, "server"))
					}
				}
				if n := strings.Count(p.ran.evidence["access.csv"], "\n"); n != rows+1 {
					t.Errorf("the CSV has %d lines, want a header and %d rows:\n%s", n, rows, p.ran.evidence["access.csv"])
				}
				if !strings.Contains(p.ran.summary, "| `web-01` |") || strings.Contains(p.ran.printed, "larry.linuxadmin,") {
					t.Errorf("summary:\n%s\nlog:\n%s", p.ran.summary, p.ran.printed)
				}
				if test.fails && !strings.Contains(string(readme), strings.TrimSpace(p.ran.summary)) {
					t.Errorf("the README shows another summary than\n%s", p.ran.summary)
				}
				if !strings.Contains(string(readme), test.says) {
					t.Errorf("the README does not quote %q", test.says)
				}
				for _, violation := range p.sim.Violations() {
					t.Errorf("against the API's contract: %s", violation)
				}
			})
		}
	}
}
