package client

import (
	"context"
	"slices"
	"strings"
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

// Page is a page of a list.
type Page struct {
	IDs  []string // of its elements
	Last bool     // it has no link to a next page
}

// Has reports whether the page has an element.
func (p Page) Has(id string) bool {
	return slices.ContainsFunc(p.IDs, func(other string) bool { return strings.EqualFold(other, id) })
}

// FirstPage reads the first page of a list.
func (c *Client) FirstPage(ctx context.Context, collection Collection) (Page, error) {
	switch address := c.path(string(collection)); collection {
	case UsersCollection:
		return firstPageIDs[User](ctx, c, address)
	case GroupsCollection:
		return firstPageIDs[Group](ctx, c, address)
	case ServersCollection:
		return firstPageIDs[Server](ctx, c, address)
	default:
		return firstPageIDs[Report](ctx, c, address)
	}
}

func firstPageIDs[T element[T]](ctx context.Context, c *Client, address string) (page Page, err error) {
	elements, last, err := readFirstPage[T](ctx, c, address)
	page.Last = last
	for _, e := range elements {
		page.IDs = append(page.IDs, e.key())
	}
	return page, err
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
// (API.md, download-early), once. Use Await or Existing instead to get the result of a report.
func (c *Client) Download(ctx context.Context, reportID string) (string, error) {
	return (&run{Client: c, progress: &progress{}}).download(ctx, request{url: c.path("access_reports", reportID, "report"), unrepeated: true})
}
