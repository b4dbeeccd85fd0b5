package client_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/privileged-access/terraform-provider-opa/internal/client"
	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// Whatever fields the list of reports has, a report whose response is always lost is
// created at most twice, and no report that existed before is returned for it.
func TestLostCreates(t *testing.T) {
	tellsLess := map[string]opasim.Options{
		"all fields":              {},
		"no details in the list":  {ListPartialReports: true},
		"no created_at":           {NullCreatedAt: true},
		"neither":                 {ListPartialReports: true, NullCreatedAt: true},
		"database 3 s behind":     {DatabaseSkew: -3 * time.Second},
		"database 90 s behind":    {DatabaseSkew: -90 * time.Second},
		"database 4 min ahead":    {DatabaseSkew: 4 * time.Minute},
		"list lags 5 s":           {ListLag: 5 * time.Second},
		"lags, no fields":         {ListLag: 5 * time.Second, ListPartialReports: true, NullCreatedAt: true},
		"lags, database behind":   {ListLag: 8 * time.Second, DatabaseSkew: -10 * time.Second},
		"no details":              {NoReportDetails: true},
		"nested list of one page": {NestedList: true, NullCreatedAt: true},
	}
	for name, options := range tellsLess {
		for _, generation := range []time.Duration{0, 3 * time.Second, 2 * time.Minute} {
			for _, retries := range []int{0, 4, 50} {
				for lost := range 4 {
					about := fmt.Sprintf("%s, generated in %s, max_retries %d, %d lost", name, generation, retries, lost)
					synctest.Test(t, func(t *testing.T) { lostCreates(t, about, options, generation, retries, lost) })
				}
			}
		}
	}
}

func lostCreates(t *testing.T, about string, options opasim.Options, generation time.Duration, retries, lost int) {
	t.Helper()
	options.Generation, options.PageSize = generation, 2
	x := newTenant(t, options, func(c *client.Config) { c.MaxRetries = retries })
	old := map[string]bool{
		x.AddReport(opasim.PastReport{UserID: x.larry.ID, Age: 30 * time.Second}):                                      true,
		x.AddReport(opasim.PastReport{UserID: x.larry.ID, Age: time.Hour}):                                             true,
		x.AddReport(opasim.PastReport{UserID: x.larry.ID, Age: 10 * time.Second, Deleted: true}):                       true,
		x.AddReport(opasim.PastReport{UserID: x.World().User("dora.database").ID, Age: 20 * time.Second}):              true,
		x.AddReport(opasim.PastReport{ResourceID: x.World().Servers("web-01")[0].ID, Status: client.StatusInProgress}): true,
	}
	if lost > 0 {
		x.SetFaults(opasim.Fault{Method: http.MethodPost, Path: "/access_reports", After: true, Close: true, Times: lost})
	}
	result, err := x.Run(t.Context(), x.larry, 0)
	if got := x.creates(); got > 2 || lost == 0 && got != 1 {
		t.Errorf("%s: got %d creates, want at most 2", about, got)
	}
	unprovable := options.NoReportDetails && lost > 1
	switch {
	case unprovable && (err == nil || !strings.Contains(err.Error(), "sent 2 times")):
		t.Errorf("%s: got %+v, %v, want an error with the number of create requests", about, result, err)
	case !unprovable && err != nil:
		t.Errorf("%s: got the error %v, want none", about, err)
	case err == nil && old[result.Report.ID]:
		t.Errorf("%s: got report %s, which existed before", about, result.Report.ID)
	}
	x.checkRequests()
}

// If the list has enough fields, the create is not repeated.
func TestLostCreateIsFoundInTheList(t *testing.T) {
	for name, options := range map[string]opasim.Options{
		"everything":                             {},
		"details by a read of the report":        {ListPartialReports: true},
		"unfinished, no created_at":              {NullCreatedAt: true, Generation: time.Minute},
		"unfinished, neither":                    {NullCreatedAt: true, ListPartialReports: true, Generation: time.Minute},
		"unfinished, database 30 s behind":       {DatabaseSkew: -30 * time.Second, Generation: time.Minute},
		"the list lags 5 s":                      {ListLag: 5 * time.Second},
		"the list lags 5 s, database is 1 s off": {ListLag: 5 * time.Second, DatabaseSkew: -time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			x := newTenant(t, options)
			x.AddReport(opasim.PastReport{UserID: x.larry.ID, Age: 30 * time.Second})
			x.SetFaults(opasim.Fault{Method: http.MethodPost, Path: "/access_reports", After: true, Close: true})
			if result, err := x.Run(t.Context(), x.larry, 0); err != nil || x.creates() != 1 {
				t.Errorf("%s: got %+v, %v after %d creates, want a report after 1", name, result, err, x.creates())
			}
		})
	}
}

// Two unfinished reports of unknown age cannot be distinguished: one may be
// old. So a new one is created.
func TestLostCreateIsNotGuessed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newTenant(t, opasim.Options{NullCreatedAt: true, Generation: time.Minute})
		hangs := x.AddReport(opasim.PastReport{UserID: x.larry.ID, Age: time.Hour, Status: client.StatusInProgress})
		x.SetFaults(opasim.Fault{Method: http.MethodPost, Path: "/access_reports", After: true, Close: true})
		result, err := x.Run(within(t, 5*time.Minute), x.larry, 0)
		if err != nil || result.Report.ID == hangs || x.creates() != 2 {
			t.Errorf("got %+v, %v after %d creates, want another report than %s after 2", result, err, x.creates(), hangs)
		}
	})
}

// A search stops as soon as its context ends.
func TestLostCreateStopsAtOnce(t *testing.T) {
	for after := 100 * time.Millisecond; after < 15*time.Second; after += 700 * time.Millisecond {
		synctest.Test(t, func(t *testing.T) {
			x := newTenant(t, opasim.Options{ListLag: time.Hour, Latency: 100 * time.Millisecond})
			x.SetFaults(opasim.Fault{Method: http.MethodPost, Path: "/access_reports", After: true, Close: true})
			started := time.Now()
			_, err := x.Run(within(t, after), x.larry, 0)
			if took := time.Since(started); err == nil || took != after {
				t.Errorf("got %v after %s, want an error after %s", err, took, after)
			}
		})
	}
}

// Of many reports without fields in the list, only some are read one by one.
func TestLostCreateReadsFewReports(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newTenant(t, opasim.Options{ListPartialReports: true, NullCreatedAt: true})
		for range 500 {
			x.AddReport(opasim.PastReport{UserID: x.World().User("dora.database").ID, Age: time.Hour})
		}
		x.SetFaults(opasim.Fault{Method: http.MethodPost, Path: "/access_reports", After: true, Close: true})
		if _, err := x.Run(t.Context(), x.larry, 0); err != nil || x.creates() != 2 || x.polls() > 100 {
			t.Errorf("got %v after %d creates and %d reads, want a report after 2 and at most 100", err, x.creates(), x.polls())
		}
	})
}
