package clitest_test

import (
	"bytes"
	"net/http"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/privileged-access/terraform-provider-opa/internal/clitest"
	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// One read with many reports, all of which write log lines concurrently.
func TestBatchOnCLI(t *testing.T) {
	t.Parallel()
	world := opasim.GenerateWorld(120, 3)
	sim := opasim.Start(t, opasim.Options{World: world, Generation: 100 * time.Millisecond})
	w := clitest.New(t, sim, os.DirFS("../../examples/provider"))
	w.Write("provider.tf", "")
	w.Write("main.tf", `
		terraform {
			required_providers {
				opa = { source = "privileged-access/opa" }
			}
		}
		data "opa_user_access_reports" "all" { group_name = "all-users" }
		output "rows" { value = "there are ${length(data.opa_user_access_reports.all.rows)} rows" }
	`)
	if output, err := w.Run("plan", "-no-color"); err != nil || !strings.Contains(output, "there are 360 rows") {
		t.Errorf("got %v and %s\nwant 360 rows", err, output)
	}
}

func TestInterruptStopsPlan(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Go cannot send Ctrl-C to another process on Windows")
	}
	sim := opasim.Start(t, opasim.Options{Generation: time.Hour})
	w := clitest.New(t, sim, os.DirFS("../../examples/data-sources/opa_user_access_report"))
	var output bytes.Buffer
	plan := w.Command(t.Context(), "plan", "-no-color")
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
	// The plan should stop within a second. The limit is high because the machine may
	// be busy, and only distinguishes stopping from waiting for the report.
	if err == nil || time.Since(interrupted) > 20*time.Second || !strings.Contains(output.String(), "Error: Canceled") {
		t.Errorf("got %v after %s, want the error Canceled within 20s:\n%s", err, time.Since(interrupted), &output)
	}
	t.Logf("stopped %s after the interrupt", time.Since(interrupted))
}
