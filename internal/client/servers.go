package client

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Server is a server of the team (API.md, server-fields). All but the id may be "".
type Server struct {
	ID            string                      `json:"id"`
	Hostname      string                      `json:"hostname"`
	CanonicalName string                      `json:"canonical_name"`
	AltNames      optional[[]string]          `json:"alt_names"`
	AccessAddress string                      `json:"access_address"`
	OS            string                      `json:"os"`
	OSType        string                      `json:"os_type"` // linux or windows
	State         string                      `json:"state"`   // ACTIVE or INACTIVE
	ProjectID     string                      `json:"project_id"`
	ProjectName   string                      `json:"project_name"`
	Labels        optional[map[string]string] `json:"labels"`
	DeletedAt     string                      `json:"deleted_at"`

	// Only some tenants return it (API.md, server-resource-group).
	ResourceGroupID string `json:"resource_group_id"`
	// GroupUnverified reports whether the server was listed by a filter on its
	// resource group that the tenant may have ignored, and has no group itself.
	GroupUnverified bool `json:"-"`
}

func (s Server) key() string { return strings.ToLower(s.ID) }

func (Server) newer(later Server) Server { return later }

// Deleted reports whether the server was deleted.
func (s Server) Deleted() bool { return isDeleted(s.DeletedAt) }

// isDeleted reports whether a field "deleted_at" is set. A zero time counts as null
// (API.md, zero-timestamp).
func isDeleted(at string) bool {
	when, err := time.Parse(time.RFC3339, at)
	return at != "" && (err != nil || when.Year() > 1)
}

// ServerFilter selects servers. Unset fields match all.
type ServerFilter struct {
	ID, Hostname, CanonicalName             string
	HostnameContains                        string // in any case
	ProjectID, ProjectName, ResourceGroupID string
	OSType, State                           string
	WithDeleted                             bool              // deleted servers match, if OPA returns them
	Labels                                  map[string]string // all of them, exactly
}

// query returns the part of the filter that the API supports (API.md, servers-filters).
func (f ServerFilter) query() url.Values {
	query := url.Values{}
	for name, value := range map[string]string{
		"id": strings.ToLower(f.ID), "hostname": f.Hostname, "hostname_contains": f.HostnameContains,
		"project_id": f.ProjectID, "resource_group_id": f.ResourceGroupID, "os_type": f.OSType,
	} {
		if value != "" {
			query.Set(name, value)
		}
	}
	return query
}

// matches reports whether a server matches the filter except its labels. It repeats
// filters of the API, because a tenant may not know a filter and ignore it. A missing
// field may match.
func (f ServerFilter) matches(s Server) bool {
	return (f.WithDeleted || !s.Deleted()) &&
		(f.ID == "" || strings.EqualFold(s.ID, f.ID)) &&
		(f.Hostname == "" || s.Hostname == f.Hostname) &&
		(f.CanonicalName == "" || s.CanonicalName == f.CanonicalName) &&
		strings.Contains(strings.ToLower(s.Hostname), strings.ToLower(f.HostnameContains)) &&
		(f.ProjectID == "" || s.ProjectID == "" || strings.EqualFold(s.ProjectID, f.ProjectID)) &&
		(f.ProjectName == "" || s.ProjectName == "" || s.ProjectName == f.ProjectName) &&
		(f.ResourceGroupID == "" || s.ResourceGroupID == "" || strings.EqualFold(s.ResourceGroupID, f.ResourceGroupID)) &&
		(f.OSType == "" || s.OSType == "" || strings.EqualFold(s.OSType, f.OSType)) &&
		(f.State == "" || s.State == "" || strings.EqualFold(s.State, f.State))
}

// missingField returns the name of a field that the filter needs and the server does not
// have, or "". The API itself applies the filters for ids of projects and resource groups.
func (f ServerFilter) missingField(s Server) string {
	switch {
	case f.ProjectName != "" && s.ProjectName == "":
		return "project_name"
	case f.OSType != "" && s.OSType == "":
		return "os_type"
	case f.State != "" && s.State == "":
		return "state"
	}
	return ""
}

// key returns the key and the value by which a single server is looked up.
func (f ServerFilter) key() (key Key, value string) {
	switch {
	case f.ID != "":
		return KeyID, f.ID
	case f.Hostname != "":
		return KeyHostname, f.Hostname
	}
	return KeyCanonicalName, f.CanonicalName
}

