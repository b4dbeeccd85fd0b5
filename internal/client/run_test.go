package client_test

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
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

func TestRunTakesAsLongAsTheReport(t *testing.T) {
	for generation, maxPolls := range map[time.Duration]int{
		0: 0, 100 * time.Millisecond: 1, 2 * time.Second: 9, 10 * time.Second: 27, 57 * time.Second: 100, 5 * time.Minute: 160,
	} {
		t.Run(generation.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const runs = 100
				var late time.Duration
				for i := range runs {
					generation := generation * time.Duration(900+i) / 1000
					x := newTenant(t, opasim.Options{Generation: generation})
					started := time.Now()
					result, err := x.Run(t.Context(), x.larry, 0)
					if err != nil {
						t.Fatal(err)
					}
					late += time.Since(started) - generation
					if polls := x.polls(); polls > maxPolls {
						t.Errorf("got %d polls, want at most %d", polls, maxPolls)
					}
					if result.Report.Status != client.StatusCompleted || !strings.Contains(result.CSV, "larry.linuxadmin") {
						t.Errorf("got %+v, want a new report", result)
					}
					if x.creates() != 1 || x.Logins() != 1 || x.Count("*", "*") != x.polls()+3 {
						t.Errorf("got %d creates, %d logins, %d polls, %d requests, want fewer", x.creates(), x.Logins(), x.polls(), x.Count("*", "*"))
					}
					x.checkRequests()
				}
				if most := max(generation*18/1000, 300*time.Millisecond); late/runs > most {
					t.Errorf("got an average delay of %s, want at most %s", late/runs, most)
				}
			})
		})
	}
}

func TestRunEnds(t *testing.T) {
	always := func(status string) func(string, int) string {
		return func(string, int) string { return status }
	}
	for name, test := range map[string]struct {
		options opasim.Options
		creates int
		check   func(*client.Result, error) error
	}{
		"empty": {
			options: opasim.Options{FinalStatus: always(client.StatusEmpty)},
			creates: 1,
			check: func(result *client.Result, err error) error {
				if err != nil || result.CSV != "" || result.Report.Status != client.StatusEmpty {
					return fmt.Errorf("got %+v, %w", result, err)
				}
				return nil
			},
		},
		"one report in ERROR, the next complete": {
			options: opasim.Options{Generation: time.Second, FinalStatus: func(_ string, attempt int) string {
				if attempt == 1 {
					return client.StatusError
				}
				return ""
			}},
			creates: 2,
			check: func(result *client.Result, err error) error {
				if err != nil || result.CSV == "" {
					return fmt.Errorf("got %+v, %w", result, err)
				}
				return nil
			},
		},
		"two reports in ERROR": {
			options: opasim.Options{Generation: time.Second, FinalStatus: always(client.StatusError)},
			creates: 2,
			check: func(_ *client.Result, err error) error {
				if failed, ok := errors.AsType[*client.ReportFailedError](err); !ok || failed.Report.Status != client.StatusError || failed.Report.ID == "" {
					return fmt.Errorf("got %w", err)
				}
				return nil
			},
		},
		"unknown status": {
			options: opasim.Options{Generation: time.Second, FinalStatus: always("ON HOLD")},
			creates: 1,
			check: func(_ *client.Result, err error) error {
				interrupted, ok := errors.AsType[*client.InterruptedError](err)
				if !ok || interrupted.Report.Status != "ON HOLD" || interrupted.Report.ID == "" || interrupted.Elapsed != 5*time.Minute || !errors.Is(err, context.DeadlineExceeded) {
					return fmt.Errorf("got %w", err)
				}
				return nil
			},
		},
		"never": {
			options: opasim.Options{Generation: time.Hour},
			creates: 1,
			check: func(_ *client.Result, err error) error {
				if interrupted, ok := errors.AsType[*client.InterruptedError](err); !ok || interrupted.Report.Status != "CREATED" {
					return fmt.Errorf("got %w", err)
				}
				return nil
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				x := newTenant(t, test.options)
				result, err := x.Run(within(t, 5*time.Minute), x.larry, 0)
				if err := test.check(result, err); err != nil {
					t.Error(err)
				}
				if x.creates() != test.creates {
					t.Errorf("got %d creates, want %d", x.creates(), test.creates)
				}
				x.checkRequests()
			})
		})
	}
}

