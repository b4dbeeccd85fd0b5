package client

import (
	"cmp"
	"context"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"
)

// wait polls a report until it is done. retryAfter is the delay before the first poll
// that the server requested, or 0. An unknown status counts as in progress
// (API.md, report-status-other).
func (r *run) wait(ctx context.Context, s Subject, report Report, retryAfter time.Duration) (Report, error) {
	started := time.Now()
	estimates := 0
	release := func() {}
	var err error
	ended := repeat(ctx, func(n int) waiter {
		if n > 1 {
			report, retryAfter, err = r.poll(ctx, s, report)
			release()
			release = func() {}
		}
		if err != nil {
			return nil
		}
		r.noteStatus(ctx, report, started)
		switch {
		case report.Done():
			// A report that was done at once is no estimate.
			if n > 1 {
				r.polls.addEstimate(generation(report, time.Since(started)))
			}
			return nil
		case r.polls == nil || retryAfter > 0:
			return after(max(retryAfter, pollInterval(time.Since(started))))
		}
		return func(ctx context.Context) (err error) {
			estimates, release, err = r.polls.waitForPoll(ctx, started, estimates)
			return err
		}
	})
	release()
	return report, cmp.Or(err, ended)
}

// poll returns the current state of a report, or the last one with an error.
func (r *run) poll(ctx context.Context, s Subject, report Report) (Report, time.Duration, error) {
	next, retryAfter, err := r.getReport(ctx, s, report.ID, http.StatusNotFound)
	switch {
	case err != nil:
		return report, 0, err
	case !strings.EqualFold(next.ID, report.ID):
		return report, 0, protocolErrorf("the response is about report %s", r.secrets.redact(next.ID))
	}
	return next, retryAfter, nil
}

// noteStatus records and logs a change of a report's status.
func (r *run) noteStatus(ctx context.Context, report Report, started time.Time) {
	if r.progress.at(report) {
		r.log.LogAttrs(ctx, slog.LevelInfo, "Access report changed its status",
			slog.String("report_id", report.ID), slog.String("status", report.Status),
			slog.Int64("elapsed_ms", time.Since(started).Milliseconds()))
	}
}

// generation returns how long OPA took for a report that is done, by the report's
// timestamps if it has them, else by our clock.
func generation(report Report, waited time.Duration) time.Duration {
	created, ok := report.Created()
	updated, err := time.Parse(time.RFC3339, report.UpdatedAt)
	if took := updated.Sub(created); ok && err == nil && took > 0 && took < waited {
		waited = took
	}
	return waited
}

// Limits of the interval between two polls.
const (
	firstPollInterval = 400 * time.Millisecond
	maxPollInterval   = 20 * time.Second
	// The interval is this part of the time waited so far. On average, the end of a
	// report is noticed within half of it, and the number of polls grows with the
	// logarithm of the time.
	pollIntervalShare = 0.165
)

// pollInterval returns the interval until the next poll of a report. It is up to a
// tenth shorter or longer at random, so that not all callers poll at the same time.
func pollInterval(waited time.Duration) time.Duration {
	share := time.Duration(float64(waited) * pollIntervalShare * (0.9 + 0.2*rand.Float64()))
	return min(max(share, firstPollInterval-waited, 50*time.Millisecond), maxPollInterval)
}
