package client_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/privileged-access/terraform-provider-opa/internal/client"
	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// runAll runs reports on all users of a generated world concurrently, and returns how
// long that took.
func runAll(ctx context.Context, t *testing.T, x *tenant) time.Duration {
	t.Helper()
	started := time.Now()
	var subjects []client.Subject
	for _, user := range x.World().Users() {
		subjects = append(subjects, userSubject(user))
	}
	for i, outcome := range x.RunAll(ctx, subjects, client.RunAllOptions{}) {
		if outcome.Err != nil || !strings.EqualFold(outcome.Result.Report.Subject().ID, subjects[i].ID) {
			t.Errorf("subject %d: got %+v, want its report", i, outcome)
		}
	}
	return time.Since(started)
}

// A batch polls each of its reports little more than once, and is not much slower than
// a client that knows when each is completed.
func TestBatchUsesEstimates(t *testing.T) {
	const latency, places = 20 * time.Millisecond, client.DefaultMaxConcurrentRequests
	for _, test := range []struct {
		users      int
		pending    int
		generation time.Duration
	}{
		{1, 500, 2 * time.Second},
		{10, 500, 2 * time.Second},
		{100, 500, 2 * time.Second},
		{500, 500, 2 * time.Second},
		{1000, 500, 2 * time.Second},
		{100, 500, 30 * time.Second},
		{100, 500, 100 * time.Millisecond},
		{60, 20, 3 * time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			x := newTenant(t, opasim.Options{World: opasim.GenerateWorld(test.users, 1), Latency: latency, Generation: test.generation},
				func(c *client.Config) { c.MaxPendingReports = test.pending })
			took := runAll(t.Context(), t, x)
			// Sign in; in each wave create, wait and poll; and all downloads.
			waves := (test.users + test.pending - 1) / test.pending
			requests := time.Duration(3*test.users+places-1) / places * latency
			limit := latency + time.Duration(waves)*test.generation + requests
			extra := x.polls() - test.users
			t.Logf("%4d users, %s: %s, %.2f of %s; %d polls more than one each", test.users, test.generation, took, float64(took)/float64(limit), limit, extra)
			if most := limit + limit/4 + 400*time.Millisecond; took > most {
				t.Errorf("%d users: got %s, want at most %s", test.users, took, most)
			}
			if extra > test.users/5+25 {
				t.Errorf("%d users: got %d polls more than one each, want fewer", test.users, extra)
			}
			x.checkRequests()
		})
	}
}

// A slow report does not delay the others, and is polled until it is completed.
func TestBatchWithSlowReport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world := opasim.GenerateWorld(30, 1)
		slow := world.Users()[0].ID
		x := newTenant(t, opasim.Options{World: world, GenerationFor: func(id string) time.Duration {
			if id == slow {
				return time.Minute
			}
			return time.Second
		}})
		ctx := t.Context()
		var wait sync.WaitGroup
		started := time.Now()
		for _, user := range world.Users() {
			wait.Go(func() {
				if _, err := x.Run(ctx, userSubject(user), 0); err != nil {
					t.Error(err)
				}
				// At this age, the longest interval is 2.1 s.
				if took := time.Since(started); user.ID != slow && took > 2*time.Second || took > 63*time.Second {
					t.Errorf("%s: got %s, want less", user.Name, took)
				}
			})
		}
		wait.Wait()
		// The slow report may use the budget of a report that is alone.
		if most := 30 + 100; x.polls() > most {
			t.Errorf("got %d polls, want at most %d", x.polls(), most)
		}
	})
}

// Empty and failed reports are estimates, too. Otherwise each of them would be polled
// separately.
func TestBatchOfEmptyReports(t *testing.T) {
	for _, status := range []string{"COMPLETED_BUT_EMPTY", "ERROR"} {
		synctest.Test(t, func(t *testing.T) {
			x := newTenant(t, opasim.Options{
				World: opasim.GenerateWorld(100, 1), Generation: 2 * time.Second, FinalStatus: func(string, int) string { return status },
			})
			ctx := t.Context()
			started := time.Now()
			var wait sync.WaitGroup
			for _, user := range x.World().Users() {
				wait.Go(func() { _, _ = x.Run(ctx, userSubject(user), 0) })
			}
			wait.Wait()
			if took := time.Since(started); took > 8*time.Second {
				t.Errorf("%s: got %s, want less", status, took)
			}
		})
	}
}

