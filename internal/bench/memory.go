package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// memory is the peak resident memory of the two processes of a plan, in bytes.
type memory struct{ provider, cli int }

// watch records the peak memory of the provider and the CLI until stop is called. Other
// processes with the same programs may be running, so it checks that they belong to the
// benchmark's directory. It only works on Linux; elsewhere the peaks are 0.
func (b *bench) watch(peak *memory) (stop func()) {
	cli, dir := must(filepath.EvalSymlinks(b.cli)), must(filepath.EvalSymlinks(b.dir))
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
				name, _ := os.Readlink(program)
				runsIn, _ := os.Readlink(filepath.Join(filepath.Dir(program), "cwd"))
				switch {
				case !strings.HasPrefix(runsIn, dir):
				case strings.Contains(name, "terraform-provider-opa_v0.0.1"):
					peak.provider = max(peak.provider, peakOf(program))
				case name == cli:
					peak.cli = max(peak.cli, peakOf(program))
				}
			}
		}
	}()
	return func() {
		close(done)
		<-ended
	}
}

// peakOf returns the peak resident memory of the process with an executable in /proc.
func peakOf(program string) int {
	status, _ := os.ReadFile(filepath.Join(filepath.Dir(program), "status"))
	for line := range strings.Lines(string(status)) {
		if kilobytes, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			n, _ := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(kilobytes), "kB")))
			return n * 1024
		}
	}
	return 0
}
