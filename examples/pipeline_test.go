package examples_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
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

// pipeline runs a pipeline of an example step by step, like GitHub or GitLab. A
// shell runs the commands of the steps in a copy of the example. The pipeline
// authenticates with an API key, or as a workload that the simulated tenant trusts.
type pipeline struct {
	*clitest.Workspace
	t           *testing.T
	sim         *opasim.Server
	credentials credentials
	event       string // the trigger of the pipeline, in GitLab
	bin         string // first directory of the PATH
	// arguments is the file in which all arguments of curl are recorded.
	arguments string
	result    result
}

// credentials are set in the settings of the repository or the project.
type credentials struct {
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
	runSecret           = "secret-of-this-run"
	projectToken        = "token-of-the-project"
)

var (
	keyCredentials      = credentials{keyID: opasim.DefaultKeyID, keySecret: opasim.DefaultKeySecret}
	workloadCredentials = credentials{connection: ciConnection}
)

// newPipeline returns a pipeline of an example. If refuse is true, the tenant refuses
// its credentials.
func newPipeline(t *testing.T, example string, tenant opasim.Options, refuse bool) *pipeline {
	t.Helper()
	tenant.WorkloadConnection, tenant.WorkloadJWT = ciConnection, ciJWT
	if refuse {
		tenant.KeySecret, tenant.WorkloadJWT = "another", "another"
	}
	sim := opasim.Start(t, tenant)
	p := &pipeline{Workspace: clitest.Prepare(t, sim, os.DirFS(example)), t: t, sim: sim}
	p.result.evidence = map[string]string{}
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
	p.result.printed += string(output)
	p.result.failed = p.result.failed || err != nil
}

// checkSecrets checks that the log, the arguments of curl, and the summary or note
// contain no secret.
func (p *pipeline) checkSecrets() {
	p.t.Helper()
	arguments, _ := os.ReadFile(p.arguments)
	for name, text := range map[string]string{
		"log":             strings.ReplaceAll(p.result.printed, "::add-mask::"+ciJWT, ""),
		"arguments":       string(arguments),
		"summary or note": p.result.summary,
	} {
		clitest.CheckNoSecrets(p.t, name, text, []string{ciJWT, runSecret, projectToken, opasim.DefaultKeySecret})
	}
}

// checkControlCharacters checks that the log, and the summary or note, contain no
// control characters.
func (p *pipeline) checkControlCharacters() {
	p.t.Helper()
	for name, text := range map[string]string{"log": p.result.printed, "summary or note": p.result.summary} {
		hidden := func(r rune) bool { return r != '\n' && unicode.In(r, unicode.C, unicode.Zl, unicode.Zp) }
		if at := strings.IndexFunc(text, hidden); at >= 0 {
			p.t.Errorf("%s: got %q, want no control characters", name, text[max(0, at-80):min(len(text), at+80)])
		}
	}
}

// checkEvidence compares the evidence with the access in the simulated tenant. If
// inReadme is true, the README must contain the summary.
func (p *pipeline) checkEvidence(readme []byte, inReadme bool) {
	t := p.t
	t.Helper()
	rows := 0
	for _, server := range p.sim.World().AllServers() {
		if server.ProjectName == "storefront" && server.DeletedAt == "" {
			rows += len(p.sim.World().ResourceRows(server.ID, "server"))
		}
	}
	if n := strings.Count(p.result.evidence["access.csv"], "\n"); n != rows+1 {
		t.Errorf("got %d lines in the CSV, want a header and %d rows:\n%s", n, rows, p.result.evidence["access.csv"])
	}
	var evidence struct {
		SHA256   string `json:"sha256"`
		Complete bool   `json:"complete"`
	}
	if err := json.Unmarshal([]byte(p.result.evidence["evidence.json"]), &evidence); err != nil {
		t.Error(err)
	}
	if sum := sha256.Sum256([]byte(p.result.evidence["access.csv"])); evidence.SHA256 != hex.EncodeToString(sum[:]) || !evidence.Complete {
		t.Errorf("got the evidence %s, want it complete, with the digest %x of the CSV", p.result.evidence["evidence.json"], sum)
	}
	if !strings.Contains(p.result.summary, "| `web-01` |") {
		t.Errorf("got the summary\n%s\nwant web-01 in it", p.result.summary)
	}
	if inReadme && !strings.Contains(string(readme), strings.TrimSpace(p.result.summary)) {
		t.Errorf("got another summary in the README, want\n%s", p.result.summary)
	}
	// In CSV, Markdown and HCL.
	for _, row := range []string{"rené.reader,", "`rené.reader`", `"rené.reader"`} {
		if strings.Contains(p.result.printed, row) {
			t.Errorf("got rows in the log, want none:\n%s", p.result.printed)
		}
	}
	for _, violation := range p.sim.Violations() {
		t.Errorf("got a request that the API does not know: %s", violation)
	}
}

// saveArtifact copies a file of the job to the evidence, if it exists.
func (p *pipeline) saveArtifact(file string) {
	p.t.Helper()
	if text, err := os.ReadFile(filepath.Join(p.Dir, file)); err == nil {
		p.result.evidence[file] = string(text)
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
