package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// newBench builds the provider and the floor into a mirror in which the CLI
// finds them.
func newBench(cli, dir string, short bool) *bench {
	b := &bench{cli: must(exec.LookPath(cli)), dir: dir, short: short}
	for name, path := range map[string]string{"opa": ".", "floor": "./internal/bench/floor"} {
		program := filepath.Join(b.place(name), "terraform-provider-"+name+"_v0.0.1")
		if output, err := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", program, path).CombinedOutput(); err != nil {
			log.Fatalf("%s\n%s", err, output)
		}
	}
	config := fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", filepath.Join(dir, "mirror"))
	if err := os.WriteFile(filepath.Join(dir, "cli.tfrc"), []byte(config), 0o600); err != nil {
		log.Fatal(err)
	}
	return b
}

func (b *bench) place(name string) string {
	return filepath.Join(b.dir, "mirror", hostRegular, "privileged-access", name, "0.0.1", runtime.GOOS+"_"+runtime.GOARCH)
}

func (b *bench) simulate(world *opasim.World, generation time.Duration) *opasim.Server {
	return b.simulateWith(world, generation, latency)
}

func (b *bench) simulateWith(world *opasim.World, generation, latency time.Duration) *opasim.Server {
	sim := must(opasim.New(opasim.Options{World: world, Generation: generation, Latency: latency}))
	return must(sim.Listen(context.Background(), "127.0.0.1:0"))
}

// plan plans a configuration against a tenant, and gives how long that took.
func (b *bench) plan(world *opasim.World, generation time.Duration, configuration string) (*opasim.Server, time.Duration) {
	return b.planWith(world, generation, latency, configuration)
}

func (b *bench) planWith(world *opasim.World, generation, latency time.Duration, configuration string) (*opasim.Server, time.Duration) {
	sim := b.simulateWith(world, generation, latency)
	defer sim.Close()
	return sim, b.run("opa", configuration,
		"OPA_BASE_URL="+sim.URL, "OPA_TEAM="+opasim.DefaultTeam, "OPA_KEY_ID="+opasim.DefaultKeyID, "OPA_KEY_SECRET="+opasim.DefaultKeySecret)
}

// floor plans rows that cost nothing to make.
func (b *bench) floor(rows int) time.Duration {
	return b.run("floor", `data "floor_rows" "it" { row_count = `+strconv.Itoa(rows)+` }`)
}

// run gives the time of a plan alone, after init.
func (b *bench) run(provider, configuration string, env ...string) time.Duration {
	dir := must(os.MkdirTemp(b.dir, provider+"-"))
	text := fmt.Sprintf("terraform {\n  required_providers {\n    %s = {\n      source = \"%s/privileged-access/%s\"\n    }\n  }\n}\n%s\n",
		provider, hostRegular, provider, configuration)
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(text), 0o600); err != nil {
		log.Fatal(err)
	}
	for _, setting := range os.Environ() {
		name, _, _ := strings.Cut(setting, "=")
		if !strings.HasPrefix(name, "TF_") && !strings.HasPrefix(name, "OPA_") && !strings.HasPrefix(name, "OKTAPAM_") {
			env = append(env, setting)
		}
	}
	env = append(env, "TF_CLI_CONFIG_FILE="+filepath.Join(b.dir, "cli.tfrc"), "CHECKPOINT_DISABLE=1")
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

// watch notes the provider's peak of resident memory, in bytes, until it is
// stopped. Only Linux tells; elsewhere it stays 0.
func watch(peak *int) (stop func()) {
	done := make(chan struct{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-done:
				return
			case <-time.After(20 * time.Millisecond):
			}
			programs, _ := filepath.Glob("/proc/[0-9]*/exe")
			for _, program := range programs {
				name, err := os.Readlink(program)
				if err != nil || !strings.Contains(name, "terraform-provider-opa_v0.0.1") {
					continue
				}
				status, _ := os.ReadFile(filepath.Join(filepath.Dir(program), "status"))
				for line := range strings.Lines(string(status)) {
					if kilobytes, ok := strings.CutPrefix(line, "VmHWM:"); ok {
						n, _ := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(kilobytes), "kB")))
						*peak = max(*peak, n*1024)
					}
				}
			}
		}
	}()
	return func() {
		close(done)
		<-ended
	}
}
