package client

import (
	"context"
	"time"
)

// Collection is a list of the API.
type Collection string

// The lists that the provider reads.
const (
	UsersCollection   Collection = "users"
	GroupsCollection  Collection = "groups"
	ServersCollection Collection = "all_servers"
	ReportsCollection Collection = "access_reports"
)

// SignIn requests a token, unless the client has one. A ready bearer token is not
// verified.
func (c *Client) SignIn(ctx context.Context) error {
	_, err := c.credentials.get(ctx, nil)
	return err
}

// FirstPage reads the first page of a list, and returns the number of its elements.
func (c *Client) FirstPage(ctx context.Context, collection Collection) (int, error) {
	switch address := c.path(string(collection)); collection {
	case UsersCollection:
		return countFirstPage[User](ctx, c, address)
	case GroupsCollection:
		return countFirstPage[Group](ctx, c, address)
	case ServersCollection:
		return countFirstPage[Server](ctx, c, address)
	default:
		return countFirstPage[Report](ctx, c, address)
	}
}

func countFirstPage[T element[T]](ctx context.Context, c *Client, address string) (int, error) {
	page, err := readFirstPage[T](ctx, c, address)
	return len(page), err
}

// CreateReport creates a report on a subject, and returns it as it is then. Await waits
// for it. Use Run instead to get the result of a report.
func (c *Client) CreateReport(ctx context.Context, s Subject) (Report, ReportSummary, error) {
	r := &run{Client: c, progress: &progress{}}
	report, _, err := r.create(ctx, s, map[string]bool{})
	return report, c.secrets.report(report), err
}

// ReadReport returns a report as it is now.
func (c *Client) ReadReport(ctx context.Context, reportID string) (Report, error) {
	report, _, err := (&run{Client: c, progress: &progress{}}).getReport(ctx, Subject{}, reportID)
	return report, err
}

// Await waits for a report that CreateReport returned, and downloads it. Unlike Existing,
// it accepts that a new report cannot be read at first (API.md, report-read-lag).
func (c *Client) Await(ctx context.Context, report Report) (*Result, error) {
	started := time.Now()
	r := &run{Client: c, progress: &progress{report: report}}
	result, err := r.finish(ctx, report, 0)
	if ctx.Err() != nil && err != nil {
		last, failure := r.progress.last()
		return nil, &InterruptedError{Report: last, Summary: c.secrets.report(last), Elapsed: time.Since(started), Last: failure, Err: ctx.Err()}
	}
	return result, err
}

// Download requests the CSV of a report in any state, without waiting for the report
// (API.md, download-early). Use Await or Existing instead to get the result of a report.
func (c *Client) Download(ctx context.Context, reportID string) (string, error) {
	return (&run{Client: c, progress: &progress{}}).downloadReport(ctx, reportID)
}
