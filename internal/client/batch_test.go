package client_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/privileged-access/terraform-provider-opa/internal/client"
	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// runAll runs reports on all users of a generated world side by side, and gives
// how long that took.
func runAll(ctx context.Context, t *testing.T, x *tenant) time.Duration {
	t.Helper()
	started := time.Now()
	var wait sync.WaitGroup
	for _, user := range x.World().Users() {
		wait.Go(func() {
			if _, err := x.Run(ctx, userSubject(user), 0); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	return time.Since(started)
}

// A batch looks at its reports little more than once each, and is not much
// slower than a client that knows when each is ready.
func TestABatchLearns(t *testing.T) {
	const latency, places = 20 * time.Millisecond, 10
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
			took := runAll(client.InBatch(t.Context()), t, x)
			// Sign in; in each wave create, wait, look; and all downloads.
			waves := (test.users + test.pending - 1) / test.pending
			requests := time.Duration(3*test.users+places-1) / places * latency
			limit := latency + time.Duration(waves)*test.generation + requests
			extra := x.looks() - test.users
			t.Logf("%4d users, %s: %s, %.2f of %s; %d looks more than one each", test.users, test.generation, took, float64(took)/float64(limit), limit, extra)
			if most := limit + limit/4 + 400*time.Millisecond; took > most {
				t.Errorf("%d users took %s, more than %s", test.users, took, most)
			}
			if extra > test.users/5+25 {
				t.Errorf("%d users, %d looks more than one each", test.users, extra)
			}
			x.contract()
		})
	}
}

// One that takes long does not keep the others waiting, nor do they end its wait.
func TestABatchWithASlowOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world := opasim.GenerateWorld(30, 1)
		slow := world.Users()[0].ID
		x := newTenant(t, opasim.Options{World: world, GenerationFor: func(id string) time.Duration {
			if id == slow {
				return time.Minute
			}
			return time.Second
		}})
		ctx := client.InBatch(t.Context())
		var wait sync.WaitGroup
		started := time.Now()
		for _, user := range world.Users() {
			wait.Go(func() {
				if _, err := x.Run(ctx, userSubject(user), 0); err != nil {
					t.Error(err)
				}
				if took := time.Since(started); user.ID != slow && took > 2*time.Second || took > 80*time.Second {
					t.Errorf("%s took %s", user.Name, took)
				}
			})
		}
		wait.Wait()
		if x.looks() > 30+60 {
			t.Errorf("%d looks", x.looks())
		}
	})
}

// Whoever leaves a batch leaves it to the others.
func TestABatchIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newTenant(t, opasim.Options{World: opasim.GenerateWorld(5, 1), Generation: 10 * time.Second})
		ctx := client.InBatch(t.Context())
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
