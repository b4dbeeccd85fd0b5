// Command bench measures the provider and compares it with limits. Most limits are
// measured in the same run: an ideal client that knows when each report is complete
// (ideal.go), and a baseline provider that only sends rows (floor). It prints a
// table, and with -write also writes it to internal/bench/README.md. Run it with
// make bench.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"slices"
	"time"
)

const (
	latency       = 20 * time.Millisecond
	rowsPerReport = 50
)

func main() {
	log.SetFlags(0)
	cli := flag.String("cli", "terraform", "`path` of the terraform or tofu command to use")
	write := flag.Bool("write", false, "write the results to internal/bench/README.md")
	short := flag.Bool("short", false, "measure a subset once, and fail if a result is more than twice its limit")
	runs := flag.Int("runs", 3, "`number` of measurements per result")
	only := flag.String("only", "", "`name` of the only benchmark to run, such as batch")
	flag.Parse()

	dir := must(os.MkdirTemp("", "bench-"))
	b := newBench(*cli, dir, *short)
	if b.runs = max(*runs, 1); b.short {
		b.runs = 1
	}
	steps := []struct {
		name string
		run  func()
	}{
		{"csv", b.csv},
		{"single", b.single},
		{"batch", b.batch},
		{"rate-limit", b.rateLimit},
		{"rows", b.rows},
		{"filtered-rows", b.filteredRows},
		{"many-users", b.manyUsers},
		{"team", b.team},
		{"listing", b.listing},
		{"start", b.start},
	}
	for _, step := range steps {
		if *only == "" || *only == step.name {
			step.run()
		}
	}
	text := b.markdown()
	if err := os.RemoveAll(dir); err != nil {
		log.Print(err)
	}
	fmt.Print(text)
	if *write {
		if err := os.WriteFile("internal/bench/README.md", []byte(text), 0o600); err != nil {
			log.Fatal(err)
		}
	}
	if *short && b.missed > 0 {
		log.Fatalf("%d results exceed their limits", b.missed)
	}
}

// bench runs the benchmarks and collects their results.
type bench struct {
	cli, dir string
	config   string // of the CLI
	short    bool
	runs     int      // measurements per result
	lines    []string // of the table
	missed   int      // number of results that exceed their limits
}

// median returns the median of several measurements.
func (b *bench) median(measure func() time.Duration) time.Duration {
	times := make([]time.Duration, b.runs)
	for i := range times {
		times[i] = measure()
	}
	slices.Sort(times)
	return times[len(times)/2]
}

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}
