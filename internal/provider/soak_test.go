package provider_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// TestSoak reads many reports with one provider while one request in twenty fails. All
// rows must be correct, and no memory or goroutines may leak. SOAK_REPORTS sets the
// number of reports: make soak uses a large one.
func TestSoak(t *testing.T) {
	reports := 100
	if text := os.Getenv("SOAK_REPORTS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		reports = n
	}
	const perBatch, users, rowsPerUser = 50, 100, 20
	world := opasim.GenerateWorld(users, rowsPerUser)
	sim := opasim.Start(t, opasim.Options{World: world, Generation: 50 * time.Millisecond, Faults: soakFaults(), Seed: rand.Uint64(), Shuffle: true, PageSize: 1000})
	s := configured(t, sim, config{"request_timeout": "1s", "max_retries": 8, "max_concurrent_requests": 50})

	var warm usage
	for done := 0; done < reports; {
		var wait sync.WaitGroup
		for batch := 0; batch < 2 && done < reports; batch++ {
			var names []any
			var want []subjectRow
			for range min(perBatch, reports-done) {
				user := world.Users()[(done+len(names))%users]
				names = append(names, user.Name)
				want = append(want, userRows(world, user.ID)...)
			}
			done += len(names)
			wait.Go(func() {
				state, diags := s.read("opa_user_access_reports", config{"user_names": names})
				if diags != "" {
					t.Errorf("got %s\nwant no diagnostics", diags)
					return
				}
				if diff := gocmp.Diff(wantRows(want), state["rows"]); diff != "" {
					t.Errorf("rows (-want +got):\n%s", diff)
				}
			})
		}
		wait.Wait()
		if warm == (usage{}) {
			warm = measureUsage()
		}
	}
	requests, failed := len(sim.Requests()), countFailures(sim)
	sim.ResetLog() // exclude the simulator's memory
	end := measureUsage()
	t.Logf("%d reports, %d requests, at least %d failed; heap %d KiB after the first reads, %d KiB at the end; %d and %d goroutines",
		reports, requests, failed, warm.heap>>10, end.heap>>10, warm.goroutines, end.goroutines)
	if failed < requests/100 {
		t.Errorf("got %d failures in %d requests, want at least %d", failed, requests, requests/100)
	}
	// The simulator keeps every report, which takes a few KiB each.
	if limit := warm.heap + uint64(reports)*8<<10 + 16<<20; end.heap > limit {
		t.Errorf("got a heap of %d bytes, want at most %d; it was %d after the first reads", end.heap, limit, warm.heap)
	}
	checkGoroutines(t)
}

// countFailures returns the number of requests that failed.
func countFailures(sim *opasim.Server) (failed int) {
	for _, request := range sim.Requests() {
		if request.Status == 0 || request.Status >= 400 {
			failed++
		}
	}
	return failed
}

// soakFaults returns faults of all kinds, which together affect 5% of the requests.
func soakFaults() (faults []opasim.Fault) {
	kinds := []opasim.Fault{
		{Status: 500},
		{Status: 502, After: true, Body: []byte("<html>Bad gateway</html>")},
		{Status: 503, Header: map[string][]string{"Retry-After": {"0"}}},
		{Status: 504, After: true},
		{Status: 429, Header: map[string][]string{"Retry-After": {"0"}}},
		{Close: true},
		{Close: true, After: true},
		{Cut: true, CutAfter: 10},
		{Cut: true, CutAfter: -1, Framing: opasim.FramingChunked},
		{DelayAfter: 3 * time.Second}, // longer than request_timeout
	}
	for _, fault := range kinds {
		fault.Path, fault.Probability = "*", 0.05/float64(len(kinds))
		faults = append(faults, fault)
	}
	return faults
}

// usage is the use of memory and goroutines.
type usage struct {
	heap       uint64
	goroutines int
}

func measureUsage() usage {
	runtime.GC()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	return usage{memory.HeapAlloc, runtime.NumGoroutine()}
}

// checkGoroutines checks that all goroutines of the client end.
func checkGoroutines(t *testing.T) {
	t.Helper()
	for range 100 {
		stacks := make([]byte, 1<<20)
		stacks = stacks[:runtime.Stack(stacks, true)]
		if !bytes.Contains(stacks, []byte("internal/client.(*Client)")) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Error("got a running goroutine of the client, want none")
}
