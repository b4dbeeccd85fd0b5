package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/privileged-access/terraform-provider-opa/internal/clitest"
	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// newBench builds both providers into a filesystem mirror for the CLI.
func newBench(cli, dir string, short bool) *bench {
	b := &bench{cli: must(exec.LookPath(cli)), dir: dir, short: short}
	providers := make([]clitest.Provider, 0, 2)
	for name, path := range map[string]string{"opa": ".", "floor": "./internal/bench/floor"} {
		program := b.program(name)
		providers = append(providers, clitest.Provider{Name: name, Version: "0.0.1", Program: program})
		if output, err := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", program, path).CombinedOutput(); err != nil {
			log.Fatalf("%s\n%s", err, output)
		}
	}
	b.config = must(clitest.WriteMirror(dir, providers...))
	return b
}

// program returns the path of a provider's program.
func (b *bench) program(name string) string {
	return filepath.Join(b.dir, "terraform-provider-"+name)
}

// simulate starts a simulated tenant.
func (b *bench) simulate(world *opasim.World, generation time.Duration) *opasim.Server {
	return b.simulateWith(world, generation, latency)
}

func (b *bench) simulateWith(world *opasim.World, generation, latency time.Duration) *opasim.Server {
	sim := must(opasim.New(opasim.Options{World: world, Generation: generation, Latency: latency}))
	return must(sim.Listen(context.Background(), "127.0.0.1:0"))
}

// plan plans a configuration with a simulated tenant. It returns the tenant, with
// the log of its requests, and the time of the plan.
func (b *bench) plan(world *opasim.World, generation time.Duration, configuration string) (*opasim.Server, time.Duration) {
	return b.planWith(world, generation, latency, configuration)
}

func (b *bench) planWith(world *opasim.World, generation, latency time.Duration, configuration string) (*opasim.Server, time.Duration) {
	sim := b.simulateWith(world, generation, latency)
	defer sim.Close()
	return sim, b.planOn(sim, configuration)
}

// planOn plans a configuration with a tenant, and returns the time of the plan.
func (b *bench) planOn(sim *opasim.Server, configuration string) time.Duration {
	return b.run("opa", configuration,
		"OPA_BASE_URL="+sim.URL, "OPA_TEAM="+opasim.DefaultTeam, "OPA_KEY_ID="+opasim.DefaultKeyID, "OPA_KEY_SECRET="+opasim.DefaultKeySecret)
}

// floor returns the time of a plan with the baseline provider.
func (b *bench) floor(rows int) time.Duration {
	return b.run("floor", `data "floor_rows" "it" { row_count = `+strconv.Itoa(rows)+` }`)
}

// run runs init and plan, and returns the time of the plan.
func (b *bench) run(provider, configuration string, env ...string) time.Duration {
	dir := must(os.MkdirTemp(b.dir, provider+"-"))
	text := fmt.Sprintf("terraform {\n  required_providers {\n    %s = {\n      source = \"%s/privileged-access/%s\"\n    }\n  }\n}\n%s\n",
		provider, clitest.Hosts[0], provider, configuration)
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(text), 0o600); err != nil {
		log.Fatal(err)
	}
	settings := clitest.UserSettings(os.Environ())
	for _, setting := range os.Environ() {
		if name, _, _ := strings.Cut(setting, "="); !slices.Contains(settings, name) {
			env = append(env, setting)
		}
	}
	env = append(env, "TF_CLI_CONFIG_FILE="+b.config, "CHECKPOINT_DISABLE=1")
	var took time.Duration
	for _, arguments := range [][]string{{"init", "-no-color"}, {"plan", "-no-color", "-lock=false"}} {
		command := exec.Command(b.cli, arguments...)
		command.Dir, command.Env = dir, env
		started := time.Now()
		if output, err := command.CombinedOutput(); err != nil {
			log.Fatalf("%s %s: %s\n%s", b.cli, arguments[0], err, output)
		}
		took = time.Since(started)
	}
	return took
}
