package client

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Result is a completed report with its CSV.
type Result struct {
	Report  Report        // as data; messages use Summary
	Summary ReportSummary // of Report
	// CSV is the text as downloaded, in UTF-8; "" for a report with the status
	// StatusEmpty, which has no download.
	CSV string
	// Reused reports whether the report existed before it was requested.
	Reused bool

	secrets *secrets // of the client
}

// job identifies a run. Equal jobs share one run.
type job struct {
	subject  Subject
	maxAge   time.Duration // 0 for a new report
	existing bool          // whether only a report that existed at asOf may be used
	asOf     time.Time     // in UTC
	reportID string        // of an existing report; the other fields are zero
}

// Run returns a report on a subject. If maxAge is positive, it reuses the newest
// completed report that is at most maxAge old by the server's clock; otherwise it
// creates a report and waits for it to complete. Concurrent equal calls share a report.
//
// If the context ends before, the error is an *InterruptedError.
func (c *Client) Run(ctx context.Context, s Subject, maxAge time.Duration) (*Result, error) {
	return c.runShared(ctx, job{subject: s, maxAge: maxAge})
}

// Existing returns an existing report, and waits for it to complete if necessary. If
// there is no such report, the error is a *NotFoundError.
func (c *Client) Existing(ctx context.Context, reportID string) (*Result, error) {
	return c.runShared(ctx, job{reportID: reportID})
}

// runShared joins the run of a job, or starts it.
func (c *Client) runShared(ctx context.Context, j job) (*Result, error) {
	started := time.Now()
	p, leave := c.running.join(j)
	defer leave()
	result, _, err := c.runs.Do(ctx, j, func(ctx context.Context) (*Result, error) {
		p.begin()
		return (&run{Client: c, progress: p}).execute(ctx, j)
	})
	if ctx.Err() != nil && err != nil {
		report, failure := p.last()
		return nil, &InterruptedError{Report: report, Summary: c.secrets.report(report), Elapsed: time.Since(started), Last: failure, Err: ctx.Err()}
	}
	return result, err
}

// run is one run of a report.
type run struct {
	*Client

	progress *progress
}

// execute runs a job.
func (r *run) execute(ctx context.Context, j job) (*Result, error) {
	switch {
	case j.reportID != "":
		return r.existing(ctx, j.reportID)
	case j.existing:
		return r.asOf(ctx, j.subject, j.asOf)
	case j.maxAge > 0:
		if result, err := r.recent(ctx, j.subject, j.maxAge); result != nil || err != nil {
			return result, err
		}
	}
	return r.newReport(ctx, j.subject)
}

// newReport creates a report and downloads it. The report counts as pending until
// OPA has generated it.
func (r *run) newReport(ctx context.Context, s Subject) (*Result, error) {
	select {
	case r.pending <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	report, err := r.generate(ctx, s)
	<-r.pending
	if err != nil {
		return nil, err
	}
	return r.result(ctx, report, lagStatuses...)
}

// lagStatuses are the statuses of a download that lags behind the report's status
// (API.md, download-lag).
var lagStatuses = []int{http.StatusNotFound, http.StatusConflict, http.StatusTooEarly}

// existing returns an existing report.
func (r *run) existing(ctx context.Context, id string) (*Result, error) {
	report, retryAfter, err := r.getReport(ctx, Subject{}, strings.ToLower(id))
	switch {
	case isStatus(err, http.StatusNotFound):
		return nil, &NotFoundError{Object: ObjectReport, Key: KeyID, Value: id, Err: err}
	case err == nil && !strings.EqualFold(report.ID, id):
		err = protocolErrorf("the response is about report %s", r.secrets.redact(report.ID))
	case err == nil && isDeleted(report.DeletedAt):
		return nil, &NotFoundError{Object: ObjectReport, Key: KeyID, Value: id, Deleted: true}
	}
	if err != nil {
		return nil, fmt.Errorf("looking up report %s: %w", id, err)
	}
	result, err := r.finish(ctx, report, retryAfter)
	if err != nil {
		return nil, err
	}
	result.Reused = true
	return result, nil
}

// finish waits for a report, and downloads it.
func (r *run) finish(ctx context.Context, report Report, retryAfter time.Duration) (*Result, error) {
	report, err := r.wait(ctx, report.Subject(), report, retryAfter)
	if err != nil {
		return nil, fmt.Errorf("waiting for report %s: %w", r.secrets.redact(report.ID), err)
	}
	if report.Status == StatusError {
		return nil, &ReportFailedError{Report: report, Summary: r.secrets.report(report)}
	}
	return r.result(ctx, report, lagStatuses...)
}

// generate creates a report and waits for it. If the report ends with ERROR, for
// which OPA returns no reason, generate creates one more.
func (r *run) generate(ctx context.Context, s Subject) (report Report, err error) {
	known := map[string]bool{}
	ended := repeat(ctx, func(n int) waiter {
		if report, err = r.generateOnce(ctx, s, known); err != nil || report.Status != StatusError {
			return nil
		}
		if n > 1 {
			err = &ReportFailedError{Report: report, Summary: r.secrets.report(report), Again: true}
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
func (r *run) generateOnce(ctx context.Context, s Subject, known map[string]bool) (Report, error) {
	report, retryAfter, err := r.create(ctx, s, known)
	if err != nil {
		return Report{}, fmt.Errorf("creating a report: %w", err)
	}
	known[report.key()] = true
	if report, err = r.wait(ctx, s, report, retryAfter); err != nil {
		return Report{}, fmt.Errorf("waiting for report %s: %w", r.secrets.redact(report.ID), err)
	}
	return report, nil
}