// A run creates one report, even if the response to its creation is lost.
func TestRunCreatesOnce(t *testing.T) {
	create := func(f opasim.Fault) []opasim.Fault {
		f.Method, f.Path, f.Times = http.MethodPost, "/access_reports", max(f.Times, 1)
		return []opasim.Fault{f}
	}
	for name, test := range map[string]struct {
		faults         []opasim.Fault
		creates, kept  int
		skew           time.Duration
		generation     time.Duration
		failureIsRight bool
	}{
		"connection cut after the report was created":  {faults: create(opasim.Fault{After: true, Close: true}), creates: 1, kept: 1},
		"connection cut before the report was created": {faults: create(opasim.Fault{Close: true}), creates: 2, kept: 1},
		"timeout: report created":                      {faults: create(opasim.Fault{After: true, DelayAfter: 2 * time.Minute}), creates: 1, kept: 1},
		"a proxy's 502 after the report was created":   {faults: create(opasim.Fault{After: true, Status: 502, Body: []byte("<html>Bad gateway</html>")}), creates: 1, kept: 1},
		"a proxy's 502 before the report was created":  {faults: create(opasim.Fault{Status: 502}), creates: 2, kept: 1},
		"truncated response":                           {faults: create(opasim.Fault{Cut: true, CutAfter: 20}), creates: 1, kept: 1},
		"response that is not JSON":                    {faults: create(opasim.Fault{After: true, Status: 200, Body: []byte("OK")}), creates: 1, kept: 1},
		"response without an id":                       {faults: create(opasim.Fault{After: true, Status: 201, Body: []byte("{}")}), creates: 1, kept: 1},
		"too many requests, nothing created":           {faults: create(opasim.Fault{Status: 429, Times: 2}), creates: 3, kept: 1},
		"too many reports, nothing created":            {faults: create(opasim.Fault{Status: 409, Times: 2}), creates: 3, kept: 1},
		"the server's clock is an hour ahead":          {faults: create(opasim.Fault{After: true, Close: true}), creates: 1, kept: 1, skew: time.Hour},
		"the server's clock is an hour behind":         {faults: create(opasim.Fault{After: true, Close: true}), creates: 1, kept: 1, skew: -time.Hour},
		"found while it is generated":                  {faults: create(opasim.Fault{After: true, Close: true}), creates: 1, kept: 1, generation: 30 * time.Second},
		"always lost and never created":                {faults: create(opasim.Fault{Status: 502, Times: 99}), creates: 2, kept: 0, failureIsRight: true},
		"lost three times":                             {faults: create(opasim.Fault{Status: 503, Times: 3}), creates: 2, kept: 0, failureIsRight: true},
		"rejected: no retry":                           {faults: create(opasim.Fault{Status: 400}), creates: 1, kept: 0, failureIsRight: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				x := newTenant(t, opasim.Options{Faults: test.faults, ClockSkew: test.skew, Generation: test.generation, PageSize: 2})
				// Earlier reports, other subjects and other types do not match.
				x.AddReport(opasim.PastReport{UserID: x.larry.ID, Age: time.Minute})
				x.AddReport(opasim.PastReport{UserID: x.World().User("dora.database").ID})
				before := reports(x)
				result, err := x.Run(t.Context(), x.larry, 0)
				if (err != nil) != test.failureIsRight {
					t.Fatalf("got %+v and error %v, want another result", result, err)
				}
				if x.creates() != test.creates {
					t.Errorf("got %d creates, want %d", x.creates(), test.creates)
				}
				if kept := reports(x) - before; kept != test.kept {
					t.Errorf("got %d reports, want %d", kept, test.kept)
				}
				x.checkRequests()
			})
		})
	}
}

