package client

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"
)

// wait polls a report until it is done. retryAfter is the delay before the first poll
// that the server requested, or 0. An unknown status counts as in progress
// (API.md, report-status-other).
func (r *run) wait(ctx context.Context, s Subject, report Report, retryAfter time.Duration) (Report, error) {
	pending := newPendingReport()
	var err error
	ended := repeat(ctx, func(n int) waiter {
		if n > 1 {
			report, retryAfter, err = r.poll(ctx, s, report)
		}
		if err != nil {
			return nil
		}
		r.noteStatus(ctx, report, pending.started)
		switch {
		case report.Done() && n > 1:
			r.polls.completed(generation(report, time.Since(pending.started)))
			return nil
		case report.Done():
			return nil // it shows nothing about the duration of others
		}
		return func(ctx context.Context) error {
			if err := sleep(ctx, retryAfter); err != nil {
				return err
			}
			return r.polls.wait(ctx, pending)
		}
	})
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
// timestamps if it has them, else by our clock. Timestamps in whole seconds can hide up
// to a second.
func generation(report Report, waited time.Duration) time.Duration {
	created, ok := report.Created()
	updated, err := time.Parse(time.RFC3339, report.UpdatedAt)
	took := updated.Sub(created)
	if created.Nanosecond() == 0 && updated.Nanosecond() == 0 {
		took += time.Second
	}
	if ok && err == nil && updated.After(created) && took < waited {
		return took
	}
	return waited
}
