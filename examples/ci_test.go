package examples_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/privileged-access/terraform-provider-opa/internal/clitest"
	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// violations are the policy violations in the default world of the simulator.
var violations = []string{
	"larry.linuxadmin on app-01 as root (user): no MFA",
	"larry.linuxadmin on cache-01 as root (user): no MFA",
	"larry.linuxadmin on db-02 as root (user): no MFA",
	"larry.linuxadmin on web-01 as larry.linuxadmin (admin): no MFA",
	"larry.linuxadmin on web-01 as root (user): no MFA",
	"larry.linuxadmin on web-02 as root (user): no MFA",
}

// hostile is a user name that clears the screen, reverses the rest of its line,
// and adds lines to the log, if it is printed unchanged.
const hostile = "lar\x1b[2Jry\u202e\u2066\u009b\u007f\b\r\nAccess to the storefront obeys the policy.\nnobody"

// The pipelines fail if the policy is violated, and store the evidence
// nevertheless. They pass if access complies with the policy. They fail if a
// report fails.
func TestPipelines(t *testing.T) {
	t.Parallel()
	clitest.NeedCommands(t, "bash", "curl", "jq", "openssl")
	violated := defaultWorld(t)
	leftover := "hostname = \"web-01\"\n    }\n    individual = [\"admin\"]\n"
	obeyed := strings.Replace(violated, leftover, leftover+"    conditions = [\"mfa\"]\n", 1)
	obeyed = strings.Replace(obeyed, `["gateway_with_session_recording", "access_request"]`, `["gateway_with_session_recording", "mfa"]`, 1)
	readme, err := os.ReadFile("ci/README.md")
	if err != nil {
		t.Fatal(err)
	}

	tests := map[string]struct {
		world   string
		project string // overrides the default of the example
		extra   string // HCL
		rows    []string
		// unwritten removes the command that writes violations.txt.
		unwritten bool
		refuse    bool // refuse the credentials
		fails     bool
		contains  []string
		evidence  bool
		// workload also runs the case with a workload instead of an API key.
		workload bool
	}{
		"policy violated": {world: violated, fails: true, contains: append([]string{"violates the policy"}, violations...), evidence: true, workload: true},
		"policy obeyed":   {world: obeyed, contains: []string{"obeys the policy"}, evidence: true, workload: true},
		"warning": {
			world: obeyed, extra: "data \"opa_user_access_reports\" \"nobody\" {\n  user_names  = []\n  allow_empty = true\n}\n",
			contains: []string{"obeys the policy", "Warning: Empty selection", "user_names is an empty set"}, evidence: true,
		},
		"project without servers": {
			world:   violated + "resource_group \"moved\" {\n  project \"emptied\" {}\n}\n",
			project: "emptied", fails: true, contains: []string{"Error: Empty selection", `No server was found in the project "emptied".`},
		},
		"unknown conditions": {
			world: violated, rows: []string{`dora.database,human,ACTIVE,web-01,server,dora.database,user,"MFA, Moon phase"`},
			fails: true, contains: []string{"\nunknown condition: MFA, Moon phase\n", "violates the policy"},
		},
		"names that contain workflow commands": {
			world: violated, rows: []string{
				"##[add-mask]larry,human,ACTIVE,web-01,server,larry.linuxadmin,admin,",
				"::add-mask::dora,human,ACTIVE,web-01,server,dora.database,admin,",
			},
			fails: true, contains: []string{"##[add-mask]larry on web-01 as larry.linuxadmin (admin): no MFA\n", "\n::add-mask::dora on web-01 as dora.database (admin): no MFA\n", "violates the policy"},
		},
		"names with control characters": {
			world: violated, rows: []string{`"` + hostile + `",human,ACTIVE,web-01,server,larry.linuxadmin,admin,`},
			fails: true, contains: []string{"\nlar�[2Jry���", "Access to the storefront obeys the policy.�nobody on web-01 as larry.linuxadmin (admin): no MFA\n", "violates the policy"},
		},
		"no access": {
			world:   violated + "resource_group \"moved\" {\n  project \"lonely\" {\n    server \"nobodys\" {}\n  }\n}\n",
			project: "lonely", fails: true, contains: []string{"Nobody has access to any server of the project lonely"},
		},
		"missing violations.txt": {world: violated, unwritten: true, fails: true, evidence: true},
		"refused credentials":    {world: obeyed, refuse: true, fails: true, contains: []string{" refused\n"}, workload: true},
	}
	for platform, run := range map[string]func(*pipeline){"GitHub": runGitHub, "GitLab": runGitLab} {
		for method, c := range map[string]credentials{"key": keyCredentials, "workload": workloadCredentials} {
			for name, test := range tests {
				if method == "workload" && !test.workload {
					continue // only authentication differs
				}
				t.Run(fmt.Sprintf("%s, %s, %s", platform, method, name), func(t *testing.T) {
					t.Parallel()
					tenant := opasim.Options{World: clitest.World(t, test.world)}
					if test.rows != nil {
						tenant = tenantWithRows(t, test.world, test.rows...)
					}
					p := newPipeline(t, "ci", tenant, test.refuse)
					p.credentials, p.event = c, "merge_request_event"
					if test.project != "" {
						p.Env = append(p.Env, "TF_VAR_project="+test.project)
					}
					p.Write("extra.tf", test.extra)
					if test.unwritten {
						file := map[string]string{"GitHub": ".github/workflows/access.yml", "GitLab": ".gitlab-ci.yml"}[platform]
						p.Replace(file, "jq -r '.planned_values.outputs.violations.value[]' plan.json > violations.txt", "true")
					}
					run(p)
					obeyed := slices.Contains(strings.Split(p.result.printed, "\n"), "Access to the storefront obeys the policy.")
					if p.result.failed != test.fails || test.fails == obeyed {
						t.Errorf("got failed %v and obeyed %v, want failed %v\n%s", p.result.failed, obeyed, test.fails, p.result.printed)
					}
					for _, want := range test.contains {
						if !strings.Contains(clitest.Words(p.result.printed), want) && !strings.Contains(p.result.printed, want) {
							t.Errorf("want %q in the log, got:\n%s", want, p.result.printed)
						}
					}
					p.checkControlCharacters()
					want := platform == "GitHub" && test.extra != ""
					if got := strings.Contains(p.result.printed, "\n::warning::Empty selection\n"); got != want {
						t.Errorf("got an annotation: %t, want %t\n%s", got, want, p.result.printed)
					}
					p.checkSecrets()
					switch {
					case test.evidence:
						p.checkEvidence(readme, test.fails)
					case test.rows != nil:
						if user, _, _ := strings.Cut(test.rows[0], ","); !strings.Contains(p.result.evidence["access.csv"], user+",") {
							t.Errorf("got the evidence %q, want the user %q as in the report", p.result.evidence, user)
						}
					case p.result.evidence["access.csv"] != "" || p.result.summary != "":
						t.Errorf("got evidence or a summary, want none: %+v", p.result)
					}
					if len(p.result.left) > 0 {
						t.Errorf("got leftover files with rows %s, want none", p.result.left)
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
			p := newPipeline(t, "ci", opasim.Options{World: clitest.World(t, obeyed)}, false)
			p.credentials, p.event = keyCredentials, event
			runGitLab(p)
			if ran := len(p.sim.Requests()) > 0; p.result.failed || ran != runs || (p.result.evidence["access.csv"] != "") != runs || p.result.summary != "" {
				t.Errorf("got requests: %t, want %t, and no summary without a merge request\n%+v", ran, runs, p.result)
			}
		})
	}
}

// The README of examples/ci shows the current output.
func TestPipelinesReadme(t *testing.T) {
	t.Parallel()
	output, err := workspace(t, "ci", opasim.Options{}).Run("plan", "-no-color")
	if err != nil {
		t.Error(output)
	}
	inReadme(t, "ci", clitest.Normalize(output), "Access to the storefront violates the policy:\n"+strings.Join(violations, "\n")+"\n")
}

// The policy finds violations in rows that the simulator does not generate. The
// subtests check that each rule is necessary.
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
		return tenantWithRows(t, compliant,
			"larry.linuxadmin,human,ACTIVE,web-01,server,larry.linuxadmin,operator,Approval",
			"dora.database,human,ACTIVE,web-01,server,dora.database,admin,Approval",
			"paula.pager,human,ACTIVE,web-01,server,root,user,MFA",
			"paula.pager,human,ACTIVE,web-01,server,Administrator,user,Okta Gateway with Session Recording",
			// These comply with the policy, except for one unknown condition.
			"rené.reader,human,ACTIVE,web-01,server,rene.reader,user,Passkey",
			"rené.reader,human,ACTIVE,web-01,server,rene.reader,user,",
			"rené.reader,human,ACTIVE,web-01,server,rene.reader,admin,MFA",
			`rené.reader,human,ACTIVE,web-01,server,root,user,"Okta Gateway with Session Recording, MFA"`)
	}
	t.Run("unchanged", func(t *testing.T) {
		t.Parallel()
		if diff := gocmp.Diff(want, workspace(t, "ci", tenant(t)).PlannedOutputs()["violations"]); diff != "" {
			t.Errorf("got other violations (-want, +got):\n%s", diff)
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
			w := workspace(t, "ci", tenant(t))
			w.Replace("main.tf", weaker[0], weaker[1])
			if got := w.PlannedOutputs()["violations"]; gocmp.Equal(want, got) {
				t.Errorf("got %q, want other violations", got)
			}
		})
	}
}

// init installs the archive of a release from the filesystem mirror that the
// README describes.
func TestFilesystemMirrorOfRunner(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("ci/README.md")
	if err != nil {
		t.Fatal(err)
	}
	config := regexp.MustCompile("(?s)```hcl\n(.*?)```").FindSubmatch(readme)
	archivePath := regexp.MustCompile(`(?m)^ {4}/opt/terraform/(registry\.terraform\.io/\S+)/terraform-provider-opa_(\S+)_linux_amd64\.zip$`).FindSubmatch(readme)
	if config == nil || archivePath == nil {
		t.Fatal("README: got no mirror configuration or no archive path, want both")
	}
	w := clitest.Prepare(t, opasim.Start(t, opasim.Options{}), os.DirFS("ci"))
	mirror, version := t.TempDir(), string(archivePath[2])
	program, err := clitest.Program()
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
	folder := string(archivePath[1])
	if clitest.Able.IsTofu {
		folder = strings.Replace(folder, "registry.terraform.io", "registry.opentofu.org", 1)
	}
	folder = filepath.Join(mirror, filepath.FromSlash(folder))
	name := fmt.Sprintf("terraform-provider-opa_%s_%s_%s.zip", version, runtime.GOOS, runtime.GOARCH)
	err = os.MkdirAll(folder, 0o700)
	if err := errors.Join(err, os.WriteFile(filepath.Join(folder, name), archive.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
	w.Write("cli.tfrc", strings.ReplaceAll(string(config[1]), `"/opt/terraform"`, strconv.Quote(mirror)))
	w.Env = append(w.Env, "TF_CLI_CONFIG_FILE="+filepath.Join(w.Dir, "cli.tfrc"))
	if output, err := w.Run("init", "-no-color"); err != nil || !strings.Contains(output, "Installed privileged-access/opa v"+version) {
		t.Errorf("init: got %v and %s\nwant version %s installed", err, output, version)
	}
	if output, err := w.Run("plan", "-no-color"); err != nil {
		t.Error(output)
	}
}
