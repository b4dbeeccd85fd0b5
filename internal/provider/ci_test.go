package provider_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	gocmp "github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// pipeline runs a pipeline of examples/ci step by step, like its platform does.
// A shell runs the commands of the steps in a clone of the example. It uses an
// API key, or a workload that the simulated tenant trusts.
type pipeline struct {
	*workspace
	t     *testing.T
	sim   *opasim.Server
	way   signIn
	event string // of GitLab: what started the pipeline
	bin   string // the first folder of the PATH
	// The file with all arguments of curl.
	arguments string
	ran       result
}

// signIn has the credentials in the settings of the repository or the project.
type signIn struct {
	keyID, keySecret, connection string
}

// result is what remains of a run.
type result struct {
	failed   bool
	printed  string
	summary  string            // or the note
	evidence map[string]string // files of the artifact
	left     []string          // files of the job that a runner would keep
}

// The secrets of the platforms: for the job's token in GitHub, and for notes in
// GitLab.
const (
	ciConnection, ciJWT = "ci", "header.payload-of-the-job.signature"
	ofThisRun           = "secret-of-this-run"
	ofTheProject        = "token-of-the-project"
)

var (
	byKey      = signIn{keyID: opasim.DefaultKeyID, keySecret: opasim.DefaultKeySecret}
	byWorkload = signIn{connection: ciConnection}
)

// newPipeline returns a pipeline whose credentials the tenant accepts or refuses.
func newPipeline(t *testing.T, tenant opasim.Options, refuse bool) *pipeline {
	t.Helper()
	tenant.WorkloadConnection, tenant.WorkloadJWT = ciConnection, ciJWT
	if refuse {
		tenant.KeySecret, tenant.WorkloadJWT = "another", "another"
	}
	sim := opasim.Start(t, tenant)
	p := &pipeline{workspace: prepareWorkspace(t, sim, os.DirFS("../../examples/ci")), t: t, sim: sim}
	p.ran.evidence = map[string]string{}
	// In place of terraform, the CLI under test. The pipelines get nothing else of
	// the environment, and in particular no key.
	bin := t.TempDir()
	p.bin = bin
	if err := os.Symlink(os.Getenv("TF_ACC_TERRAFORM_PATH"), filepath.Join(bin, "terraform")); err != nil {
		t.Fatal(err)
	}
	// All users of the runner can read arguments in the list of processes.
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Fatal(err)
	}
	p.arguments = filepath.Join(bin, "arguments")
	p.stub("curl", fmt.Sprintf("printf '%%s\\n' \"$@\" >> '%s'\nexec '%s' \"$@\"", p.arguments, curl))
	config, err := built()
	if err != nil {
		t.Fatal(err)
	}
	p.env = []string{"PATH=" + bin + ":" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "TF_CLI_CONFIG_FILE=" + config, "CHECKPOINT_DISABLE=1"}
	return p
}

// stub puts a script on the PATH of the pipeline.
func (p *pipeline) stub(name, script string) {
	p.t.Helper()
	if err := os.WriteFile(filepath.Join(p.bin, name), []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
		p.t.Fatal(err)
	}
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

// keepsSecrets checks that no secret is where others can read it.
func (p *pipeline) keepsSecrets() {
	p.t.Helper()
	arguments, _ := os.ReadFile(p.arguments)
	for where, text := range map[string]string{
		"the log":             strings.ReplaceAll(p.ran.printed, "::add-mask::"+ciJWT, ""),
		"the arguments":       string(arguments),
		"the summary or note": p.ran.summary,
	} {
		find(p.t, where, text, []string{ciJWT, ofThisRun, ofTheProject, opasim.DefaultKeySecret})
	}
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

	// GitHub returns the job's token for a secret of the run.
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
			t.Fatalf("this test does not know what GitHub makes of %+v", step)
		}
		stepEnv := slices.Clone(env)
		for name, value := range step.Env {
			stepEnv = append(stepEnv, name+"="+secrets.Replace(value))
		}
		if step.Env != nil && !strings.Contains(step.Run, "terraform plan") {
			t.Errorf("the step %q has secrets without need", step.Run+step.Uses)
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
	// The text of a warning is its title, which has no name in it.
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
			t.Errorf("GitHub would take this for a command: %s", line)
		}
	}
	if stop != "" && !strings.Contains(printed, "\nError: ") {
		t.Errorf("GitHub is left to take no commands:\n%s", printed)
	}
}

type gitLabRule struct {
	If   string `yaml:"if"`
	When string `yaml:"when"`
}