// reports returns the number of reports of the tenant.
func reports(x *tenant) int {
	x.t.Helper()
	sim, err := client.New(configFor(x.Sim))
	if err != nil {
		x.t.Fatal(err)
	}
	n, err := client.CountReports(x.t.Context(), sim)
	if err != nil {
		x.t.Fatal(err)
	}
	return n
}

func TestRunsOnTheSameSubjectShareOneReport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newTenant(t, opasim.Options{Generation: 3 * time.Second})
		dora := userSubject(x.World().User("dora.database"))
		var wait sync.WaitGroup
		for range 10 {
			for _, subject := range []client.Subject{x.larry, dora} {
				wait.Go(func() {
					result, err := x.Run(t.Context(), subject, 0)
					if err != nil || result.CSV == "" {
						t.Errorf("got %+v and error %v, want a report", result, err)
					}
				})
			}
		}
		// A caller whose context ends early does not end the run of the others.
		wait.Go(func() {
			if _, err := x.Run(within(t, time.Second), x.larry, 0); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v, want another error", err)
			}
		})
		wait.Wait()
		if x.creates() != 2 || x.Logins() != 1 {
			t.Errorf("got %d creates and %d logins, want 1 of each", x.creates(), x.Logins())
		}
	})
}

func TestRunKeepsToMaxPendingReports(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world := opasim.GenerateWorld(12, 1)
		x := newTenant(t, opasim.Options{World: world, Generation: 2 * time.Second}, func(c *client.Config) { c.MaxPendingReports = 3 })
		var wait sync.WaitGroup
		for _, user := range world.Users() {
			wait.Go(func() {
				if _, err := x.Run(t.Context(), userSubject(user), 0); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		if x.MaxPending() != 3 {
			t.Errorf("got %d pending reports, want at most the limit", x.MaxPending())
		}
	})
}

// A run stops as soon as the context ends, and returns its last state.
func TestRunStopsAtOnce(t *testing.T) {
	for _, after := range []time.Duration{0, 50 * time.Millisecond, 150 * time.Millisecond, 250 * time.Millisecond, 700 * time.Millisecond, 5 * time.Second, 9950 * time.Millisecond} {
		t.Run(after.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				x := newTenant(t, opasim.Options{Latency: 100 * time.Millisecond, Generation: 10 * time.Second})
				started := time.Now()
				_, err := x.Run(within(t, after), x.larry, 0)
				interrupted, ok := errors.AsType[*client.InterruptedError](err)
				if !ok || time.Since(started) != after || interrupted.Elapsed != after {
					t.Fatalf("got error %v after %s, want an *InterruptedError at the end of the context", err, time.Since(started))
				}
				if created := after > 200*time.Millisecond; created != (interrupted.Report.ID != "") {
					t.Errorf("after %s: got the report %+v, want its last state", after, interrupted.Report)
				}
			})
		})
	}
}

func TestInterruptedErrorHasTheLastFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newTenant(t, opasim.Options{Generation: time.Minute}, func(c *client.Config) { c.MaxRetries = 50 })
		x.SetFaults(opasim.Fault{Method: http.MethodGet, Path: "/access_reports/{id}", Status: http.StatusServiceUnavailable})
		_, err := x.Run(within(t, 20*time.Second), x.larry, 0)
		refused, ok := errors.AsType[*client.APIError](err)
		if !ok || refused.StatusCode != http.StatusServiceUnavailable || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want another error", err)
		}
	})
}

