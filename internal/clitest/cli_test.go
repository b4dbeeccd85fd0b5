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

// Many reports in one read, each of which logs at the same time.
func TestABatchOnTheCLI(t *testing.T) {
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
		t.Error(output)
	}
}

func TestCtrlCEndsThePlan(t *testing.T) {
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
	// A second or less is the aim; here it is only told from waiting on.
	if err == nil || time.Since(interrupted) > 20*time.Second || !strings.Contains(output.String(), "Error: Canceled") {
		t.Errorf("%v after %s\n%s", err, time.Since(interrupted), &output)
	}
	t.Logf("ended %s after Ctrl-C", time.Since(interrupted))
}
