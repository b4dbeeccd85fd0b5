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

// Many reports through one provider, while one request in twenty fails in one of
// the ways that requests fail: every row comes out right, and nothing is left in
// memory. make soak runs it at full length, by SOAK_REPORTS.
func TestSoak(t *testing.T) {
	reports := 100
	if text := os.Getenv("SOAK_REPORTS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		reports = n
	}
	const each, users, rowsEach = 50, 100, 20
	world := opasim.GenerateWorld(users, rowsEach)
	var faults []opasim.Fault
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
	sim := opasim.Start(t, opasim.Options{World: world, Generation: 50 * time.Millisecond, Faults: faults, Seed: rand.Uint64(), Shuffle: true, PageSize: 1000})
	s := configured(t, sim, config{"request_timeout": "1s", "max_retries": 8, "max_concurrent_requests": 50})

	type figures struct {
		heap       uint64
		goroutines int
	}
	measure := func() figures {
		runtime.GC()
		var memory runtime.MemStats
		runtime.ReadMemStats(&memory)
		return figures{memory.HeapAlloc, runtime.NumGoroutine()}
	}
	var warm figures
	for done := 0; done < reports; {
		var wait sync.WaitGroup
		for batch := 0; batch < 2 && done < reports; batch++ {
			var names []any
			var want []opasim.Row
			for range min(each, reports-done) {
				user := world.Users()[(done+len(names))%users]
				names = append(names, user.Name)
				want = append(want, world.UserRows(user.ID, "server")...)
			}
			done += len(names)
			wait.Go(func() {
				state, diags := s.read("opa_user_access_reports", config{"user_names": names})
				if diags != "" {
					t.Error(diags)
					return
				}
				if diff := gocmp.Diff(wantRows(want), state["rows"]); diff != "" {
					t.Error(diff)
				}
			})
		}
		wait.Wait()
		if warm == (figures{}) {
			warm = measure()
		}
	}
	failed := 0
	for _, request := range sim.Requests() {
		if request.Status == 0 || request.Status >= 400 {
			failed++
		}
	}
	requests := len(sim.Requests())
	sim.ResetLog() // the simulator's memory is not the provider's
	end := measure()
	t.Logf("%d reports, %d requests, at least %d of them failed; heap %d KiB after the first reads, %d KiB at the end; %d and %d goroutines",
		reports, requests, failed, warm.heap>>10, end.heap>>10, warm.goroutines, end.goroutines)
	if failed < requests/50 {
		t.Errorf("only %d of %d requests failed", failed, requests)
	}
	// The simulator keeps every report: a few KiB each, and some slack.
	if limit := warm.heap + uint64(reports)*8<<10 + 16<<20; end.heap > limit {
		t.Errorf("the heap has grown from %d to %d bytes", warm.heap, end.heap)
	}
	leaked(t)
}

// leaked fails the test if a goroutine of the client's is still at work.
func leaked(t *testing.T) {
	t.Helper()
	for range 100 {
		stacks := make([]byte, 1<<20)
		stacks = stacks[:runtime.Stack(stacks, true)]
		if !bytes.Contains(stacks, []byte("internal/client.(*Client)")) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Error("a goroutine of the client's is still at work")
}
