package provider_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"html"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// workspace is a folder in which the CLI runs as a user runs it: with the
// provider as a program of its own, found by init in a mirror.
type workspace struct {
	t   *testing.T
	dir string
	env []string
}

// providerProgram returns the path of the provider's program, built once for all tests.
var providerProgram = sync.OnceValues(func() (string, error) {
	program := filepath.Join(filepath.Dir(os.Getenv("TF_CLI_CONFIG_FILE")), "terraform-provider-opa")
	output, err := exec.Command("go", "build", "-ldflags=-s -w", "-o", program, "../..").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, output)
	}
	return program, nil
})

// built is the CLI's configuration with a mirror, made once for all tests: of the
// provider as it is built here, or of the archives of a release in the folder
// that DIST names, which stay packed.
var built = sync.OnceValues(func() (string, error) {
	const version = "0.0.1"
	dir := filepath.Join(filepath.Dir(os.Getenv("TF_CLI_CONFIG_FILE")), "mirror")
	for _, host := range []string{"registry.terraform.io", "registry.opentofu.org"} {
		place := filepath.Join(dir, host, "privileged-access", "opa")
		if dist := os.Getenv("DIST"); dist != "" {
			if err := mirrorArchives(place, dist); err != nil {
				return "", err
			}
			continue
		}
		program, err := providerProgram()
		if err != nil {
			return "", err
		}
		mirrored := filepath.Join(place, version, runtime.GOOS+"_"+runtime.GOARCH, "terraform-provider-opa_v"+version)
		if runtime.GOOS == "windows" {
			mirrored += ".exe"
		}
		if err := errors.Join(os.MkdirAll(filepath.Dir(mirrored), 0o700), os.Link(program, mirrored)); err != nil {
			return "", err
		}
	}
	config := fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", dir)
	return dir + ".tfrc", os.WriteFile(dir+".tfrc", []byte(config), 0o600)
})