// A download returns the complete text or an error.
func TestDownload(t *testing.T) {
	file := func(f opasim.Fault) []opasim.Fault {
		f.Method, f.Path = http.MethodGet, "/access_reports/{id}/report"
		return []opasim.Fault{f}
	}
	const someCSV = "User Name,Resource Name\r\n\"é\",x\n"
	for name, test := range map[string]struct {
		faults []opasim.Fault
		want   string // "" for the simulator's own
		err    string // a part of it
	}{
		"as it is":                              {},
		"the file lags behind the status: 404":  {faults: file(opasim.Fault{Status: 404, Times: 3})},
		"the file lags behind the status: 409":  {faults: file(opasim.Fault{Status: 409, Times: 3})},
		"the file lags behind the status: 425":  {faults: file(opasim.Fault{Status: 425, Times: 3})},
		"always 404":                            {faults: file(opasim.Fault{Status: 404}), err: "404 Not Found"},
		"truncated once":                        {faults: file(opasim.Fault{Cut: true, CutAfter: 50, Times: 1})},
		"always truncated":                      {faults: file(opasim.Fault{Cut: true, CutAfter: -1}), err: "unexpected EOF"},
		"always truncated, in chunks":           {faults: file(opasim.Fault{Cut: true, CutAfter: -1, Framing: opasim.FramingChunked}), err: "unexpected EOF"},
		"ends with the connection":              {faults: file(opasim.Fault{Framing: opasim.FramingClose}), err: "the end of the body cannot be verified"},
		"complete, in chunks":                   {faults: file(opasim.Fault{Framing: opasim.FramingChunked})},
		"no bytes":                              {faults: file(opasim.Fault{After: true, Status: 200, Body: []byte{}}), err: "the body is empty"},
		"204":                                   {faults: file(opasim.Fault{After: true, Status: 204, Body: []byte{}}), err: "204 No Content"},
		"a part":                                {faults: file(opasim.Fault{After: true, Status: 206}), err: "206 Partial Content"},
		"changed by a proxy":                    {faults: file(opasim.Fault{After: true, Status: 203, Framing: opasim.FramingClose}), err: "the end of the body cannot be verified"},
		"invalid bytes for the charset":         {faults: file(opasim.Fault{After: true, Status: 200, Body: []byte("a,\x82\xff"), Header: contentType("text/csv; charset=shift_jis")}), err: "not valid shift_jis"},
		"a JSON string that is not UTF-8":       {faults: file(opasim.Fault{After: true, Status: 200, Body: []byte("\"a,l\xe4rry\""), Header: contentType("application/json")}), err: "not UTF-8"},
		"a JSON string with half a character":   {faults: file(opasim.Fault{After: true, Status: 200, Body: []byte(`"a,\ud800"`), Header: contentType("application/json")}), err: "truncated or malformed"},
		"304":                                   {faults: file(opasim.Fault{After: true, Status: 304, Body: []byte{}}), err: "304 Not Modified"},
		"a page of HTML":                        {faults: file(opasim.Fault{After: true, Status: 200, Body: []byte("\n<html>Sign in</html>")}), err: "an HTML or XML page instead of CSV"},
		"JSON with an error":                    {faults: file(opasim.Fault{After: true, Status: 200, Body: []byte(`{"message":"no"}`)}), err: "JSON instead of CSV"},
		"CSV as a JSON string":                  {faults: file(opasim.Fault{After: true, Status: 200, Body: []byte(`"a,b\r\nc,d"`), Header: contentType("application/json")}), want: "a,b\r\nc,d"},
		"truncated JSON string":                 {faults: file(opasim.Fault{After: true, Status: 200, Body: []byte(`"a,b\r\nc,`), Header: contentType("application/json")}), err: "truncated or malformed"},
		"CSV that begins with a quote":          {faults: file(opasim.Fault{After: true, Status: 200, Body: []byte(`"a,b"`), Header: contentType("text/csv")}), want: `"a,b"`},
		"line ends, quotes and accents stay":    {faults: file(opasim.Fault{After: true, Status: 200, Body: []byte(someCSV)}), want: someCSV},
		"declared charset":                      {faults: file(opasim.Fault{After: true, Status: 200, Body: []byte("caf\xe9,b"), Header: contentType("text/csv; charset=ISO-8859-1")}), want: "café,b"},
		"unknown charset":                       {faults: file(opasim.Fault{After: true, Status: 200, Body: []byte("a,b"), Header: contentType("text/csv; charset=klingon")}), err: `the charset "klingon" is unknown`},
		"an encoding that was not asked for":    {faults: file(opasim.Fault{After: true, Status: 200, Body: []byte("a,b"), Header: http.Header{"Content-Encoding": {"br"}}}), err: `the content encoding is "br"`},
		"a redirect is not followed, nor again": {faults: file(opasim.Fault{Redirect: "https://elsewhere.example/file"}), err: "a redirect to https://elsewhere.example"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				x := newTenant(t, opasim.Options{Faults: test.faults})
				result, err := x.Run(t.Context(), x.larry, 0)
				switch {
				case test.err != "":
					if err == nil || !strings.Contains(err.Error(), test.err) {
						t.Errorf("got %+v and error %v, want another error", result, err)
					}
				case err != nil:
					t.Error(err)
				case test.want != "":
					if result.CSV != test.want {
						t.Errorf("got %q, want the CSV of the report", result.CSV)
					}
				default:
					records, err := csv.NewReader(strings.NewReader(result.CSV)).ReadAll()
					if want := x.World().UserRows(x.larry.ID, "server"); err != nil || len(records) != len(want)+1 {
						t.Errorf("got %d records and error %[3]v, want %[2]d rows and a header", len(records), len(want), err)
					}
				}
				if test.err != "" && strings.Contains(test.err, "redirect") && slices.ContainsFunc(x.Requests(), func(r opasim.Request) bool { return r.Path == "/file" }) {
					t.Error("got a request to the redirect, want none")
				}
				x.checkRequests()
			})
		})
	}
}

