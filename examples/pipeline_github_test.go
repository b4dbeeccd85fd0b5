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
	readYAML(t, filepath.Join(p.Dir, ".github", "workflows", "access.yml"), &workflow)
	if workflow.Defaults.Run.Shell != "bash" {
		t.Fatalf("got shell %q, want bash, because only then a pipe fails if its first command fails", workflow.Defaults.Run.Shell)
	}

	// GitHub issues the token of the job to requests with the secret of the run.
	tokens := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+ofThisRun || r.FormValue("audience") != p.sim.URL || r.FormValue("api-version") != "2.0" {
			http.Error(w, "refused", http.StatusForbidden)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"count": 1, "value": ciJWT})
	}))
	defer tokens.Close()
	summary := filepath.Join(t.TempDir(), "summary.md")
	env := []string{
		"GITHUB_STEP_SUMMARY=" + summary,
		"ACTIONS_ID_TOKEN_REQUEST_URL=" + tokens.URL + "/token?api-version=2.0", "ACTIONS_ID_TOKEN_REQUEST_TOKEN=" + ofThisRun,
	}
	vars := strings.NewReplacer(
		"${{ vars.OPA_BASE_URL }}", p.sim.URL, "${{ vars.OPA_TEAM }}", opasim.DefaultTeam, "${{ vars.OPA_WORKLOAD_CONNECTION }}", p.way.connection)
	secrets := strings.NewReplacer("${{ secrets.OPA_KEY_ID }}", p.way.keyID, "${{ secrets.OPA_KEY_SECRET }}", p.way.keySecret)
	for name, value := range workflow.Env {
		env = append(env, name+"="+vars.Replace(value))
	}
	for _, step := range workflow.Jobs["access"].Steps {
		if step.If != "" || strings.Contains(step.Run, "${{") {
			t.Fatalf("unsupported step: got a condition or an expression in %+v, want none", step)
		}
		stepEnv := slices.Clone(env)
		for name, value := range step.Env {
			stepEnv = append(stepEnv, name+"="+secrets.Replace(value))
		}
		if step.Env != nil && !strings.Contains(step.Run, "terraform plan") {
			t.Errorf("step %q: got secrets in env, want none", step.Run+step.Uses)
		}
		switch {
		case p.ran.failed: // and the rest is not run
		case step.Run != "":
			before := len(p.ran.printed)
			p.shell(stepEnv, step.Run, "bash", "--noprofile", "--norc", "-eo", "pipefail")
			takesCommands(t, p.ran.printed[before:])
		case strings.HasPrefix(step.Uses, "actions/upload-artifact@"):
			p.keep(step.With["path"])
		}
	}
	text, _ := os.ReadFile(summary)
	p.ran.summary = string(text)
}

var (
	stopsCommands = regexp.MustCompile(`^::stop-commands::([0-9a-f]{32})$`)
	// A warning contains only a title, which has no names from the tenant.
	ourCommands = regexp.MustCompile(`^::(add-mask::` + regexp.QuoteMeta(ciJWT) + `|warning::[A-Z][a-z ]+|error::Access to the storefront violates the policy\.)$`)
)

// takesCommands parses what a step prints like GitHub's runner, which must find
// no commands except the workflow's own.
func takesCommands(t *testing.T, printed string) {
	t.Helper()
	stop := ""
	for line := range strings.FieldsFuncSeq(printed, func(r rune) bool { return r == '\n' || r == '\r' }) {
		switch stops := stopsCommands.FindStringSubmatch(line); {
		case stop != "":
			if line == "::"+stop+"::" {
				stop = ""
			}
		case stops != nil:
			stop = stops[1]
		case ourCommands.MatchString(line):
		case strings.HasPrefix(strings.TrimSpace(line), "::") || strings.Contains(line, "##["):
			t.Errorf("got a workflow command in the output, want none: %s", line)
		}
	}
	if stop != "" && !strings.Contains(printed, "\nError: ") {
		t.Errorf("workflow commands remain disabled, want them enabled at the end:\n%s", printed)
	}
}
