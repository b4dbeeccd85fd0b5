package client_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/privileged-access/terraform-provider-opa/internal/client"
	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// spread returns a duration that differs from d by up to 5 %, so that it is not always
// the same part of a poll interval.
func spread(d time.Duration) time.Duration { return multiply(d, 0.95+0.1*rand.Float64()) }

func multiply(d time.Duration, factor float64) time.Duration {
	return time.Duration(float64(d) * factor)
}

// distributions return the duration of a report for a typical duration.
var distributions = []struct {
	name string
	of   func(d time.Duration) time.Duration
}{
	{"constant", spread},
	{"log-normal", func(d time.Duration) time.Duration { return multiply(d, math.Exp(0.5*rand.NormFloat64())) }},
	{"two humps", func(d time.Duration) time.Duration { return spread(d) / time.Duration(1+3*rand.IntN(2)) }},
}

// lateness is how late a client notices that reports are completed.
type lateness struct {
	mu          sync.Mutex
	late        []time.Duration // of each report
	total       time.Duration   // of all reports
	durations   time.Duration   // of all reports
	allowed     time.Duration   // of all reports that run alone: 250 ms, or 1.5 % of the duration if that is longer
	polls       int             // of all reports
	firstMinute []int           // polls of each client in its first minute
}

func (l *lateness) quantile(q float64) time.Duration {
	slices.Sort(l.late)
	return l.late[int(q*float64(len(l.late)-1))]
}

// measure runs a report on each user of a world with a new client, in virtual time and
// without latency: each report on its own, as with for_each, or all as a batch.
func (l *lateness) measure(t *testing.T, world *opasim.World, batch bool, of func() time.Duration) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		durations := map[string]time.Duration{}
		for _, user := range world.Users() {
			durations[user.ID] = of()
		}
		x := newTenant(t, opasim.Options{World: world, GenerationFor: func(id string) time.Duration { return durations[id] }})
		started := time.Now()
		noticed := func(s client.Subject) {
			l.mu.Lock()
			defer l.mu.Unlock()
			late := time.Since(started) - durations[s.ID]
			l.late = append(l.late, late)
			l.total += late
			l.durations += durations[s.ID]
			l.allowed += max(250*time.Millisecond, durations[s.ID]*15/1000)
		}
		subjects := subjectsOf(world)
		if batch {
			x.RunAll(t.Context(), subjects, client.RunAllOptions{Check: func(_ context.Context, i int, _ *client.Result) error {
				noticed(subjects[i])
				return nil
			}})
		} else {
			var wait sync.WaitGroup
			for _, subject := range subjects {
				wait.Go(func() {
					if _, err := x.Run(t.Context(), subject, 0); err != nil {
						t.Error(err)
					}
					noticed(subject)
				})
			}
			wait.Wait()
		}
		l.polls += x.polls()
		firstMinute := 0
		for _, request := range x.Requests() {
			if request.Method == http.MethodGet && !strings.HasSuffix(request.Path, "/report") && request.Time.Sub(started) <= time.Minute {
				firstMinute++
			}
		}
		l.firstMinute = append(l.firstMinute, firstMinute)
	})
}

func average(numbers []int) int {
	total := 0
	for _, n := range numbers {
		total += n
	}
	return total / len(numbers)
}

// TestLateness measures how late completed reports are noticed. It logs a table, which
// make bench copies into its own.
func TestLateness(t *testing.T) {
	for _, kind := range []struct {
		name              string
		users, runs       int
		batch             bool
		mostInFirstMinute int     // polls of a client: of each if its report is alone, else on average
		mostPolls         float64 // per report
	}{
		{"one report", 1, 60, false, 100, 300},
		{"10 reports, for_each", 10, 4, false, 150, 40},
		{"100 reports, batch", 100, 5, true, 1000, 15},
	} {
		world := opasim.GenerateWorld(kind.users, 1)
		for _, distribution := range distributions {
			for _, d := range []time.Duration{
				300 * time.Millisecond, 2500 * time.Millisecond, 7300 * time.Millisecond, 20 * time.Second, 45 * time.Second, 10 * time.Minute,
			} {
				var l lateness
				for range kind.runs {
					l.measure(t, world, kind.batch, func() time.Duration { return distribution.of(d) })
				}
				reports := time.Duration(len(l.late))
				mean, polls := l.total/reports, float64(l.polls)/float64(reports)
				t.Logf("| %s | %s | %s | %d ms | %d ms | %d ms | %d ms | %.1f |", kind.name, distribution.name, d,
					mean.Milliseconds(), l.quantile(0.5).Milliseconds(), l.quantile(0.95).Milliseconds(), l.quantile(1).Milliseconds(), polls)
				name := fmt.Sprintf("%s, %s, %s", kind.name, distribution.name, d)
				firstMinute := slices.Max(l.firstMinute)
				if kind.users > 1 {
					// One client in a hundred polls reports of very different durations much more often.
					firstMinute = average(l.firstMinute)
				}
				if firstMinute > kind.mostInFirstMinute || polls > kind.mostPolls {
					t.Errorf("%s: got %d polls in the first minute and %.1f per report, want at most %d and %.1f",
						name, firstMinute, polls, kind.mostInFirstMinute, kind.mostPolls)
				}
				// The average of random numbers may exceed what is allowed a little.
				most := l.allowed / reports * 4 / 3
				if kind.users > 1 {
					most = l.durations/reports*2/5 + 800*time.Millisecond
				}
				if mean > most {
					t.Errorf("%s: got an average lateness of %s, want at most %s", name, mean, most)
				}
			}
		}
	}
}