func contentType(value string) http.Header { return http.Header{"Content-Type": {value}} }

func TestRunRefusesAReportOnAnotherSubject(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newTenant(t, opasim.Options{Generation: time.Second})
		other := `{"id":"11111111-1111-4111-8111-111111111111","status":"COMPLETED","details":{"user":{"id":"22222222-2222-4222-8222-222222222222","resource_type_filter":"server"}}}`
		x.SetFaults(opasim.Fault{Method: http.MethodGet, Path: "/access_reports/{id}", After: true, Status: 200, Body: []byte(other)})
		if _, err := x.Run(t.Context(), x.larry, 0); err == nil || !strings.Contains(err.Error(), "about another subject") {
			t.Errorf("got %v, want another error", err)
		}
	})
}

// A tenant that always returns the same failed report is not polled forever.
func TestRunEndsWithRepeatedError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newTenant(t, opasim.Options{})
		x.SetFaults(opasim.Fault{Method: http.MethodPost, Path: "/access_reports", After: true, Status: 201, Body: []byte(`{"id":"11111111-1111-4111-8111-111111111111","status":"ERROR"}`)})
		if _, err := x.Run(t.Context(), x.larry, 0); err == nil || x.creates() != 2 {
			t.Errorf("got %d creates and error %v, want others", x.creates(), err)
		}
	})
}

// Ids are UUIDs, so case does not matter.
func TestRunTakesAnIDInAnyCase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newTenant(t, opasim.Options{})
		const id = "abcdefab-1111-4111-8111-111111111111"
		x.SetFaults(
			opasim.Fault{Method: http.MethodPost, Path: "/access_reports", After: true, Status: 201, Body: []byte(`{"id":"` + id + `","status":"CREATED"}`)},
			opasim.Fault{Method: http.MethodGet, Path: "/access_reports/{id}", After: true, Status: 200, Body: []byte(`{"id":"` + strings.ToUpper(id) + `","status":"COMPLETED_BUT_EMPTY"}`)},
		)
		if _, err := x.Run(t.Context(), x.larry, 0); err != nil {
			t.Error(err)
		}
	})
}

func TestRunUsesRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newTenant(t, opasim.Options{Generation: 50 * time.Second})
		x.SetFaults(opasim.Fault{Method: http.MethodGet, Path: "/access_reports/{id}", After: true, Header: http.Header{"Retry-After": {"17"}}})
		if _, err := x.Run(t.Context(), x.larry, 0); err != nil || x.polls() > 5 {
			t.Errorf("got %d polls and error %v, want fewer polls", x.polls(), err)
		}
	})
}