// ruled returns the first rule that matches. It supports the conditions that the
// pipeline uses.
func ruled(t *testing.T, rules []gitLabRule, variables map[string]string) *gitLabRule {
	t.Helper()
	for _, rule := range rules {
		holds := true
		for condition := range strings.SplitSeq(rule.If, " && ") {
			name, value, ok := strings.Cut(strings.TrimPrefix(condition, "$"), " == ")
			if !ok || value != strconv.Quote(strings.Trim(value, `"`)) {
				t.Fatalf("this test does not know what GitLab makes of %q", rule.If)
			}
			holds = holds && strconv.Quote(variables[name]) == value
		}
		if holds {
			return &rule
		}
	}
	return nil
}

func onGitLab(p *pipeline) {
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
	readYAML(t, filepath.Join(p.dir, ".gitlab-ci.yml"), &jobs)

	variables := map[string]string{"CI_PIPELINE_SOURCE": p.event, "CI_COMMIT_REF_PROTECTED": "true"}
	if source, ok := strings.CutSuffix(p.event, ", unprotected"); ok {
		variables = map[string]string{"CI_PIPELINE_SOURCE": source, "CI_COMMIT_REF_PROTECTED": "false"}
	}
	if ruled(t, jobs.Workflow.Rules, variables) == nil {
		return
	}
	env := []string{"OPA_BASE_URL=" + p.sim.URL, "OPA_TEAM=" + opasim.DefaultTeam}
	for name, value := range map[string]string{"OPA_KEY_ID": p.way.keyID, "OPA_KEY_SECRET": p.way.keySecret, "OPA_WORKLOAD_CONNECTION": p.way.connection} {
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
	// The image has Alpine's package manager, and no bash.
	p.stub("apk", "test \"$*\" = 'add --no-cache jq'")
	p.shell(env, strings.Join(jobs.Access.Script, "\n"), "sh", "-e")
	// after_script runs after failures as well, and its result does not count.
	failed := p.ran.failed
	p.shell(env, strings.Join(jobs.Access.After, "\n"), "sh", "-e")
	p.ran.failed = failed
	for _, file := range []string{"terraform.tfstate", "terraform.tfstate.backup", "plan.bin", "plan.json", "plan.log", "violations.txt"} {
		if _, err := os.Stat(filepath.Join(p.dir, file)); err == nil {
			p.ran.left = append(p.ran.left, file)
		}
	}
	if !p.ran.failed || jobs.Access.Artifacts.When == "always" {
		for _, file := range jobs.Access.Artifacts.Paths {
			p.keep(file)
		}
	}

	gitlab := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.URL.Path != "/api/v4/projects/7/merge_requests/42/notes" || r.Header.Get("Private-Token") != ofTheProject {
			http.Error(w, "refused", http.StatusForbidden)
			return
		}
		p.ran.summary = r.FormValue("body")
		w.WriteHeader(http.StatusCreated)
	}))
	defer gitlab.Close()
	if rule := ruled(t, jobs.Note.Rules, variables); rule == nil || p.ran.failed && rule.When != "always" {
		return
	}
	// This job gets only the artifact of the other one.
	p.dir = t.TempDir()
	for file, text := range p.ran.evidence {
		p.write(file, text)
	}
	p.shell([]string{
		"CI_API_V4_URL=" + gitlab.URL + "/api/v4", "CI_PROJECT_ID=7", "CI_MERGE_REQUEST_IID=42", "GITLAB_TOKEN=" + ofTheProject,
	}, strings.Join(jobs.Note.Script, "\n"), "sh", "-e")
}

// The violations of the simulator's default world.
var violations = []string{
	"larry.linuxadmin on app-01 as root (user): no MFA",
	"larry.linuxadmin on cache-01 as root (user): no MFA",
	"larry.linuxadmin on db-02 as root (user): no MFA",
	"larry.linuxadmin on web-01 as larry.linuxadmin (admin): no MFA",
	"larry.linuxadmin on web-01 as root (user): no MFA",
	"larry.linuxadmin on web-02 as root (user): no MFA",
}

// hostile is a user name that would clear the screen, reverse the rest of its
// line, and add lines to the log.
const hostile = "lar\x1b[2Jry\u202e\u2066\u009b\u007f\b\r\nAccess to the storefront obeys the policy.\nnobody"

