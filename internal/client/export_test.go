package client

import "context"

// Batch lets tests run the reports of a batch under contexts of their own.
type Batch struct{ together *batch }

// NewBatch returns a batch.
func NewBatch() Batch { return Batch{newBatch()} }

// RunIn runs a new report of a batch.
func (c *Client) RunIn(ctx context.Context, b Batch, s Subject) (*Result, error) {
	return c.runShared(ctx, job{subject: s}, b.together)
}

// CountReports returns the number of reports that the tenant lists.
func CountReports(ctx context.Context, c *Client) (int, error) {
	reports, _, err := list[Report](ctx, c, nil, c.path("access_reports"))
	return len(reports), err
}

// CountRunning returns the number of jobs whose progress is kept.
func CountRunning(c *Client) int {
	c.running.mu.Lock()
	defer c.running.mu.Unlock()
	return len(c.running.of)
}
