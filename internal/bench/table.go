package main

import (
	"fmt"
	"log"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// add adds a result to the table. ratio is the result divided by the limit, and most
// is its maximum. A short run doubles the maximum, because it measures only once and the
// machine may be busy.
func (b *bench) add(measurement, result, limit string, ratio, most float64) {
	verdict := "met"
	if b.short {
		most *= 2
	}
	if ratio > most {
		verdict = "**not met**"
		b.missed++
	}
	b.lines = append(b.lines, fmt.Sprintf("| %s | %s | %s | %.2f | %.2f | %s |", measurement, result, limit, ratio, most, verdict))
	log.Printf("%s: got %s, limit %s, ratio %.2f, maximum ratio %.2f: %s", measurement, result, limit, ratio, most, verdict)
}

// addMemory adds a peak of memory in bytes with its limit.
func (b *bench) addMemory(measurement string, result, limit int, most float64) {
	b.add(measurement, megabytes(result), megabytes(limit), float64(result)/float64(max(limit, 1)), most)
}

// show adds a result without a limit.
func (b *bench) show(measurement, result string) {
	b.lines = append(b.lines, fmt.Sprintf("| %s | %s | | | | |", measurement, result))
}

// markdown returns the text of README.md.
func (b *bench) markdown() string {
	version, _, _ := strings.Cut(string(must(exec.Command(b.cli, "version").Output())), "\n")
	return fmt.Sprintf(`# Benchmarks

Measured with `+"`make bench`"+` on %s: %s and %s on %s/%s with %d cores.
Each request takes %s, each report has %d rows, and no output contains rows.
Times are the median of %d run(s), counts are from the last run, and memory is the maximum.

The limits of batches, rows and the start are measured in the same run.
The limit of a batch is an ideal client, which knows the time at which each report is complete (`+"`ideal.go`"+`), plus the time of Terraform itself.
The limit of rows and of the start is a provider without a framework that sends the same rows, already encoded (`+"`floor`"+`).
The other limits are goals of the project.
All reports of a batch take the same time.
The ideal client also knows the members of a group, whose pages of 200 the provider must read one after the other: 0.5 s for 5,000 users.
The limit of the additional time of one report is its average.
A single measurement can exceed it by half of a poll interval, depending on when the report is completed: the lateness below has the averages of many reports.

| measurement | result | limit | ratio | maximum ratio | |
|---|---|---|---|---|---|
%s

## Lateness

How late the client notices that a report is completed, and the polls per report.
The goal for one report is an average of at most 250 ms, or 1.5 %% of its duration if that is longer, with at most 100 polls in the first minute.
A test runs the client and the simulated tenant in virtual time and without latency (`+"`TestLateness`"+` in `+"`internal/client`"+`), so other work on the machine has no influence.
Constant durations differ by up to 5 %%, log-normal ones have a sigma of 0.5, and with two humps half of the reports take a quarter of the duration.

| reports | durations | typical duration | average | median | 95 %% | maximum | polls |
|---|---|---|---|---|---|---|---|
%s
`, time.Now().Format("2006-01-02"), version, runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(),
		latency, rowsPerReport, b.runs, strings.Join(b.lines, "\n"), lateness())
}

func milliseconds(d time.Duration) string { return fmt.Sprintf("%d ms", d.Milliseconds()) }
func megabytes(n int) string              { return fmt.Sprintf("%.0f MB", float64(n)/1e6) }
func seconds(d time.Duration) string      { return fmt.Sprintf("%.2f s", d.Seconds()) }
