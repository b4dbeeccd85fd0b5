package client

import "context"

// CountReports is how many reports the tenant lists.
func CountReports(ctx context.Context, c *Client) (int, error) {
	reports, _, err := list[Report](ctx, c, c.path("access_reports"))
	return len(reports), err
}
