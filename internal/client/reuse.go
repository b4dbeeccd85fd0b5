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

// Reports lists the reports of the team that were not deleted, also those that
// others have made.
func (c *Client) Reports(ctx context.Context) ([]Report, error) {
	listing, err := c.listReports(ctx)
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

// listReports reads the list once for all who ask at the same time: in a batch
// everyone looks for a report to reuse.
func (c *Client) listReports(ctx context.Context) (listing, error) {
	read, _, err := c.listings.Do(ctx, struct{}{}, func(ctx context.Context) (listing, error) {
		reports, date, err := list[Report](ctx, c, c.path("access_reports"))
		return listing{reports, date}, err
	})
	if err != nil {
		return listing{}, fmt.Errorf("listing access reports: %w", err)
	}
	return read, nil
}

// recent returns the newest finished report on the subject that is no older than
// maxAge by the server's clock, and not from the future either, or nil.
func (c *Client) recent(ctx context.Context, s Subject, maxAge time.Duration) (*Result, error) {
	listing, err := c.listReports(ctx)
	if err != nil {
		return nil, err
	}
	newest := listing.date.Add(-maxAge)
	var found *Report
	for i, report := range listing.reports {
		finished := report.Status == StatusCompleted || report.Status == StatusEmpty
		reported := report.Subject()
		created, ok := report.Created()
		// A report that does not tell its type may be of another.
		fits := s.same(reported) && strings.EqualFold(reported.ResourceType, s.ResourceType)
		recent := ok && !created.Before(newest) && !isFuture(created, listing.date)
		if fits && recent && finished && !isDeleted(report.DeletedAt) {
			found, newest = &listing.reports[i], created
		}
	}
	if found == nil {
		return nil, nil //nolint:nilnil // none is no error
	}
	progressOf(ctx).at(*found)
	result, err := c.result(ctx, *found)
	if isStatus(err, append(lagStatuses, http.StatusGone)...) {
		progressOf(ctx).begin()
		return nil, nil //nolint:nilnil // it has been cleared away since
	}
	if err != nil {
		return nil, err
	}
	result.Reused = true
	return result, nil
}
