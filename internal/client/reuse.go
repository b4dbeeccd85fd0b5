package client

import (
	"context"
	"fmt"
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

// recent returns the newest completed report on a subject that is at most maxAge old
// by the server's clock, and not from the future, or nil if there is none.
func (r *run) recent(ctx context.Context, s Subject, maxAge time.Duration) (*Result, error) {
	listing, err := r.listReports(ctx, r.progress)
	if err != nil {
		return nil, err
	}
	newest := listing.date.Add(-maxAge)
	var found *Report
	for i, report := range listing.reports {
		finished := report.Status == StatusCompleted || report.Status == StatusEmpty
		reported := report.Subject()
		created, ok := report.Created()
		// A report without a type may be of another one.
		fits := s.same(reported) && strings.EqualFold(reported.ResourceType, s.ResourceType)
		recent := ok && !created.Before(newest) && !isFuture(created, listing.date)
		if fits && recent && finished && !isDeleted(report.DeletedAt) {
			found, newest = &listing.reports[i], created
		}
	}
	if found == nil {
		return nil, nil //nolint:nilnil // none is no error
	}
	r.progress.at(*found)
	result, err := r.result(ctx, *found)
	if isStatus(err, append(lagStatuses, http.StatusGone)...) {
		r.progress.begin()
		return nil, nil //nolint:nilnil // it was deleted since
	}
	if err != nil {
		return nil, err
	}
	result.Reused = true
	return result, nil
}