func mirrorArchives(place, dist string) error {
	archives, err := filepath.Glob(filepath.Join(dist, "terraform-provider-opa_*.zip"))
	if err != nil || len(archives) == 0 {
		return fmt.Errorf("no archives in %s: %w", dist, err)
	}
	if err := os.MkdirAll(place, 0o700); err != nil {
		return err
	}
	for _, archive := range archives {
		content, err := os.ReadFile(archive)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(place, filepath.Base(archive)), content, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// initialized returns the folder in which init was run once for all tests, with
// nothing in the configuration but the provider.
var initialized = sync.OnceValues(func() (string, error) {
	config, err := built()
	if err != nil {
		return "", err
	}
	dir := strings.TrimSuffix(config, ".tfrc") + ".init"
	versions := "terraform {\n  required_providers {\n    opa = { source = \"privileged-access/opa\" }\n  }\n}\n"
	err = os.MkdirAll(dir, 0o700)
	if err := errors.Join(err, os.WriteFile(filepath.Join(dir, "versions.tf"), []byte(versions), 0o600)); err != nil {
		return "", err
	}
	command := exec.Command(os.Getenv("TF_ACC_TERRAFORM_PATH"), "init", "-no-color")
	command.Dir, command.Env = dir, append(os.Environ(), "TF_CLI_CONFIG_FILE="+config)
	if output, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("init: %w\n%s", err, output)
	}
	return dir, os.Remove(filepath.Join(dir, "versions.tf"))
})

// newWorkspace is a workspace with the files given and init done.
func newWorkspace(t *testing.T, sim *opasim.Server, files fs.FS) *workspace {
	t.Helper()
	w := prepareWorkspace(t, sim, files)
	all, err := filepath.Glob(filepath.Join(w.dir, "*.tf*"))
	if err != nil {
		t.Fatal(err)
	}
	// Without modules, init does the same for all of them.
	if !mention(all, "module") {
		dir, err := initialized()
		if err != nil {
			t.Fatal(err)
		}
		if err := os.CopyFS(w.dir, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		return w
	}
	if output, err := w.run("init", "-no-color"); err != nil {
		t.Fatal(output)
	}
	return w
}

// prepareWorkspace is a workspace with the files given, without init.
func prepareWorkspace(t *testing.T, sim *opasim.Server, files fs.FS) *workspace {
	t.Helper()
	needCLI(t)
	config, err := built()
	if err != nil {
		t.Fatal(err)
	}
	w := &workspace{t: t, dir: t.TempDir()}
	if err := os.CopyFS(w.dir, files); err != nil {
		t.Fatal(err)
	}
	if all, err := filepath.Glob(filepath.Join(w.dir, "*.tf")); err != nil || !mention(all, "required_providers") {
		w.write("versions.tf", `terraform {
			required_providers {
				opa = { source = "privileged-access/opa" }
			}
		}`)
	}
	w.env = append(os.Environ(), "TF_CLI_CONFIG_FILE="+config,
		"OPA_BASE_URL="+sim.URL, "OPA_TEAM="+opasim.DefaultTeam, "OPA_KEY_ID="+opasim.DefaultKeyID, "OPA_KEY_SECRET="+opasim.DefaultKeySecret)
	return w
}

// refusesEphemeral holds what a CLI that is too old for ephemeral blocks makes
// of a configuration with some: a clear word, which is the CLI's own and comes
// before any provider is started, and no crash.
func refusesEphemeral(t *testing.T, sim *opasim.Server, files fs.FS) {
	t.Helper()
	w := prepareWorkspace(t, sim, files)
	output, err := w.run("init", "-no-color")
	refusesBlocks := strings.Contains(output, `Blocks of type "ephemeral" are not expected here.`)
	refusesVersion := regexp.MustCompile(`Unsupported (Terraform|OpenTofu) Core version`).MatchString(output)
	if err == nil || !refusesBlocks && !refusesVersion {
		t.Errorf("%v\n%s", err, output)
	}
	if strings.Contains(output, "panic") || strings.Contains(output, "CRASH") {
		t.Errorf("the CLI crashed:\n%s", output)
	}
	if requests := sim.Requests(); len(requests) > 0 {
		t.Errorf("the tenant was asked: %v", requests)
	}
}

func mention(files []string, word string) bool {
	for _, file := range files {
		if text, err := os.ReadFile(file); err == nil && bytes.Contains(text, []byte(word)) {
			return true
		}
	}
	return false
}

func (w *workspace) write(name, text string) {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(w.dir, name), []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

func (w *workspace) command(ctx context.Context, arguments ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, os.Getenv("TF_ACC_TERRAFORM_PATH"), arguments...)
	command.Dir, command.Env = w.dir, w.env
	return command
}

// needCommands is for tests of what users run in a shell. Where they are not
// there, such a test is skipped, but not in CI, which brings them.
func needCommands(t *testing.T, commands ...string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("this runs commands in a POSIX shell")
	}
	for _, command := range commands {
		switch _, err := exec.LookPath(command); {
		case err != nil && os.Getenv("CI") != "":
			t.Fatal(err)
		case err != nil:
			t.Skipf("%s is not on the PATH", command)
		}
	}
}

// run gives what a command of the CLI prints.
func (w *workspace) run(arguments ...string) (string, error) {
	output, err := w.command(w.t.Context(), arguments...).CombinedOutput()
	return string(output), err
}

// ownTest are the examples that a plan in the default world refuses, or that
// need variables. Their own tests say what is expected of them.
var ownTest = map[string]bool{"assertions": true, "module-tests": true}

// showsOutputs are the examples that answer a question.
var showsOutputs = regexp.MustCompile(`/(data-sources|functions)/`)

// Every other example is planned against the simulator's world.
func TestExamples(t *testing.T) {
	t.Parallel()
	directories := map[string]bool{}
	err := filepath.WalkDir("../../examples", func(path string, _ fs.DirEntry, err error) error {
		if filepath.Ext(path) == ".tf" {
			directories[filepath.Dir(path)] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	schema := newServer(t).schema
	for name := range schema.DataSourceSchemas {
		if !directories[filepath.FromSlash("../../examples/data-sources/"+name)] {
			t.Errorf("%s has no example", name)
		}
	}
	for name := range schema.Functions {
		if !directories[filepath.FromSlash("../../examples/functions/"+name)] {
			t.Errorf("the function %s has no example", name)
		}
	}
	for directory := range directories {
		name := filepath.ToSlash(strings.TrimPrefix(directory, "../../examples/"))
		if ownTest[name] {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := opasim.Start(t, opasim.Options{})
			if !able.ephemeral && strings.Contains(directory, "ephemeral-resources") {
				refusesEphemeral(t, sim, os.DirFS(directory))
				return
			}
			w := newWorkspace(t, sim, os.DirFS(directory))
			if output, err := w.run("plan", "-no-color"); err != nil {
				t.Error(output)
			} else if showsOutputs.MatchString(filepath.ToSlash(directory)) && !strings.Contains(output, "Changes to Outputs") {
				t.Errorf("the example shows nothing:\n%s", output)
			} else if name == "demo" {
				for line := range strings.Lines(output) {
					if width := utf8.RuneCountInString(strings.TrimRight(line, "\r\n")); width > 80 {
						t.Errorf("%d columns: %s", width, line)
					}
				}
			}
		})
	}
}

// The example of report_diff fails as soon as somebody has more access than
// was approved, and says who; less access passes, and is shown.
func TestAccessBeyondTheApprovedFailsThePlan(t *testing.T) {
	t.Parallel()
	sim := opasim.Start(t, opasim.Options{})
	w := newWorkspace(t, sim, os.DirFS("../../examples/functions/report_diff"))

	sim.SetWorld(world(t, defaultWorld(t)+grant("windows-admins", "web-01", `shared = ["root"]`, `"mfa"`)))
	output, err := w.run("plan", "-no-color")
	if err == nil || !strings.Contains(output, "Access to web-01 that is not approved") || !strings.Contains(output, "wanda.windowsadmin as root (user, conditions: MFA)") {
		t.Errorf("%v\n%s", err, output)
	}
	if n := strings.Count(output, ", conditions: "); n != 1 {
		t.Errorf("%d rows are said to be new:\n%s", n, output)
	}

	sim.SetWorld(world(t, strings.Replace(defaultWorld(t), `members = ["ci-deployer", `, "members = [", 1)))
	output, err = w.run("plan", "-no-color")
	if err != nil || strings.Count(output, "user_name") != 1 || !strings.Contains(output, `"ci-deployer"`) {
		t.Errorf("%v\n%s", err, output)
	}
}

// Many reports in one read, each of which logs at the same time.
func TestABatchOnTheCLI(t *testing.T) {
	t.Parallel()
	world := opasim.GenerateWorld(120, 3)
	sim := opasim.Start(t, opasim.Options{World: world, Generation: 100 * time.Millisecond})
	w := newWorkspace(t, sim, os.DirFS("../../examples/provider"))
	w.write("provider.tf", "")
	w.write("main.tf", `
		terraform {
			required_providers {
				opa = { source = "privileged-access/opa" }
			}
		}
		data "opa_user_access_reports" "all" { group_name = "all-users" }
		output "rows" { value = "there are ${length(data.opa_user_access_reports.all.rows)} rows" }
	`)
	if output, err := w.run("plan", "-no-color"); err != nil || !strings.Contains(output, "there are 360 rows") {
		t.Error(output)
	}
}

func TestCtrlCEndsThePlan(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Go cannot send Ctrl-C to another process on Windows")
	}
	sim := opasim.Start(t, opasim.Options{Generation: time.Hour})
	w := newWorkspace(t, sim, os.DirFS("../../examples/data-sources/opa_user_access_report"))
	var output bytes.Buffer
	plan := w.command(t.Context(), "plan", "-no-color")
	plan.Stdout, plan.Stderr = &output, &output
	if err := plan.Start(); err != nil {
		t.Fatal(err)
	}
	for sim.Count(http.MethodGet, "/access_reports/{id}") == 0 {
		time.Sleep(time.Millisecond)
	}
	interrupted := time.Now()
	if err := plan.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	err := plan.Wait()
	// A second or less is the aim; here it is only told from waiting on.
	if err == nil || time.Since(interrupted) > 20*time.Second || !strings.Contains(output.String(), "Error: Cancelled") {
		t.Errorf("%v after %s\n%s", err, time.Since(interrupted), &output)
	}
	t.Logf("ended %s after Ctrl-C", time.Since(interrupted))
}

// No secret is in what the CLI prints, logs at TRACE, plans or keeps.
func TestSecretsStayOut(t *testing.T) {
	t.Parallel()
	const canary = `canary/secret+of the:key%&<of>"it`
	repeated := func(path string, status int, said string) []opasim.Fault {
		return []opasim.Fault{{Path: path, Status: status, Body: []byte(said)}}
	}
	for name, test := range map[string]struct {
		secret string
		fails  bool
		faults []opasim.Fault
	}{
		"all is well":           {secret: canary},
		"the key is refused":    {secret: canary + "!", fails: true},
		"a proxy echoes it":     {secret: canary, fails: true, faults: []opasim.Fault{{Path: "/service_token", Status: 400, Body: []byte(`{"message":"cannot read ` + canary + `"}`)}}},
		"reads fail":            {secret: canary, fails: true, faults: []opasim.Fault{{Path: "/access_reports/{id}/report", Status: 400}}},
		"a list fails":          {secret: canary, fails: true, faults: []opasim.Fault{{Path: "/all_servers", Status: 500, Body: []byte("<html>" + canary)}}},
		"it comes back as JSON": {secret: canary, fails: true, faults: repeated("/service_token", 400, `{"message":`+jsonOf("you sent "+jsonOf(canary))+`}`)},
		"in entities":           {secret: canary, fails: true, faults: repeated("/users/{name}", 400, html.EscapeString(canary))},
		"in percent":            {secret: canary, fails: true, faults: repeated("/users/{name}", 503, strings.ToLower(url.QueryEscape(canary)))},
		"in a header":           {secret: canary, fails: true, faults: []opasim.Fault{{Path: "/users/{name}", Header: http.Header{"Content-Encoding": {canary}}}}},
		"in a report":           {secret: canary, fails: true, faults: repeated("/access_reports/{id}/report", 200, "X-Sent,"+url.PathEscape(canary))},
		"connections are lost":  {secret: canary, fails: true, faults: []opasim.Fault{{Path: "/users/{name}", Close: true}}},
		"an answer is garbled":  {secret: canary, fails: true, faults: []opasim.Fault{{Path: "/service_token", After: true, Cut: true, CutAfter: -3}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := opasim.Start(t, opasim.Options{KeySecret: canary, Faults: test.faults, Generation: 50 * time.Millisecond})
			w := newWorkspace(t, sim, os.DirFS("../../examples/demo"))
			// Messages quote the configuration, so that is where the secret stands when
			// something fails. A plan has the configuration in it, whoever wrote it:
			// there the secret comes from the environment, as the docs say.
			argument := "null"
			if test.fails {
				argument = "var.secret"
			}
			w.write("main.tf", fmt.Sprintf(`
				terraform {
					required_providers {
						opa = { source = "privileged-access/opa" }
					}
				}
				variable "secret" {
					sensitive = true
				}
				provider "opa" {
					key_id      = %q
					key_secret  = %s
					max_retries = 1
				}
				data "opa_user_access_report" "larry" {
					user_name = "larry.linuxadmin"
					max_age   = "1h"
				}
				data "opa_resource_access_report" "web" { hostname = "web-01" }
				data "opa_user_access_reports" "staff" {
					group_name    = "staff"
					allow_partial = true
				}
				data "opa_resource_access_reports" "storefront" { project_name = "storefront" }
				data "opa_access_report" "again" {
					report_id   = data.opa_user_access_report.larry.report_id
					include_csv = true
				}
				data "opa_access_reports" "all" {}
				data "opa_user" "larry" { name = "larry.linuxadmin" }
				data "opa_users" "all" {}
				data "opa_group_members" "staff" { group_name = "staff" }
				data "opa_server" "web" { hostname = "web-01" }
				data "opa_servers" "all" {}
				output "markdown" { value = provider::opa::report_markdown(data.opa_user_access_reports.staff.rows) }
				output "larry" { value = data.opa_user_access_report.larry.rows }
				output "web" { value = data.opa_resource_access_report.web.csv }
			`, opasim.DefaultKeyID, argument))
			if able.ephemeral {
				w.write("ephemeral.tf", `
					ephemeral "opa_user_access_report" "larry" { user_name = "larry.linuxadmin" }
					ephemeral "opa_resource_access_report" "web" { hostname = "web-01" }
					ephemeral "opa_service_token" "token" {}
				`)
			}
			w.env = append(w.env, "TF_LOG=TRACE", "OPA_KEY_SECRET="+test.secret, "TF_VAR_secret=unused")
			if test.fails {
				w.env = append(w.env, "OPA_KEY_SECRET=", "TF_VAR_secret="+test.secret)
			}
			printed, err := w.run("plan", "-no-color", "-out=plan.bin")
			if (err != nil) != test.fails {
				t.Fatalf("%v\n%s", err, printed)
			}
			if !strings.Contains(printed, "provider.terraform-provider-opa.opa_client") && !strings.Contains(printed, "API request") {
				t.Error("the client's log is missing, so that this test would find nothing in it")
			}
			if !test.fails {
				for _, arguments := range [][]string{{"show", "-json", "plan.bin"}, {"apply", "-no-color", "plan.bin"}, {"show", "-json"}} {
					output, err := w.run(arguments...)
					if err != nil {
						t.Fatal(output)
					}
					find(t, strings.Join(arguments, " "), output, append(sim.IssuedTokens(), test.secret))
				}
			}
			secrets := append(sim.IssuedTokens(), test.secret)
			if len(secrets) < 2 && name == "all is well" {
				t.Error("no token was issued")
			}
			find(t, "what is printed", printed, secrets)
			if !test.fails {
				for file, text := range kept(t, w.dir) {
					find(t, file, text, secrets)
				}
			}
		})
	}
}

// kept is the text of the files that the CLI leaves: the state, and what is in
// the plan, which is a ZIP archive.
func kept(t *testing.T, dir string) map[string]string {
	t.Helper()
	texts := map[string]string{}
	state, err := os.ReadFile(filepath.Join(dir, "terraform.tfstate"))
	if err != nil {
		t.Fatal(err)
	}
	texts["the state"] = string(state)
	plan, err := zip.OpenReader(filepath.Join(dir, "plan.bin"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = plan.Close() }()
	for _, entry := range plan.File {
		reader, err := entry.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(reader)
		if err != nil {
			t.Fatal(err)
		}
		texts["the plan's "+entry.Name] = string(text)
	}
	if len(texts) < 4 || texts["the plan's tfplan"] == "" {
		t.Errorf("the plan was not read: %d files", len(texts))
	}
	return texts
}

// So it is with the other secrets by which the provider signs in.
func TestOtherSecretsStayOut(t *testing.T) {
	t.Parallel()
	const canary = "abcdefghijklmnopqrstuvwxyz+0123/456789="
	echo := func(text string) opasim.Fault {
		return opasim.Fault{Path: "/v1/*", Status: 400, Body: []byte(`{"message":` + jsonOf(jsonOf("you sent "+text)) + `}`)}
	}
	for name, env := range map[string][]string{
		"a token that comes back": {"OPA_KEY_ID=", "OPA_KEY_SECRET=", "OPA_BEARER_TOKEN=" + canary},
		"a JWT that comes back":   {"OPA_KEY_ID=", "OPA_KEY_SECRET=", "OPA_WORKLOAD_CONNECTION=ci", "OPA_WORKLOAD_JWT=" + canary},
		"a ready token":           {"OPA_KEY_ID=", "OPA_KEY_SECRET=", "OPA_BEARER_TOKEN=" + canary},
		"a token that is refused": {"OPA_KEY_ID=", "OPA_KEY_SECRET=", "OPA_BEARER_TOKEN=x" + canary},
		"a workload":              {"OPA_KEY_ID=", "OPA_KEY_SECRET=", "OPA_WORKLOAD_CONNECTION=ci", "OPA_WORKLOAD_JWT=" + canary},
		"a workload refused":      {"OPA_KEY_ID=", "OPA_KEY_SECRET=", "OPA_WORKLOAD_CONNECTION=ci", "OPA_WORKLOAD_JWT=x" + canary},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := opasim.Start(t, opasim.Options{StaticTokens: []string{canary}, WorkloadConnection: "ci", WorkloadJWT: canary})
			if strings.Contains(name, "comes back") {
				sim.SetFaults(echo(canary + " and " + base64.StdEncoding.EncodeToString([]byte(canary))))
			}
			w := newWorkspace(t, sim, os.DirFS("../../examples/data-sources/opa_resource_access_reports"))
			w.env = append(append(w.env, env...), "TF_LOG=TRACE")
			printed, err := w.run("plan", "-no-color", "-out=plan.bin")
			if fails := strings.Contains(name, "refused") || strings.Contains(name, "comes back"); (err != nil) != fails {
				t.Errorf("%v\n%s", err, printed)
			}
			find(t, "what is printed", printed, append(sim.IssuedTokens(), canary))
		})
	}
}

func find(t *testing.T, where, text string, secrets []string) {
	t.Helper()
	for _, secret := range secrets {
		for form, encoded := range map[string]string{
			"plain": secret, "in base64": base64.StdEncoding.EncodeToString([]byte(secret)), "URL-encoded": url.QueryEscape(secret), "path-encoded": url.PathEscape(secret),
			"in JSON": strings.Trim(jsonOf(secret), `"`), "in HTML": html.EscapeString(secret), "in small": strings.ToLower(url.QueryEscape(secret)),
		} {
			if at := strings.Index(text, encoded); at >= 0 {
				t.Errorf("a secret is in %s, %s: …%s…", where, form, text[max(0, at-200):at])
			}
		}
	}
}