// Whatever the durations of reports and polls are, no caller waits much longer than for
// a report that runs alone, and a batch usually polls its reports a few times each. The
// jitter decides how often: of a hundred batches, one polls three times as often as most.
func TestBatchOfDifferentReports(t *testing.T) {
	for name, test := range map[string]struct {
		generation func(n int) time.Duration
		fault      opasim.Fault
		most       time.Duration
		polls      int // median of several runs
	}{
		"one after the other":          {func(n int) time.Duration { return time.Duration(n+1) * 2 * time.Second }, opasim.Fault{}, 161 * time.Second, 1000},
		"one at once, the rest slow":   {func(n int) time.Duration { return time.Duration(min(n, 1)) * 20 * time.Second }, opasim.Fault{}, 26 * time.Second, 200},
		"one quick, the rest slow":     {func(n int) time.Duration { return time.Second + time.Duration(min(n, 1))*19*time.Second }, opasim.Fault{}, 26 * time.Second, 300},
		"half at once, the rest slow":  {func(n int) time.Duration { return 2*time.Millisecond + time.Duration(n%2)*20*time.Second }, opasim.Fault{}, 26 * time.Second, 600},
		"the first polls stall":        {func(int) time.Duration { return 2 * time.Second }, opasim.Fault{Path: "/access_reports/{id}", Times: 5, Delay: time.Hour}, 80 * time.Second, 200},
		"the first polls get a 404":    {func(int) time.Duration { return 2 * time.Second }, opasim.Fault{Path: "/access_reports/{id}", Times: 6, Status: 404}, 12 * time.Second, 200},
		"the first polls get a 503":    {func(int) time.Duration { return 2 * time.Second }, opasim.Fault{Path: "/access_reports/{id}", Times: 6, Status: 503}, 12 * time.Second, 200},
		"all are there from the first": {func(int) time.Duration { return 0 }, opasim.Fault{}, 2 * time.Second, 0},
	} {
		t.Run(name, func(t *testing.T) {
			var polls []int
			for range 9 {
				synctest.Test(t, func(t *testing.T) {
					world := opasim.GenerateWorld(60, 1)
					numbers := map[string]int{}
					for i, user := range world.Users() {
						numbers[user.ID] = i
					}
					options := opasim.Options{World: world, Latency: 20 * time.Millisecond, GenerationFor: func(id string) time.Duration { return test.generation(numbers[id]) }}
					if test.fault.Path != "" {
						options.Faults = []opasim.Fault{test.fault}
					}
					x := newTenant(t, options)
					if took := runAll(t.Context(), t, x); took > test.most {
						t.Errorf("got %s, want at most %s", took, test.most)
					}
					polls = append(polls, x.polls())
				})
			}
			slices.Sort(polls)
			if median := polls[len(polls)/2]; median > test.polls {
				t.Errorf("got %d polls, want at most %d", median, test.polls)
			}
		})
	}
}

// A batch stops as soon as its context ends, whatever the state of its reports is.
func TestBatchStopsAtOnce(t *testing.T) {
	for _, after := range []time.Duration{0, 30 * time.Millisecond, 90 * time.Millisecond, 500 * time.Millisecond, time.Second, 2050 * time.Millisecond, 3 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			x := newTenant(t, opasim.Options{World: opasim.GenerateWorld(60, 1), Latency: 20 * time.Millisecond, Generation: 2 * time.Second, GenerationFor: func(id string) time.Duration {
				return time.Duration(1+id[0]%3) * 2 * time.Second
			}})
			ctx, cancel := context.WithTimeout(t.Context(), after)
			defer cancel()
			started := time.Now()
			var wait sync.WaitGroup
			for _, user := range x.World().Users() {
				wait.Go(func() { _, _ = x.Run(ctx, userSubject(user), 0) })
			}
			wait.Wait()
			if took := time.Since(started); took != after {
				t.Errorf("got %s, want %s", took, after)
			}
		})
	}
}

// A member of a batch whose context ends does not affect the others.
func TestBatchWithoutCanceledMember(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newTenant(t, opasim.Options{World: opasim.GenerateWorld(5, 1), Generation: 10 * time.Second})
		ctx := t.Context()
		var wait sync.WaitGroup
		for i, user := range x.World().Users() {
			wait.Go(func() {
				mine := ctx
				if i < 4 {
					var cancel context.CancelFunc
					mine, cancel = context.WithTimeout(ctx, time.Duration(i+1)*time.Second)
					defer cancel()
				}
				if _, err := x.Run(mine, userSubject(user), 0); (err == nil) != (i == 4) {
					t.Errorf("%d: %v", i, err)
				}
			})
		}
		wait.Wait()
	})
}

// Neither a slow report in progress nor the estimate of an earlier report delays the poll
// of another report.
func TestReportsDoNotDelayOthers(t *testing.T) {
	for name, earlier := range map[string]time.Duration{
		"a slow report in progress": 15 * time.Minute,
		"a longer estimate":         50 * time.Second,
		"a shorter estimate":        300 * time.Millisecond,
	} {
		t.Run(name, func(t *testing.T) {
			for _, generation := range []time.Duration{time.Second, 10 * time.Second} {
				synctest.Test(t, func(t *testing.T) {
					world := opasim.GenerateWorld(2, 1)
					first, second := world.Users()[0], world.Users()[1]
					x := newTenant(t, opasim.Options{World: world, GenerationFor: func(id string) time.Duration {
						if id == first.ID {
							return earlier
						}
						return generation
					}})
					var wait sync.WaitGroup
					wait.Go(func() {
						if _, err := x.Run(t.Context(), userSubject(first), 0); err != nil {
							t.Error(err)
						}
					})
					time.Sleep(10 * time.Minute)
					started := time.Now()
					if _, err := x.Run(t.Context(), userSubject(second), 0); err != nil {
						t.Error(err)
					}
					if late := time.Since(started) - generation; late > time.Second {
						t.Errorf("%s: got a lateness of %s, want at most 1s", generation, late)
					}
					wait.Wait()
				})
			}
		})
	}
}
