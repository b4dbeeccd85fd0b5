package client_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/privileged-access/terraform-provider-opa/internal/client"
	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// AsOf selects the newest completed report that existed at a time, and creates none.
func TestAsOf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newTenant(t, opasim.Options{})
		world := x.World()
		larry, dora, web := world.User("larry.linuxadmin").ID, world.User("dora.database").ID, world.Servers("web-01")[0].ID
		now := time.Now()
		ids := map[string]string{}
		for name, past := range map[string]opasim.PastReport{
			"oldest":          {UserID: larry, Age: 10 * 24 * time.Hour},
			"old":             {UserID: larry, Age: 5 * 24 * time.Hour},
			"old and deleted": {UserID: larry, Age: 100 * time.Hour, Deleted: true},
			"old and failed":  {UserID: larry, Age: 99 * time.Hour, Status: "ERROR"},
			"old and pending": {UserID: larry, Age: 98 * time.Hour, Status: "IN PROGRESS"},
			"another type":    {UserID: larry, Age: 97 * time.Hour, ResourceType: "secret"},
			"another user":    {UserID: dora, Age: 97 * time.Hour},
			"a server":        {ResourceID: web, Age: 97 * time.Hour},
			"recent":          {UserID: larry, Age: time.Hour},
			"from the future": {UserID: larry, Age: -time.Hour},
		} {
			ids[name] = x.AddReport(past)
		}
		for name, test := range map[string]struct {
			age  time.Duration
			want string
		}{
			"now":                {0, "recent"},
			"in two minutes":     {-2 * time.Minute, "recent"},
			"at that time":       {time.Hour, "recent"},
			"a second before":    {time.Hour + time.Second, "old"},
			"three days ago":     {72 * time.Hour, "old"},
			"at the older one":   {10 * 24 * time.Hour, "oldest"},
			"before all of them": {11 * 24 * time.Hour, ""},
		} {
			outcome := x.RunAll(t.Context(), []client.Subject{{Kind: client.UserSubject, ID: larry, ResourceType: "server"}}, client.RunAllOptions{AsOf: new(now.Add(-test.age))})[0]
			if test.want == "" {
				missing, ok := errors.AsType[*client.NoReportError](outcome.Err)
				if !ok || !missing.Oldest.Equal(now.Add(-10*24*time.Hour)) {
					t.Errorf("%s: got %+v, want a NoReportError with the time of the oldest report", name, outcome)
				}
				continue
			}
			if outcome.Err != nil || outcome.Result.Report.ID != ids[test.want] || !outcome.Result.Reused {
				t.Errorf("%s: got %+v, want the report %q, %s", name, outcome, test.want, ids[test.want])
			}
		}
		if outcome := x.RunAll(t.Context(), []client.Subject{{Kind: client.UserSubject, ID: larry, ResourceType: "server"}}, client.RunAllOptions{AsOf: new(now.Add(6 * time.Minute))})[0]; !isFutureTime(outcome.Err) {
			t.Errorf("in the future: got %+v, want a FutureTimeError", outcome)
		}
		if outcome := x.RunAll(t.Context(), []client.Subject{{Kind: client.UserSubject, ID: larry, ResourceType: "server"}}, client.RunAllOptions{AsOf: new(time.Time)})[0]; !isNoReport(outcome.Err) {
			t.Errorf("zero time: got %+v, want a NoReportError", outcome)
		}
		if n := x.creates(); n != 0 {
			t.Errorf("got %d new reports, want none", n)
		}
	})
}

func isNoReport(err error) bool {
	_, ok := errors.AsType[*client.NoReportError](err)
	return ok
}

func isFutureTime(err error) bool {
	_, ok := errors.AsType[*client.FutureTimeError](err)
	return ok && client.IsFatal(err)
}

// A report that cannot be read or is rejected is an error: neither another report nor a
// new one replaces it.
func TestAsOfUsesNoOtherReport(t *testing.T) {
	for _, status := range []int{http.StatusNotFound, http.StatusGone, http.StatusConflict} {
		synctest.Test(t, func(t *testing.T) {
			x := newTenant(t, opasim.Options{Faults: []opasim.Fault{{Path: "/access_reports/{id}/report", Status: status}}})
			larry := x.World().User("larry.linuxadmin").ID
			x.AddReport(opasim.PastReport{UserID: larry, Age: 2 * time.Hour})
			id := x.AddReport(opasim.PastReport{UserID: larry, Age: time.Hour})
			outcome := x.RunAll(t.Context(), []client.Subject{{Kind: client.UserSubject, ID: larry, ResourceType: "server"}}, client.RunAllOptions{AsOf: new(time.Now())})[0]
			if missing, ok := errors.AsType[*client.NotFoundError](outcome.Err); !ok || missing.Value != id || !missing.Deleted {
				t.Errorf("status %d: got %+v, want a NotFoundError for the deleted report %s", status, outcome, id)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		x := newTenant(t, opasim.Options{})
		larry := x.World().User("larry.linuxadmin").ID
		x.AddReport(opasim.PastReport{UserID: larry, Age: 2 * time.Hour})
		x.AddReport(opasim.PastReport{UserID: larry, Age: time.Hour})
		errRejected, calls := errors.New("rejected"), 0
		outcome := x.RunAll(t.Context(), []client.Subject{{Kind: client.UserSubject, ID: larry, ResourceType: "server"}}, client.RunAllOptions{
			AsOf:  new(time.Now()),
			Check: func(_ context.Context, _ int, _ *client.Result) error { calls++; return errRejected },
		})[0]
		if !errors.Is(outcome.Err, errRejected) || calls != 1 {
			t.Errorf("got %+v after %d checks, want the error of the only check", outcome, calls)
		}
	})
}

// The message has the fraction of a second, without which a report could look as if it had
// existed at the time.
func TestNoReportErrorHasTheFraction(t *testing.T) {
	err := &client.NoReportError{Subject: client.Subject{Kind: client.UserSubject}, AsOf: time.Date(2026, 10, 1, 0, 0, 0, 5e8, time.UTC)}
	if want := "at or before 2026-10-01T00:00:00.5Z"; !strings.Contains(err.Error(), want) {
		t.Errorf("got %q, want it to contain %s", err, want)
	}
}
