package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// output is a buffer that is safe for concurrent use.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

func TestServesUntilInterrupted(t *testing.T) {
	envFile := filepath.Join(t.TempDir(), "opa.env")
	ctx, interrupt := context.WithCancel(t.Context())
	var stdout, stderr output
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, []string{"--env-file", envFile, "--team", "acme", "--log"}, &stdout, &stderr)
	}()

	env := waitForFile(t, envFile)
	lines := regexp.MustCompile(`^export OPA_BASE_URL='(http://127\.0\.0\.1:\d+)'
export OPA_TEAM='acme'
export OPA_KEY_ID='deadbeef-0000-4000-8000-000000000000'
export OPA_KEY_SECRET='simulator-only-key-secret'
$`).FindStringSubmatch(env)
	if lines == nil {
		t.Fatalf("got environment\n%s\nwant the variables of the provider", env)
	}
	if info, err := os.Stat(envFile); err != nil || info.Mode().Perm() != 0o600 && runtime.GOOS != "windows" {
		t.Errorf("got mode %v and error %v, want 0600", info.Mode(), err)
	}

	request, err := http.NewRequestWithContext(ctx, http.MethodGet, lines[1]+"/v1/teams/acme/users", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{DisableKeepAlives: true}
	resp, err := transport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()

	interrupt()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("run: got no return after the interrupt, want one")
	}
	if _, err := os.Stat(envFile); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("environment file after the exit: got %v, want no file", err)
	}
	if !strings.Contains(stdout.String(), env) {
		t.Errorf("got stdout\n%s\nwant it to have the environment", stdout.String())
	}
	if want := "GET /v1/teams/acme/users → 400"; !strings.Contains(stderr.String(), want) {
		t.Errorf("got stderr\n%s\nwant it to have %q", stderr.String(), want)
	}
}

// An old environment file is removed before the simulator listens, so that nobody
// reads it instead of the new one. Only a regular file is removed.
func TestOldEnvironmentIsRemoved(t *testing.T) {
	dir := t.TempDir()
	old := filepath.Join(dir, "opa.env")
	if err := os.WriteFile(old, []byte("export OPA_BASE_URL='http://127.0.0.1:1'\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	if err := run(t.Context(), []string{"--env-file", old, "--listen", taken.Addr().String()}, &output{}, &output{}); err == nil {
		t.Error("listening on a port in use: got no error, want one")
	}
	if _, err := os.Stat(old); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("old environment file: got %v, want no file", err)
	}
	if err := run(t.Context(), []string{"--env-file", dir}, &output{}, &output{}); err == nil || !strings.Contains(err.Error(), "is not a regular file") {
		t.Errorf("directory as the environment file: got error %v, want one", err)
	}
}

// A simulator does not remove the environment file of a later one.
func TestEnvironmentOfAnotherSimulatorIsKept(t *testing.T) {
	envFile := filepath.Join(t.TempDir(), "opa.env")
	ctx, interrupt := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, []string{"--env-file", envFile}, &output{}, &output{}) }()
	waitForFile(t, envFile)
	if err := os.WriteFile(envFile, []byte("another's"), 0o600); err != nil {
		t.Fatal(err)
	}
	interrupt()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if text, err := os.ReadFile(envFile); err != nil || string(text) != "another's" {
		t.Errorf("got environment %q and error %v, want that of the other simulator", text, err)
	}
}

func waitForFile(t *testing.T, path string) string {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if text, err := os.ReadFile(path); err == nil {
			return string(text)
		}
	}
	t.Fatalf("got no file %s within 10s, want one", path)
	return ""
}

func TestRunErrors(t *testing.T) {
	world := filepath.Join(t.TempDir(), "world.hcl")
	if err := os.WriteFile(world, []byte(`group "g" { members = ["nobody"] }`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"--listen", "0.0.0.0:80"}, "want a loopback address"},
		{[]string{"--fault", "GET users close"}, `path "users"`},
		{[]string{"--header-style", "shouting"}, "want one of title, snake"},
		{[]string{"--delimiter", "ab"}, "want one character, or tab"},
		{[]string{"--retry-hint", "soon"}, `retry hint "soon"`},
		{[]string{"--workload-connection", "a b"}, `workload connection "a b"`},
		{[]string{"--world", world}, `no user "nobody" in this world`},
		{[]string{"--world", world + ".gone"}, "no such file"},
		{[]string{"--profile", world}, "Copy the complete attribute profile of opa_tenant_check"},
		{[]string{"--profile", world + ".gone"}, "no such file"},
		{[]string{"--page-size", "-1"}, "page size: must not be negative"},
		{[]string{"--shape", "round"}, "-shape (opasim -h lists all flags)"},
		{[]string{"serve"}, `unexpected argument "serve"`},
		{[]string{"--env-file", filepath.Join(world, "opa.env")}, "writing the environment"},
	} {
		var stdout, stderr output
		err := run(t.Context(), test.args, &stdout, &stderr)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: got error %v, want one with %q", test.args, err, test.want)
		}
		if text := stdout.String() + stderr.String(); text != "" {
			t.Errorf("%q: got output %q, want none", test.args, text)
		}
	}
}

