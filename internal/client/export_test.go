package client

import "context"

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