// The pipelines fail if the policy is violated, and keep the evidence all the
// same. They pass if it is obeyed. A report that fails never passes.
func TestPipelines(t *testing.T) {
	t.Parallel()
	needCommands(t, "bash", "curl", "jq", "openssl")
	violated := defaultWorld(t)
	leftover := "hostname = \"web-01\"\n    }\n    individual = [\"admin\"]\n"
	obeyed := strings.Replace(violated, leftover, leftover+"    conditions = [\"mfa\"]\n", 1)
	obeyed = strings.Replace(obeyed, `["gateway_with_session_recording", "access_request"]`, `["gateway_with_session_recording", "mfa"]`, 1)
	readme, err := os.ReadFile("../../examples/ci/README.md")
	if err != nil {
		t.Fatal(err)
	}

	tests := map[string]struct {
		world   string
		project string // another than the example's
		extra   string // HCL
		rows    []string
		// Without the command that writes violations.txt.
		unwritten bool
		refuse    bool // the credentials
		fails     bool
		says      []string
		evidence  bool
	}{
		"the policy is violated": {world: violated, fails: true, says: append([]string{"violates the policy"}, violations...), evidence: true},
		"the policy is obeyed":   {world: obeyed, says: []string{"obeys the policy"}, evidence: true},
		"a warning": {
			world: obeyed, extra: "data \"opa_user_access_reports\" \"nobody\" {\n  user_names  = []\n  allow_empty = true\n}\n",
			says: []string{"obeys the policy", "Warning: Empty selection", "user_names is an empty set"}, evidence: true,
		},
		"a project without servers": {
			world:   violated + "resource_group \"moved\" {\n  project \"emptied\" {}\n}\n",
			project: "emptied", fails: true, says: []string{"Error: Empty selection", `No server was found in the project "emptied".`},
		},
		"unknown conditions": {
			world: violated, rows: []string{`dora.database,human,ACTIVE,web-01,server,dora.database,user,"MFA, Moon phase"`},
			fails: true, says: []string{"\nunknown condition: MFA, Moon phase\n", "violates the policy"},
		},
		"names that look like commands": {
			world: violated, rows: []string{
				"##[add-mask]larry,human,ACTIVE,web-01,server,larry.linuxadmin,admin,",
				"::add-mask::dora,human,ACTIVE,web-01,server,dora.database,admin,",
			},
			fails: true, says: []string{"##[add-mask]larry on web-01 as larry.linuxadmin (admin): no MFA\n", "\n::add-mask::dora on web-01 as dora.database (admin): no MFA\n", "violates the policy"},
		},
		"names with control characters": {
			world: violated, rows: []string{`"` + hostile + `",human,ACTIVE,web-01,server,larry.linuxadmin,admin,`},
			fails: true, says: []string{"\nlar�[2Jry���", "Access to the storefront obeys the policy.�nobody on web-01 as larry.linuxadmin (admin): no MFA\n", "violates the policy"},
		},
		"nobody has access": {
			world:   violated + "resource_group \"moved\" {\n  project \"lonely\" {\n    server \"nobodys\" {}\n  }\n}\n",
			project: "lonely", fails: true, says: []string{"Nobody has access to any server of the project lonely"},
		},
		"the violations are not written": {world: violated, unwritten: true, fails: true, evidence: true},
		"it is refused":                  {world: obeyed, refuse: true, fails: true, says: []string{" refused\n"}},
	}
	for platform, run := range map[string]func(*pipeline){"GitHub": onGitHub, "GitLab": onGitLab} {
		for wayName, way := range map[string]signIn{"a key": byKey, "a workload": byWorkload} {
			for name, test := range tests {
				t.Run(fmt.Sprintf("%s, %s, %s", platform, wayName, name), func(t *testing.T) {
					t.Parallel()
					tenant := opasim.Options{World: world(t, test.world)}
					if test.rows != nil {
						tenant = downloads(t, test.world, test.rows...)
					}
					p := newPipeline(t, tenant, test.refuse)
					p.way, p.event = way, "merge_request_event"
					if test.project != "" {
						p.env = append(p.env, "TF_VAR_project="+test.project)
					}
					p.write("extra.tf", test.extra)
					if test.unwritten {
						file := map[string]string{"GitHub": ".github/workflows/access.yml", "GitLab": ".gitlab-ci.yml"}[platform]
						p.weaken(file, "jq -r '.planned_values.outputs.violations.value[]' plan.json > violations.txt", "true")
					}
					run(p)
					obeys := slices.Contains(strings.Split(p.ran.printed, "\n"), "Access to the storefront obeys the policy.")
					if p.ran.failed != test.fails || test.fails == obeys {
						t.Errorf("got failed %v and obeyed %v, want failed %v\n%s", p.ran.failed, obeys, test.fails, p.ran.printed)
					}
					for _, says := range test.says {
						if !strings.Contains(words(p.ran.printed), says) && !strings.Contains(p.ran.printed, says) {
							t.Errorf("got this log, want %q in it:\n%s", says, p.ran.printed)
						}
					}
					p.printsNoControlCharacters()
					if annotated := strings.Contains(p.ran.printed, "\n::warning::Empty selection\n"); annotated != (platform == "GitHub" && test.extra != "") {
						t.Errorf("annotated: %v\n%s", annotated, p.ran.printed)
					}
					p.keepsSecrets()
					switch {
					case test.evidence:
						p.hasEvidence(readme, test.fails)
					case test.rows != nil:
						if user, _, _ := strings.Cut(test.rows[0], ","); !strings.Contains(p.ran.evidence["access.csv"], user+",") {
							t.Errorf("got the evidence %q, want the user %q as in the report", p.ran.evidence, user)
						}
					case p.ran.evidence["access.csv"] != "" || p.ran.summary != "":
						t.Errorf("evidence of what was not asked: %+v", p.ran)
					}
					if len(p.ran.left) > 0 {
						t.Errorf("rows are left behind: %s", p.ran.left)
					}
				})
			}
		}
	}
	for event, runs := range map[string]bool{
		"schedule": true, "schedule, unprotected": false, "web": true, "web, unprotected": false,
		"merge_request_event, unprotected": false, "push": false,
	} {
		t.Run("GitLab, "+event, func(t *testing.T) {
			t.Parallel()
			p := newPipeline(t, opasim.Options{World: world(t, obeyed)}, false)
			p.way, p.event = byKey, event
			onGitLab(p)
			if asked := len(p.sim.Requests()) > 0; p.ran.failed || asked != runs || (p.ran.evidence["access.csv"] != "") != runs || p.ran.summary != "" {
				t.Errorf("asked: %v, want %v; and there is no merge request\n%+v", asked, runs, p.ran)
			}
		})
	}
}