func TestHelpNamesEveryFlag(t *testing.T) {
	var stdout, stderr output
	if err := run(t.Context(), []string{"-h"}, &stdout, &stderr); !errors.Is(err, flag.ErrHelp) {
		t.Error(err)
	}
	for _, name := range []string{
		"listen", "env-file", "log", "team", "world", "past", "token-lifetime", "workload-connection", "workload-jwt", "generation", "final-status", "omit-rows", "missing-role", "latency", "rate-limit", "retry-hint",
		"page-size", "nested-list", "shuffle", "delimiter", "header-style", "fault", "profile",
	} {
		if !strings.Contains(stdout.String(), "\n  -"+name) {
			t.Errorf("got no flag -%s in the help, want one", name)
		}
	}
}

func TestPastFlag(t *testing.T) {
	world := filepath.Join(t.TempDir(), "world.hcl")
	if err := os.WriteFile(world, []byte("user \"terraform-reporter\" {\n  type = \"service\"\n}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	conf, err := parseFlags([]string{"--past", "2160h=" + world, "--past", "1h=" + world}, &output{})
	if err != nil || len(conf.options.Past) != 2 || conf.options.Past[0].Age != 2160*time.Hour || conf.options.Past[0].World.User("terraform-reporter") == nil {
		t.Errorf("got %+v and error %v, want two past worlds", conf.options.Past, err)
	}
	for _, text := range []string{world, "-1h=" + world, "0s=" + world, "x=" + world, "1h=" + world + ".missing"} {
		if _, err := parseFlags([]string{"--past", text}, &output{}); err == nil {
			t.Errorf("%q: got no error, want one", text)
		}
	}
}

func TestFlagsSetOptions(t *testing.T) {
	conf, err := parseFlags([]string{
		"--generation", "3s", "--delimiter", "tab", "--header-style", "snake", "--rate-limit", "2.5", "--shuffle",
		"--final-status", "ERROR", "--missing-role", "--omit-rows", "resource=root",
		"--fault", "GET */report times=2 status=503", "--fault", "POST /access_reports after close",
	}, &output{})
	if err != nil {
		t.Fatal(err)
	}
	opts := conf.options
	if opts.Generation != 3*time.Second || opts.CSV.Delimiter != '\t' || opts.CSV.Header["user_name"] != "user_name" ||
		opts.RateLimit.PerSecond != 2.5 || !opts.Shuffle ||
		opts.FinalStatus("any", 2) != "ERROR" || !opts.OmitRow("resource", "any", 2, opasim.Row{Account: "root"}) ||
		opts.OmitRow("user", "any", 2, opasim.Row{Account: "root"}) || opts.OmitRow("resource", "any", 2, opasim.Row{Account: "larry"}) || !opts.MissingRole || len(opts.Faults) != 2 || conf.listen != "127.0.0.1:0" {
		t.Errorf("got %+v, want the options of the flags", conf)
	}
}

// The defaults of other flags do not take precedence over a profile, but their values do.
func TestProfileFlag(t *testing.T) {
	const folder = "../../internal/opasim/testdata/profiles/"
	conf, err := parseFlags([]string{"--profile", folder + "semicolons.json", "--team", "acme"}, &output{})
	if err != nil {
		t.Fatal(err)
	}
	opts := conf.options
	if opts.Profile == nil || opts.Generation != 0 || opts.GenerationFor != nil || opts.TokenLifetime != 0 || opts.Team != "acme" || opts.WorkloadConnection != "" {
		t.Errorf("got %+v, want a profile, the team acme, and no durations", opts)
	}
	conf, err = parseFlags([]string{"--generation", "0s", "--token-lifetime", "5m", "--profile", folder + "semicolons.json"}, &output{})
	if err != nil {
		t.Fatal(err)
	}
	opts = conf.options
	if opts.GenerationFor == nil || opts.GenerationFor("any") != 0 || opts.TokenLifetime != 5*time.Minute {
		t.Errorf("got %+v, want the durations of the flags", opts)
	}
}

func TestProfileOfAWorkload(t *testing.T) {
	text, err := os.ReadFile("../../internal/opasim/testdata/profiles/default.json")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "tenant.json")
	if err := os.WriteFile(file, bytes.Replace(text, []byte(`"api_key"`), []byte(`"workload_identity"`), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	conf, err := parseFlags([]string{"--profile", file}, &output{})
	if err != nil || !strings.Contains(environment("http://127.0.0.1:1", conf.options), "OPA_WORKLOAD_CONNECTION='simulated'") {
		t.Errorf("got %+v and error %v, want the environment of a workload", conf.options, err)
	}
}

// The values are quoted for a shell.
func TestEnvironmentOfAWorkload(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{nil, ""},
		{[]string{"--workload-jwt", "a.b.c"}, ""},
		{[]string{"--workload-connection", "ci"}, "ci simulator-only.workload.identity"},
		{[]string{"--workload-connection", "ci", "--workload-jwt", "it's $HOME"}, "ci it's $HOME"},
	} {
		conf, err := parseFlags(test.args, &output{})
		if err != nil {
			t.Fatal(err)
		}
		script := environment("http://127.0.0.1:1", conf.options) + `echo $OPA_WORKLOAD_CONNECTION "$OPA_WORKLOAD_JWT"`
		shell := exec.CommandContext(t.Context(), "sh", "-c", script)
		shell.Env = []string{"HOME=/nowhere"}
		got, err := shell.CombinedOutput()
		if strings.TrimSpace(string(got)) != test.want || err != nil {
			t.Errorf("%q: got %q and error %v, want %q", test.args, got, err, test.want)
		}
	}
}
