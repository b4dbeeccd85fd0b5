package client

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"strings"
	"time"
)

// listing is the list of all reports and the server's time when it was read.
type listing struct {
	reports []Report
	date    time.Time
}

// Reports returns the reports of the team that were not deleted, by any user.
func (c *Client) Reports(ctx context.Context) ([]Report, error) {
	listing, err := c.listReports(ctx, nil)
	if err != nil {
		return nil, err
	}
	var reports []Report
	for _, report := range listing.reports {
		if !isDeleted(report.DeletedAt) {
			reports = append(reports, report)
		}
	}
	return reports, nil
}

// listReports returns the list of reports. Concurrent callers share one read: all
// members of a batch search it for a report to reuse.
func (c *Client) listReports(ctx context.Context, p *progress) (listing, error) {
	read, _, err := c.listings.Do(ctx, struct{}{}, func(ctx context.Context) (listing, error) {
		reports, date, err := list[Report](ctx, c, p, c.path("access_reports"))
		return listing{reports, date}, err
	})
	if err != nil {
		return listing{}, fmt.Errorf("listing access reports: %w", err)
	}
	return read, nil
}

// completed yields the completed reports on a subject that were not deleted, with the
// times at which they were created. Reports whose time is not known are left out.
func (l listing) completed(s Subject) iter.Seq2[*Report, time.Time] {
	return func(yield func(*Report, time.Time) bool) {
		for i := range l.reports {
			report := &l.reports[i]
			reported := report.Subject()
			created, ok := report.Created()
			// A report without a type may be of another one.
			fits := s.same(reported) && strings.EqualFold(reported.ResourceType, s.ResourceType)
			finished := report.Status == StatusCompleted || report.Status == StatusEmpty
			if ok && fits && finished && !isDeleted(report.DeletedAt) && !yield(report, created) {
				return
			}
		}
	}
}

// newest returns the newest completed report on a subject that was created within a
// period, or nil if there is none.
func (l listing) newest(s Subject, from, to time.Time) (found *Report) {
	for report, created := range l.completed(s) {
		if !created.Before(from) && !created.After(to) {
			found, from = report, created
		}
	}
	return found
}

// oldest returns when the oldest completed report on a subject was created, or the zero
// time if there is none.
func (l listing) oldest(s Subject) (oldest time.Time) {
	for _, created := range l.completed(s) {
		if oldest.IsZero() || created.Before(oldest) {
			oldest = created
		}
	}
	return oldest
}

// recent returns the newest completed report on a subject that is at most maxAge old
// by the server's clock, and not from the future, or nil if there is none.
func (r *run) recent(ctx context.Context, s Subject, maxAge time.Duration) (*Result, error) {
	listing, err := r.listReports(ctx, r.progress)
	if err != nil {
		return nil, err
	}
	found := listing.newest(s, listing.date.Add(-maxAge), listing.date.Add(MaxClockDifference))
	if found == nil {
		return nil, nil //nolint:nilnil // none is no error
	}
	result, err := r.reuse(ctx, *found)
	if isStatus(err, deletedStatuses...) {
		r.progress.begin()
		return nil, nil //nolint:nilnil // it was deleted since
	}
	return result, err
}

// reuse downloads a report of the list.
func (r *run) reuse(ctx context.Context, report Report) (*Result, error) {
	r.progress.at(report)
	result, err := r.result(ctx, report)
	if err != nil {
		return nil, err
	}
	result.Reused = true
	return result, nil
}

// deletedStatuses are the statuses of a download of a listed report that was deleted.
var deletedStatuses = append([]int{http.StatusGone}, lagStatuses...)

// asOf returns the newest completed report on a subject that was created at or before a
// time. It never creates a report, and never uses another one if that report cannot be
// read. If there is none, the error is a *NoReportError.
func (r *run) asOf(ctx context.Context, s Subject, to time.Time) (*Result, error) {
	listing, err := r.listReports(ctx, r.progress)
	if err != nil {
		return nil, err
	}
	if isFuture(to, listing.date) {
		return nil, &FutureTimeError{Time: to, Now: listing.date}
	}
	found := listing.newest(s, time.Time{}, to)
	if found == nil {
		return nil, &NoReportError{Subject: s, AsOf: to, Oldest: listing.oldest(s)}
	}
	result, err := r.reuse(ctx, *found)
	if isStatus(err, deletedStatuses...) && asAPIError(err).Body == APIBody {
		return nil, &NotFoundError{Object: ObjectReport, Key: KeyID, Value: r.secrets.redact(found.ID).String(), Deleted: true}
	}
	return result, err
}
