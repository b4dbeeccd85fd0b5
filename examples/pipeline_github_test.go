package examples_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// gitHubWorkflow is a workflow of GitHub Actions.
type gitHubWorkflow struct {
	Env      map[string]string    `yaml:"env"`
	Jobs     map[string]gitHubJob `yaml:"jobs"`
	Defaults struct {
		Run struct {
			Shell string `yaml:"shell"`
		} `yaml:"run"`
	} `yaml:"defaults"`
}

type gitHubJob struct {
	Permissions map[string]string `yaml:"permissions"`
	Steps       []gitHubStep      `yaml:"steps"`
}

type gitHubStep struct {
	Run  string            `yaml:"run"`
	Uses string            `yaml:"uses"`
	If   string            `yaml:"if"`
	Env  map[string]string `yaml:"env"`
	With map[string]string `yaml:"with"`
}

// ifArtifact is the only supported condition of a step: the job review has uploaded an
// artifact.
const ifArtifact = "${{ needs.review.outputs.artifact != '' }}"

// runGitHub runs the steps of the workflow of examples/ci until one fails.
func runGitHub(p *pipeline) {
	runGitHubJob(p, "access.yml", "access")
}

// runGitHubJob runs the steps of a job of a workflow until one fails.
func runGitHubJob(p *pipeline, file, job string) {
	t := p.t
	var workflow gitHubWorkflow
	readYAML(t, filepath.Join(p.Dir, ".github", "workflows", file), &workflow)
	if workflow.Defaults.Run.Shell != "bash" {
		t.Fatalf("got shell %q, want bash, because only then a pipe fails if its first command fails", workflow.Defaults.Run.Shell)
	}

	// GitHub issues the token of the job to requests with the secret of the run.
	tokens := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+runSecret || r.FormValue("audience") != p.sim.URL || r.FormValue("api-version") != "2.0" {
			http.Error(w, "refused", http.StatusForbidden)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"count": 1, "value": ciJWT})
	}))
	defer tokens.Close()
	summary := filepath.Join(t.TempDir(), "summary.md")
	env := []string{
		"GITHUB_STEP_SUMMARY=" + summary, "GITHUB_SERVER_URL=https://github.com", "GITHUB_REPOSITORY=example/access", "GITHUB_RUN_ID=17",
		"ACTIONS_ID_TOKEN_REQUEST_URL=" + tokens.URL + "/token?api-version=2.0", "ACTIONS_ID_TOKEN_REQUEST_TOKEN=" + runSecret,
	}
	vars := strings.NewReplacer(
		"${{ vars.OPA_BASE_URL }}", p.sim.URL, "${{ vars.OPA_TEAM }}", opasim.DefaultTeam, "${{ vars.OPA_WORKLOAD_CONNECTION }}", p.credentials.connection,
		"${{ vars.BASELINE_AT }}", "")
	context := strings.NewReplacer(
		"${{ secrets.OPA_KEY_ID }}", p.credentials.keyID, "${{ secrets.OPA_KEY_SECRET }}", p.credentials.keySecret,
		"${{ github.token }}", projectToken, "${{ github.repository }}", "example/access", "${{ github.event.pull_request.number }}", "5")
	for name, value := range workflow.Env {
		env = append(env, name+"="+vars.Replace(value))
	}
	steps := workflow.Jobs[job].Steps
	if len(steps) == 0 {
		t.Fatalf("%s: got no steps of the job %s, want some", file, job)
	}
	for _, step := range steps {
		if step.If != "" && step.If != ifArtifact || strings.Contains(step.Run, "${{") {
			t.Fatalf("unsupported step: got a condition or an expression in %+v, want none", step)
		}
		if step.If != "" && len(p.result.evidence) == 0 {
			continue
		}
		stepEnv := slices.Clone(env)
		for name, value := range step.Env {
			stepEnv = append(stepEnv, name+"="+context.Replace(value))
		}
		if step.Env != nil && !strings.Contains(step.Run, "terraform plan") && !strings.HasPrefix(step.Run, "gh ") {
			t.Errorf("step %q: got secrets in env, want none", step.Run+step.Uses)
		}
		if !p.result.failed {
			p.gitHubStep(step, stepEnv)
		}
	}
	text, _ := os.ReadFile(summary)
	p.result.summary = string(text)
}

// gitHubStep runs a step that has commands, or does what its action does.
func (p *pipeline) gitHubStep(step gitHubStep, env []string) {
	p.t.Helper()
	switch {
	case step.Run != "":
		before := len(p.result.printed)
		p.shell(env, step.Run, "bash", "--noprofile", "--norc", "-eo", "pipefail")
		checkWorkflowCommands(p.t, p.result.printed[before:])
	case strings.HasPrefix(step.Uses, "actions/upload-artifact@"):
		for path := range strings.FieldsSeq(step.With["path"]) {
			p.saveArtifact(path)
		}
	case strings.HasPrefix(step.Uses, "actions/download-artifact@"):
		for name, text := range p.result.evidence {
			p.Write(name, text)
		}
	case strings.HasPrefix(step.Uses, "actions/attest@"):
		for path := range strings.FieldsSeq(step.With["subject-path"]) {
			if _, err := os.Stat(filepath.Join(p.Dir, path)); err != nil {
				p.t.Errorf("signed file: got %v, want it to exist", err)
			}
		}
	}
}

var (
	stopCommand = regexp.MustCompile(`^::stop-commands::([0-9a-f]{32})$`)
	// A warning contains only a title, which has no names from the tenant.
	expectedCommands = regexp.MustCompile(`^::(add-mask::` + regexp.QuoteMeta(ciJWT) + `|warning::[A-Z][a-z ]+|error::Access to the storefront violates the policy\.)$`)
)

// checkWorkflowCommands parses the output of a step like GitHub's runner. It must
// contain only the commands of the workflow itself.
func checkWorkflowCommands(t *testing.T, printed string) {
	t.Helper()
	stop := ""
	for line := range strings.FieldsFuncSeq(printed, func(r rune) bool { return r == '\n' || r == '\r' }) {
		switch stops := stopCommand.FindStringSubmatch(line); {
		case stop != "":
			if line == "::"+stop+"::" {
				stop = ""
			}
		case stops != nil:
			stop = stops[1]
		case expectedCommands.MatchString(line):
		case strings.HasPrefix(strings.TrimSpace(line), "::") || strings.Contains(line, "##["):
			t.Errorf("got a workflow command in the output, want none: %s", line)
		}
	}
	if stop != "" && !strings.Contains(printed, "\nError: ") {
		t.Errorf("workflow commands remain disabled, want them enabled at the end:\n%s", printed)
	}
}
