package client

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"
)

// Result is a finished report and what it says.
type Result struct {
	Report  Report        // as data; messages say what is in Summary
	Summary ReportSummary // of Report
	// CSV is the text as downloaded, in UTF-8; "" for a report that OPA calls
	// empty, of which there is nothing to download.
	CSV string
	// Reused says that the report was there before it was nextRetryAfter for.
	Reused bool

	secrets *secrets // of the client
}

// job is what a run is to do. Jobs that are the same share one run.
type job struct {
	subject  Subject
	maxAge   time.Duration // 0 for a new report
	reportID string        // of a report that exists, instead of the others
}

// Run gives a report on the subject: the newest finished one that is no older
// than maxAge by the server's clock, else a new one, for which it waits. With a
// maxAge of 0 it always makes a new one. Those who ask for the same at the same
// time get the same report.
//
// The context ends a run at any point, with an *InterruptedError.
func (c *Client) Run(ctx context.Context, s Subject, maxAge time.Duration) (*Result, error) {
	return c.shared(ctx, job{subject: s, maxAge: maxAge})
}

// Existing gives a report that exists, for which it waits if need be. A report
// that does not exist is a *NotFoundError.
func (c *Client) Existing(ctx context.Context, reportID string) (*Result, error) {
	return c.shared(ctx, job{reportID: reportID})
}

func (c *Client) shared(ctx context.Context, j job) (*Result, error) {
	started := time.Now()
	kept, _ := c.running.LoadOrStore(j, new(progress))
	progress := kept.(*progress) //nolint:forcetypeassert,errcheck // nothing else is kept there
	result, _, err := c.runs.Do(ctx, j, func(ctx context.Context) (*Result, error) {
		progress.begin()
		ctx = withProgress(ctx, progress)
		switch {
		case j.reportID != "":
			return c.existing(ctx, j.reportID)
		case j.maxAge > 0:
			if result, err := c.recent(ctx, j.subject, j.maxAge); result != nil || err != nil {
				return result, err
			}
		}
		return c.run(ctx, j.subject)
	})
	if ctx.Err() != nil && err != nil {
		report, failure := progress.last()
		return nil, &InterruptedError{Report: report, Summary: c.secrets.report(report), Elapsed: time.Since(started), Last: failure, Err: ctx.Err()}
	}
	return result, err
}