// within describes the other conditions of a lookup.
func (f ServerFilter) within() string {
	var parts []string
	for _, part := range [][2]string{{"project name", f.ProjectName}, {"project id", f.ProjectID}, {"resource group id", f.ResourceGroupID}} {
		if part[1] != "" {
			parts = append(parts, fmt.Sprintf("%s %q", part[0], part[1]))
		}
	}
	return strings.Join(parts, " and the ")
}

// Servers returns the servers of the team that match the filter, sorted by hostname. It
// returns a *NoLabelsError if the filter has labels, but no server.
func (c *Client) Servers(ctx context.Context, filter ServerFilter) ([]Server, error) {
	servers, unlabeled, err := c.servers(ctx, filter)
	if err == nil {
		servers, err = c.withLabels(servers, filter.Labels)
	}
	if err == nil && unlabeled > 0 && len(filter.Labels) > 0 {
		err = &NoLabelsError{unlabeled}
	}
	if err != nil {
		return nil, fmt.Errorf("listing servers: %w", err)
	}
	return servers, nil
}

// ServerBy returns the server that matches a filter by ID, Hostname or CanonicalName.
// It returns a *NotFoundError if there is none, a *LabelMismatchError if there is one
// with other labels, and an *AmbiguousServerError if there are several.
func (c *Client) ServerBy(ctx context.Context, filter ServerFilter) (Server, error) {
	key, value := filter.key()
	found, _, err := c.servers(ctx, filter)
	servers := found
	if err == nil {
		servers, err = c.withLabels(found, filter.Labels)
	}
	switch {
	case err != nil:
		return Server{}, fmt.Errorf("looking up the server with the %s %q: %w", key, value, err)
	case len(found) == 0:
		missing := &NotFoundError{Object: ObjectServer, Key: key, Value: value, Within: filter.within()}
		if key != KeyID && missing.Within == "" {
			c.suggestServers(ctx, missing)
		}
		return Server{}, missing
	case len(servers) == 0:
		return Server{}, &LabelMismatchError{Key: key, Value: value, Labels: filter.Labels}
	case len(servers) > 1:
		return Server{}, &AmbiguousServerError{Key: key, Value: value, Candidates: c.secrets.servers(servers)}
	}
	return servers[0], nil
}

// servers returns the servers that match the filter except its labels, sorted by hostname.
// If no server that OPA returned has labels, unlabeled is their number.
func (c *Client) servers(ctx context.Context, filter ServerFilter) (matching []Server, unlabeledServers int, err error) {
	servers, err := c.listServers(ctx, filter)
	if err != nil {
		return nil, 0, err
	}
	unlabeledServers = unlabeled(servers)
	servers = slices.DeleteFunc(servers, func(s Server) bool { return !filter.matches(s) })
	for _, s := range servers {
		if what := filter.missingField(s); what != "" {
			return nil, 0, protocolErrorf("the server %s has no %s, so the filter cannot be applied", c.secrets.redact(s.ID), what)
		}
	}
	slices.SortFunc(servers, func(a, b Server) int {
		return cmp.Or(strings.Compare(a.Hostname, b.Hostname), strings.Compare(a.ID, b.ID))
	})
	return slices.CompactFunc(servers, func(a, b Server) bool { return a.ID == b.ID }), unlabeledServers, nil
}

// listServers returns the servers of the team or of a resource group.
//
// Servers do not have the id of their resource group, so nothing shows whether a
// tenant ignored a filter on it. A path cannot be ignored (API.md,
// servers-in-resource-group). If the path does not exist, listServers uses the filter;
// its result is not verified, and an empty one means that the group does not exist.
func (c *Client) listServers(ctx context.Context, filter ServerFilter) ([]Server, error) {
	query := filter.query()
	all := c.path("all_servers")
	if filter.ResourceGroupID == "" {
		servers, _, err := list[Server](ctx, c, nil, withQuery(all, query))
		return servers, err
	}
	within := maps.Clone(query)
	within.Del("resource_group_id")
	servers, _, missing := list[Server](ctx, c, nil, withQuery(c.path("resource_groups", filter.ResourceGroupID, "all_servers"), within))
	if !isStatus(missing, http.StatusNotFound, http.StatusMethodNotAllowed) {
		return servers, missing
	}
	servers, _, err := list[Server](ctx, c, nil, withQuery(all, query))
	if err == nil && len(servers) == 0 && len(query) == 1 {
		err = &NotFoundError{Object: ObjectResourceGroup, Key: KeyID, Value: filter.ResourceGroupID, Err: missing}
	}
	for i := range servers {
		servers[i].GroupUnverified = servers[i].ResourceGroupID == ""
	}
	return servers, err
}
