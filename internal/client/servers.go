package client

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Server is a server of the team (section 6.2). Everything but the id may be "".
type Server struct {
	ID            string `json:"id"`
	Hostname      string `json:"hostname"`
	CanonicalName string `json:"canonical_name"`
	ProjectID     string `json:"project_id"`
	ProjectName   string `json:"project_name"`
	State         string `json:"state"` // ACTIVE or INACTIVE
	DeletedAt     string `json:"deleted_at"`

	// Only some tenants tell it.
	ResourceGroupID string `json:"resource_group_id"`
}

// deleted says whether the server was deleted. A zero time in place of null is none.
func (s Server) deleted() bool { return isDeleted(s.DeletedAt) }

func isDeleted(at string) bool {
	when, err := time.Parse(time.RFC3339, at)
	return at != "" && (err != nil || when.Year() > 1)
}

// ServerQuery names one server: by exactly one of ID, Hostname and
// CanonicalName, and within the rest where that is given.
type ServerQuery struct {
	ID            string
	Hostname      string
	CanonicalName string

	ProjectID, ProjectName, ResourceGroupID string
}

// by is what the server is looked up by: its name in HCL, its value and the
// server's own value.
func (q ServerQuery) by() (name, value string, of func(Server) string) {
	switch {
	case q.ID != "":
		return "resource_id", q.ID, func(s Server) string { return s.ID }
	case q.Hostname != "":
		return "hostname", q.Hostname, func(s Server) string { return s.Hostname }
	default:
		return "canonical_name", q.CanonicalName, func(s Server) string { return s.CanonicalName }
	}
}

// filters are the query's conditions that the API knows.
func (q ServerQuery) filters() string {
	filters := url.Values{}
	for name, value := range map[string]string{
		"id": q.ID, "hostname": q.Hostname, "project_id": q.ProjectID, "resource_group_id": q.ResourceGroupID,
	} {
		if value != "" {
			filters.Set(name, value)
		}
	}
	if len(filters) == 0 {
		return ""
	}
	return "?" + filters.Encode()
}

// fits checks again what the API may have filtered, for a tenant may not know a
// filter and ignore it (section 6.1). What a server does not tell cannot be checked.
func (q ServerQuery) fits(s Server) bool {
	_, value, of := q.by()
	same := of(s) == value || q.ID != "" && strings.EqualFold(s.ID, q.ID)
	return same && !s.deleted() &&
		(q.ProjectName == "" || s.ProjectName == q.ProjectName) &&
		(q.ProjectID == "" || s.ProjectID == "" || strings.EqualFold(s.ProjectID, q.ProjectID)) &&
		(q.ResourceGroupID == "" || s.ResourceGroupID == "" || strings.EqualFold(s.ResourceGroupID, q.ResourceGroupID))
}

// ServerBy gives the one server that the query names, deleted ones left out. No
// server is a *NotFoundError, more than one an *AmbiguousServerError.
func (c *Client) ServerBy(ctx context.Context, query ServerQuery) (Server, error) {
	by, value, _ := query.by()
	servers, _, err := list[Server](ctx, c, c.path("all_servers")+query.filters())
	if err != nil {
		return Server{}, fmt.Errorf("looking up the server with the %s %q: %w", by, value, err)
	}
	servers = slices.DeleteFunc(servers, func(s Server) bool { return s.ID == "" || !query.fits(s) })
	slices.SortFunc(servers, func(a, b Server) int { return strings.Compare(a.ID, b.ID) })
	servers = slices.CompactFunc(servers, func(a, b Server) bool { return a.ID == b.ID })
	switch len(servers) {
	case 0:
		return Server{}, &NotFoundError{What: "server", By: by, Value: value}
	case 1:
		return servers[0], nil
	}
	return Server{}, &AmbiguousServerError{By: by, Value: value, Candidates: servers}
}
