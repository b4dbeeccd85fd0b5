package client_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/privileged-access/terraform-provider-opa/internal/client"
	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

func subjectsOf(world *opasim.World) (subjects []client.Subject) {
	for _, user := range world.Users() {
		subjects = append(subjects, userSubject(user))
	}
	return subjects
}

// A fatal error ends all runs, and is the outcome of all.
func TestRunAllEndsWithAFatalError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newTenant(t, opasim.Options{World: opasim.GenerateWorld(20, 1), MissingRole: true})
		outcomes := x.RunAll(t.Context(), subjectsOf(x.World()), client.RunAllOptions{})
		if len(outcomes) != 20 {
			t.Fatalf("got %d outcomes, want 20", len(outcomes))
		}
		for i, outcome := range outcomes {
			if !client.IsFatal(outcome.Err) || outcome.Result != nil {
				t.Errorf("subject %d: got %v, want a fatal error", i, outcome.Err)
			}
		}
	})
}

// An error of one report is not that of another.
func TestRunAllKeepsOtherReports(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newTenant(t, opasim.Options{World: opasim.GenerateWorld(3, 1)})
		subjects := subjectsOf(x.World())
		subjects[1].ID = "00000000-0000-4000-8000-000000000000"
		for i, outcome := range x.RunAll(t.Context(), subjects, client.RunAllOptions{}) {
			if failed := outcome.Err != nil; failed != (i == 1) || failed == (outcome.Result != nil) {
				t.Errorf("subject %d: got %+v, want an error only for subject 1", i, outcome)
			}
		}
	})
}

// A reused report that the check rejects is replaced once; a new one is not.
func TestRunAllReplacesRejectedReports(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newTenant(t, opasim.Options{World: opasim.GenerateWorld(3, 1)})
		subjects := subjectsOf(x.World())
		x.RunAll(t.Context(), subjects, client.RunAllOptions{})
		rejected := errors.New("rejected")
		var checks atomic.Int32
		outcomes := x.RunAll(t.Context(), subjects, client.RunAllOptions{
			MaxAge: time.Hour,
			Check: func(_ context.Context, i int, result *client.Result) error {
				checks.Add(1)
				if i == 2 || i == 1 && result.Reused {
					return rejected
				}
				return nil
			},
		})
		if outcomes[0].Err != nil || !outcomes[0].Result.Reused {
			t.Errorf("got %+v, want the first report reused", outcomes[0])
		}
		if outcomes[1].Err != nil || outcomes[1].Result.Reused {
			t.Errorf("got %+v, want the second report replaced", outcomes[1])
		}
		if !errors.Is(outcomes[2].Err, rejected) || outcomes[2].Result != nil {
			t.Errorf("got %+v, want the third report rejected", outcomes[2])
		}
		if creates := x.creates(); creates != 5 || checks.Load() != 5 {
			t.Errorf("got %d creates and %d checks, want 5 of each", creates, checks.Load())
		}
	})
}

// The progress of a run is removed with its last caller.
func TestProgressIsRemoved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newTenant(t, opasim.Options{World: opasim.GenerateWorld(3, 1)})
		x.RunAll(t.Context(), subjectsOf(x.World()), client.RunAllOptions{})
		if _, err := x.Existing(t.Context(), "00000000-0000-4000-8000-000000000000"); err == nil {
			t.Error("got no error for an unknown report")
		}
		if n := client.CountRunning(x.Client); n != 0 {
			t.Errorf("got %d runs in progress, want 0", n)
		}
	})
}

func TestIsFatal(t *testing.T) {
	for name, test := range map[string]struct {
		err  error
		want bool
	}{
		"none":          {nil, false},
		"sign-in":       {&client.SignInError{Err: errors.New("x")}, true},
		"refused token": {&client.APIError{StatusCode: http.StatusUnauthorized}, true},
		"one object":    {&client.APIError{StatusCode: http.StatusForbidden}, false},
		"not found":     {&client.NotFoundError{}, false},
		"server error":  {&client.APIError{StatusCode: http.StatusBadGateway}, false},
		"end of a read": {context.DeadlineExceeded, false},
	} {
		if got := client.IsFatal(test.err); got != test.want {
			t.Errorf("%s: got %t, want %t", name, got, test.want)
		}
	}
}

// The progress of a batch is logged every 10 seconds.
func TestBatchProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world := opasim.GenerateWorld(3, 1)
		slow := world.Users()[2].ID
		var log bytes.Buffer
		x := newTenant(t, opasim.Options{World: world, GenerationFor: func(id string) time.Duration {
			if id == slow {
				return 35 * time.Second
			}
			return 15 * time.Second
		}}, func(c *client.Config) { c.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
		subjects := subjectsOf(world)
		subjects[1].ID = "00000000-0000-4000-8000-000000000000"
		x.RunAll(t.Context(), subjects, client.RunAllOptions{})
		var got []string
		for line := range strings.Lines(log.String()) {
			if _, fields, ok := strings.Cut(line, `msg="Waiting for access reports" `); ok {
				got = append(got, strings.TrimSpace(fields))
			}
		}
		want := []string{
			"completed=0 failed=1 total=3 elapsed_ms=10000",
			"completed=1 failed=1 total=3 elapsed_ms=20000",
			"completed=1 failed=1 total=3 elapsed_ms=30000",
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}
