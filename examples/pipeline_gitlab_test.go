package examples_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

type gitLabRule struct {
	If   string `yaml:"if"`
	When string `yaml:"when"`
}

// matchingRule returns the first rule that matches the variables, or nil. It
// supports only the conditions that the pipeline uses.
func matchingRule(t *testing.T, rules []gitLabRule, variables map[string]string) *gitLabRule {
	t.Helper()
	for _, rule := range rules {
		matches := true
		for condition := range strings.SplitSeq(rule.If, " && ") {
			name, value, ok := strings.Cut(strings.TrimPrefix(condition, "$"), " == ")
			if !ok || value != strconv.Quote(strings.Trim(value, `"`)) {
				t.Fatalf("unsupported condition: got %q, want comparisons with == and &&", rule.If)
			}
			matches = matches && strconv.Quote(variables[name]) == value
		}
		if matches {
			return &rule
		}
	}
	return nil
}

// runGitLab runs the jobs of the GitLab pipeline.
func runGitLab(p *pipeline) {
	t := p.t
	type job struct {
		Script    []string          `yaml:"script"`
		After     []string          `yaml:"after_script"`
		Variables map[string]string `yaml:"variables"`
		IDTokens  map[string]struct {
			Audience string `yaml:"aud"`
		} `yaml:"id_tokens"`
		Artifacts struct {
			When  string   `yaml:"when"`
			Paths []string `yaml:"paths"`
		} `yaml:"artifacts"`
		Rules []gitLabRule `yaml:"rules"`
	}
	var jobs struct {
		Workflow struct {
			Rules []gitLabRule `yaml:"rules"`
		} `yaml:"workflow"`
		Access job `yaml:"access"`
		Note   job `yaml:"note"`
	}
	readYAML(t, filepath.Join(p.Dir, ".gitlab-ci.yml"), &jobs)

	variables := map[string]string{"CI_PIPELINE_SOURCE": p.event, "CI_COMMIT_REF_PROTECTED": "true"}
	if source, ok := strings.CutSuffix(p.event, ", unprotected"); ok {
		variables = map[string]string{"CI_PIPELINE_SOURCE": source, "CI_COMMIT_REF_PROTECTED": "false"}
	}
	if matchingRule(t, jobs.Workflow.Rules, variables) == nil {
		return
	}
	env := []string{"OPA_BASE_URL=" + p.sim.URL, "OPA_TEAM=" + opasim.DefaultTeam}
	for name, value := range map[string]string{"OPA_KEY_ID": p.credentials.keyID, "OPA_KEY_SECRET": p.credentials.keySecret, "OPA_WORKLOAD_CONNECTION": p.credentials.connection} {
		if value != "" {
			env = append(env, name+"="+value)
		}
	}
	for name, value := range jobs.Access.Variables {
		env = append(env, name+"="+value)
	}
	for name, token := range jobs.Access.IDTokens {
		if token.Audience == "$OPA_BASE_URL" {
			env = append(env, name+"="+ciJWT)
		}
	}
	// The image has the package manager of Alpine and no bash.
	p.stub("apk", "test \"$*\" = 'add --no-cache jq'")
	p.shell(env, strings.Join(jobs.Access.Script, "\n"), "sh", "-e")
	// after_script also runs after a failure, and its exit code is ignored.
	failed := p.result.failed
	p.shell(env, strings.Join(jobs.Access.After, "\n"), "sh", "-e")
	p.result.failed = failed
	for _, file := range []string{"terraform.tfstate", "terraform.tfstate.backup", "plan.bin", "plan.json", "plan.log", "violations.txt"} {
		if _, err := os.Stat(filepath.Join(p.Dir, file)); err == nil {
			p.result.left = append(p.result.left, file)
		}
	}
	if !p.result.failed || jobs.Access.Artifacts.When == "always" {
		for _, file := range jobs.Access.Artifacts.Paths {
			p.saveArtifact(file)
		}
	}

	gitlab := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.URL.Path != "/api/v4/projects/7/merge_requests/42/notes" || r.Header.Get("Private-Token") != projectToken {
			http.Error(w, "refused", http.StatusForbidden)
			return
		}
		p.result.summary = r.FormValue("body")
		w.WriteHeader(http.StatusCreated)
	}))
	defer gitlab.Close()
	if rule := matchingRule(t, jobs.Note.Rules, variables); rule == nil || p.result.failed && rule.When != "always" {
		return
	}
	// This job has only the artifact of the job access.
	p.Dir = t.TempDir()
	for file, text := range p.result.evidence {
		p.Write(file, text)
	}
	p.shell([]string{
		"CI_API_V4_URL=" + gitlab.URL + "/api/v4", "CI_PROJECT_ID=7", "CI_MERGE_REQUEST_IID=42", "GITLAB_TOKEN=" + projectToken,
	}, strings.Join(jobs.Note.Script, "\n"), "sh", "-e")
}