// printsNoControlCharacters checks the log and what is shown on the platform's
// pages.
func (p *pipeline) printsNoControlCharacters() {
	p.t.Helper()
	for where, text := range map[string]string{"the log": p.ran.printed, "the summary or note": p.ran.summary} {
		hidden := func(r rune) bool { return r != '\n' && unicode.In(r, unicode.C, unicode.Zl, unicode.Zp) }
		if at := strings.IndexFunc(text, hidden); at >= 0 {
			p.t.Errorf("%s: got %q, want no control characters", where, text[max(0, at-80):min(len(text), at+80)])
		}
	}
}

// The README shows what the example prints.
func TestPipelinesReadme(t *testing.T) {
	t.Parallel()
	output, err := exampleWorkspace(t, "ci", opasim.Options{}).run("plan", "-no-color")
	if err != nil {
		t.Error(output)
	}
	inReadme(t, "ci", said(output), "Access to the storefront violates the policy:\n"+strings.Join(violations, "\n")+"\n")
}

// hasEvidence compares the evidence with the access in the simulated tenant.
func (p *pipeline) hasEvidence(readme []byte, shown bool) {
	t := p.t
	t.Helper()
	rows := 0
	for _, server := range p.sim.World().AllServers() {
		if server.ProjectName == "storefront" && server.DeletedAt == "" {
			rows += len(p.sim.World().ResourceRows(server.ID, "server"))
		}
	}
	if n := strings.Count(p.ran.evidence["access.csv"], "\n"); n != rows+1 {
		t.Errorf("the CSV has %d lines, want a header and %d rows:\n%s", n, rows, p.ran.evidence["access.csv"])
	}
	if !strings.Contains(p.ran.summary, "| `web-01` |") {
		t.Errorf("summary:\n%s", p.ran.summary)
	}
	if shown && !strings.Contains(string(readme), strings.TrimSpace(p.ran.summary)) {
		t.Errorf("the README shows another summary than\n%s", p.ran.summary)
	}
	// As CSV, as Markdown, and as HCL.
	for _, row := range []string{"rené.reader,", "`rené.reader`", `"rené.reader"`} {
		if strings.Contains(p.ran.printed, row) {
			t.Errorf("the log has rows:\n%s", p.ran.printed)
		}
	}
	for _, violation := range p.sim.Violations() {
		t.Errorf("against the API's contract: %s", violation)
	}
}

