package client

import "context"

// PollScheduler lets tests run each report of a batch with a context of its own.
type PollScheduler struct{ polls *pollScheduler }

// NewPollScheduler returns the scheduler of a new batch.
func NewPollScheduler() PollScheduler { return PollScheduler{newPollScheduler()} }

// RunIn runs a new report of a batch.
func (c *Client) RunIn(ctx context.Context, b PollScheduler, s Subject) (*Result, error) {
	return c.runShared(ctx, job{subject: s}, b.polls)
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