// run makes a new report. Only while it is generated it counts as pending.
func (c *Client) run(ctx context.Context, s Subject) (*Result, error) {
	select {
	case c.pending <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	report, err := c.generate(ctx, s)
	<-c.pending
	if err != nil {
		return nil, err
	}
	return c.result(ctx, report, lagStatuses...)
}

// lagStatuses are the statuses by which a file lags behind its report's status
// (API.md, download-lag).
var lagStatuses = []int{http.StatusNotFound, http.StatusConflict, http.StatusTooEarly}

func (c *Client) existing(ctx context.Context, id string) (*Result, error) {
	report, retryAfter, err := c.getReport(ctx, Subject{}, strings.ToLower(id))
	switch {
	case isStatus(err, http.StatusNotFound):
		return nil, &NotFoundError{What: "report", By: "report_id", Value: id, Err: err}
	case err == nil && !strings.EqualFold(report.ID, id):
		err = protocolErrorf("it is about report %s", c.secrets.redact(report.ID))
	case err == nil && isDeleted(report.DeletedAt):
		return nil, &NotFoundError{What: "report", By: "report_id", Value: id, Deleted: true}
	}
	if err != nil {
		return nil, fmt.Errorf("looking up report %s: %w", id, err)
	}
	if report, err = c.wait(ctx, report.Subject(), report, retryAfter); err != nil {
		return nil, fmt.Errorf("waiting for report %s: %w", id, err)
	}
	if report.Status == StatusError {
		return nil, &ReportFailedError{Report: report, Summary: c.secrets.report(report)}
	}
	result, err := c.result(ctx, report, lagStatuses...)
	if err != nil {
		return nil, err
	}
	result.Reused = true
	return result, nil
}

// generate creates a report and waits for it. If the report ends with ERROR, for
// which OPA returns no reason, generate creates one more.
func (c *Client) generate(ctx context.Context, s Subject) (report Report, err error) {
	known := map[string]bool{}
	ended := repeat(ctx, func(n int) waiter {
		if report, err = c.generateOnce(ctx, s, known); err != nil || report.Status != StatusError {
			return nil
		}
		if n > 1 {
			err = &ReportFailedError{Report: report, Summary: c.secrets.report(report), Again: true}
			return nil
		}
		return after(randomBetween(500*time.Millisecond, time.Second))
	})
	if err == nil {
		err = ended
	}
	return report, err
}

// generateOnce creates a report, waits for it, and adds it to the known ones.
func (c *Client) generateOnce(ctx context.Context, s Subject, known map[string]bool) (Report, error) {
	report, retryAfter, err := c.create(ctx, s, known)
	if err != nil {
		return Report{}, fmt.Errorf("creating a report: %w", err)
	}
	known[report.key()] = true
	if report, err = c.wait(ctx, s, report, retryAfter); err != nil {
		return Report{}, fmt.Errorf("waiting for report %s: %w", c.secrets.redact(report.ID), err)
	}
	return report, nil
}

// wait polls at a report until it is done, first after the pause that the server
// nextRetryAfter for, if it did. A status that is not known is waited on like one of
// those that pass.
func (c *Client) wait(ctx context.Context, s Subject, report Report, retryAfter time.Duration) (Report, error) {
	started := time.Now()
	batch, estimates := batchOf(ctx), 0
	for polls := 0; ; polls++ {
		if progressOf(ctx).at(report) {
			c.log.LogAttrs(ctx, slog.LevelInfo, "Access report changed its status",
				slog.String("report_id", report.ID), slog.String("status", report.Status),
				slog.Int64("elapsed_ms", time.Since(started).Milliseconds()))
		}
		if report.Done() {
			// What was done at once teaches nothing.
			if polls > 0 {
				batch.learn(generation(report, time.Since(started)))
			}
			return report, nil
		}
		release := func() {}
		var err error
		switch {
		case batch == nil || retryAfter > 0:
			err = sleep(ctx, max(retryAfter, pollInterval(time.Since(started))))
		default:
			estimates, release, err = batch.waitForPoll(ctx, started, estimates)
		}
		if err != nil {
			release()
			return report, err
		}
		next, nextRetryAfter, err := c.getReport(ctx, s, report.ID, http.StatusNotFound)
		release()
		if err != nil {
			return report, err
		}
		if !strings.EqualFold(next.ID, report.ID) {
			return report, protocolErrorf("it is about report %s", c.secrets.redact(next.ID))
		}
		report, retryAfter = next, nextRetryAfter
	}
}

// generation is how long OPA took for a report that is done, by its own clock if
// the report tells, else by ours.
func generation(report Report, waited time.Duration) time.Duration {
	created, ok := report.Created()
	updated, err := time.Parse(time.RFC3339, report.UpdatedAt)
	if took := updated.Sub(created); ok && err == nil && took > 0 && took < waited {
		waited = took
	}
	return waited
}

// The pauses between two polls at a report.
const (
	firstPollInterval = 400 * time.Millisecond
	maxPollInterval   = 20 * time.Second
	// A pause is this part of the time waited so far: a report is noticed on
	// average within half of it after its end, however long it took, and the
	// number of polls grows with the logarithm of the time only.
	pollIntervalShare = 0.165
)

// pause is how long to wait until the next look at a report that has been
// waited for so long. It is up to a tenth shorter or longer at random, so that
// many who wait do not look at the same time.
func pollInterval(waited time.Duration) time.Duration {
	share := time.Duration(float64(waited) * pollIntervalShare * (0.9 + 0.2*rand.Float64()))
	return min(max(share, firstPollInterval-waited, 50*time.Millisecond), maxPollInterval)
}