// The policy finds rows that no world of the simulator has, and this test fails
// if a rule is weakened.
func TestPipelinesPolicy(t *testing.T) {
	t.Parallel()
	want := []any{
		"dora.database on web-01 as dora.database (admin): no MFA",
		"larry.linuxadmin on web-01 as larry.linuxadmin (operator): no MFA",
		"paula.pager on web-01 as Administrator (user): no MFA",
		"paula.pager on web-01 as root (user): session not recorded",
		"unknown condition: Passkey",
	}
	tenant := func(t *testing.T) opasim.Options {
		t.Helper()
		return downloads(t, orderly,
			"larry.linuxadmin,human,ACTIVE,web-01,server,larry.linuxadmin,operator,Approval",
			"dora.database,human,ACTIVE,web-01,server,dora.database,admin,Approval",
			"paula.pager,human,ACTIVE,web-01,server,root,user,MFA",
			"paula.pager,human,ACTIVE,web-01,server,Administrator,user,Okta Gateway with Session Recording",
			// These obey the policy, but for a condition that is not known.
			"rené.reader,human,ACTIVE,web-01,server,rene.reader,user,Passkey",
			"rené.reader,human,ACTIVE,web-01,server,rene.reader,user,",
			"rené.reader,human,ACTIVE,web-01,server,rene.reader,admin,MFA",
			`rené.reader,human,ACTIVE,web-01,server,root,user,"Okta Gateway with Session Recording, MFA"`)
	}
	t.Run("as it is", func(t *testing.T) {
		t.Parallel()
		if diff := gocmp.Diff(want, exampleWorkspace(t, "ci", tenant(t)).planned()["violations"]); diff != "" {
			t.Errorf("violations (-want, +got):\n%s", diff)
		}
	})
	for _, weaker := range [][2]string{
		{`row.privileges != "user"`, `row.privileges == "admin"`},
		{` || row.shared_account`, ``},
		{`!row.requires_mfa`, `row.conditions == ""`},
		{`if row.shared_account`, `if row.account == "nobody"`},
		{`!row.records_session`, `row.conditions == ""`},
		{`!row.records_session`, `!row.requires_mfa`},
		{`for text in local.report.unknown_conditions`, `for text in []`},
	} {
		t.Run(weaker[0]+" weakened to "+weaker[1], func(t *testing.T) {
			t.Parallel()
			w := exampleWorkspace(t, "ci", tenant(t))
			w.weaken("main.tf", weaker[0], weaker[1])
			if got := w.planned()["violations"]; gocmp.Equal(want, got) {
				t.Errorf("got %q, want other violations", got)
			}
		})
	}
}

// A runner finds the archive of a release where the README puts it.
func TestMirrorOfARunner(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../examples/ci/README.md")
	if err != nil {
		t.Fatal(err)
	}
	config := regexp.MustCompile("(?s)```hcl\n(.*?)```").FindSubmatch(readme)
	place := regexp.MustCompile(`(?m)^ {4}/opt/terraform/(registry\.terraform\.io/\S+)/terraform-provider-opa_(\S+)_linux_amd64\.zip$`).FindSubmatch(readme)
	if config == nil || place == nil {
		t.Fatal("the README shows no configuration, or no archive")
	}
	w := prepareWorkspace(t, opasim.Start(t, opasim.Options{}), os.DirFS("../../examples/ci"))
	mirror, version := t.TempDir(), string(place[2])
	program, err := providerProgram()
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	var archive bytes.Buffer
	writer := zip.NewWriter(&archive)
	header := &zip.FileHeader{Name: "terraform-provider-opa_v" + version}
	header.SetMode(0o755)
	file, err := writer.CreateHeader(header)
	if err == nil {
		_, err = file.Write(content)
	}
	if err := errors.Join(err, writer.Close()); err != nil {
		t.Fatal(err)
	}
	folder := string(place[1])
	if able.isTofu {
		folder = strings.Replace(folder, "registry.terraform.io", "registry.opentofu.org", 1)
	}
	folder = filepath.Join(mirror, filepath.FromSlash(folder))
	name := fmt.Sprintf("terraform-provider-opa_%s_%s_%s.zip", version, runtime.GOOS, runtime.GOARCH)
	err = os.MkdirAll(folder, 0o700)
	if err := errors.Join(err, os.WriteFile(filepath.Join(folder, name), archive.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
	w.write("cli.tfrc", strings.ReplaceAll(string(config[1]), `"/opt/terraform"`, strconv.Quote(mirror)))
	w.env = append(w.env, "TF_CLI_CONFIG_FILE="+filepath.Join(w.dir, "cli.tfrc"))
	if output, err := w.run("init", "-no-color"); err != nil || !strings.Contains(output, "Installed privileged-access/opa v"+version) {
		t.Errorf("%v\n%s", err, output)
	}
	if output, err := w.run("plan", "-no-color"); err != nil {
		t.Error(output)
	}
}
