package examples_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"gopkg.in/yaml.v3"

	"github.com/privileged-access/terraform-provider-opa/internal/clitest"
	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// pipeline runs a pipeline of examples/ci step by step, like GitHub or GitLab. A
// shell runs the commands of the steps in a copy of the example. The pipeline
// authenticates with an API key, or as a workload that the simulated tenant trusts.
type pipeline struct {
	*clitest.Workspace
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

// result is the result of a run.
type result struct {
	failed   bool
	printed  string
	summary  string            // or the note in GitLab
	evidence map[string]string // files of the artifact, by name
	left     []string          // files with rows that remain in the job directory
}

// Secrets of the platforms: runSecret requests the token of the job in GitHub, and
// projectToken creates notes in GitLab.
const (
	ciConnection, ciJWT = "ci", "header.payload-of-the-job.signature"
	ofThisRun           = "secret-of-this-run"
	ofTheProject        = "token-of-the-project"
)

var (
	byKey      = signIn{keyID: opasim.DefaultKeyID, keySecret: opasim.DefaultKeySecret}
	byWorkload = signIn{connection: ciConnection}
)

// newPipeline returns a pipeline. If refuse is true, the tenant refuses its
// credentials.
func newPipeline(t *testing.T, tenant opasim.Options, refuse bool) *pipeline {
	t.Helper()
	tenant.WorkloadConnection, tenant.WorkloadJWT = ciConnection, ciJWT
	if refuse {
		tenant.KeySecret, tenant.WorkloadJWT = "another", "another"
	}
	sim := opasim.Start(t, tenant)
	p := &pipeline{Workspace: clitest.Prepare(t, sim, os.DirFS("ci")), t: t, sim: sim}
	p.ran.evidence = map[string]string{}
	// terraform is the CLI under test. The pipelines do not inherit the environment,
	// in particular no key.
	bin := t.TempDir()
	p.bin = bin
	if err := os.Symlink(clitest.Path(), filepath.Join(bin, "terraform")); err != nil {
		t.Fatal(err)
	}
	// Record the arguments of curl, because all users of a runner can read the
	// arguments of processes.
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Fatal(err)
	}
	p.arguments = filepath.Join(bin, "arguments")
	p.stub("curl", fmt.Sprintf("printf '%%s\\n' \"$@\" >> '%s'\nexec '%s' \"$@\"", p.arguments, curl))
	config, err := clitest.MirrorConfig()
	if err != nil {
		t.Fatal(err)
	}
	p.Env = []string{"PATH=" + bin + ":" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "TF_CLI_CONFIG_FILE=" + config, "CHECKPOINT_DISABLE=1"}
	return p
}

// stub adds a script to the PATH of the pipeline.
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
	command.Dir, command.Env = p.Dir, append(slices.Clone(p.Env), env...)
	output, err := command.CombinedOutput()
	p.ran.printed += string(output)
	p.ran.failed = p.ran.failed || err != nil
}

// keepsSecrets checks that no secret is where others can read it.
func (p *pipeline) keepsSecrets() {
	p.t.Helper()
	arguments, _ := os.ReadFile(p.arguments)
	for name, text := range map[string]string{
		"log":                 strings.ReplaceAll(p.ran.printed, "::add-mask::"+ciJWT, ""),
		"arguments":           string(arguments),
		"the summary or note": p.ran.summary,
	} {
		clitest.CheckNoSecrets(p.t, name, text, []string{ciJWT, ofThisRun, ofTheProject, opasim.DefaultKeySecret})
	}
}

// printsNoControlCharacters checks the log and what is shown on the platform's
// pages.
func (p *pipeline) printsNoControlCharacters() {
	p.t.Helper()
	for name, text := range map[string]string{"the log": p.ran.printed, "the summary or note": p.ran.summary} {
		hidden := func(r rune) bool { return r != '\n' && unicode.In(r, unicode.C, unicode.Zl, unicode.Zp) }
		if at := strings.IndexFunc(text, hidden); at >= 0 {
			p.t.Errorf("%s: got %q, want no control characters", name, text[max(0, at-80):min(len(text), at+80)])
		}
	}
}

// hasEvidence compares the evidence with the access in the simulated tenant.
func (p *pipeline) hasEvidence(readme []byte, inReadme bool) {
	t := p.t
	t.Helper()
	rows := 0
	for _, server := range p.sim.World().AllServers() {
		if server.ProjectName == "storefront" && server.DeletedAt == "" {
			rows += len(p.sim.World().ResourceRows(server.ID, "server"))
		}
	}
	if n := strings.Count(p.ran.evidence["access.csv"], "\n"); n != rows+1 {
		t.Errorf("got %d lines in the CSV, want a header and %d rows:\n%s", n, rows, p.ran.evidence["access.csv"])
	}
	if !strings.Contains(p.ran.summary, "| `web-01` |") {
		t.Errorf("summary:\n%s", p.ran.summary)
	}
	if inReadme && !strings.Contains(string(readme), strings.TrimSpace(p.ran.summary)) {
		t.Errorf("the README shows another summary than\n%s", p.ran.summary)
	}
	// In CSV, Markdown and HCL.
	for _, row := range []string{"rené.reader,", "`rené.reader`", `"rené.reader"`} {
		if strings.Contains(p.ran.printed, row) {
			t.Errorf("the log has rows:\n%s", p.ran.printed)
		}
	}
	for _, violation := range p.sim.Violations() {
		t.Errorf("got a request that the API does not know: %s", violation)
	}
}

func (p *pipeline) keep(file string) {
	p.t.Helper()
	if text, err := os.ReadFile(filepath.Join(p.Dir, file)); err == nil {
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
