package client

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Group is a group of the team (API.md, group-fields).
type Group struct {
	ID        string             `json:"id"`
	Name      string             `json:"name"`
	Roles     optional[[]string] `json:"roles"` // such as security_admin
	DeletedAt string             `json:"deleted_at"`
}

func (g Group) key() string { return strings.ToLower(g.ID) }

func (Group) newer(later Group) Group { return later }

// HasRole reports whether the group has a role, in any case.
func (g Group) HasRole(role string) bool {
	return slices.ContainsFunc(g.Roles.Value, func(has string) bool { return strings.EqualFold(has, role) })
}

// GroupFilter selects groups. Unset fields match all. Deleted groups never match.
type GroupFilter struct {
	Contains string   // part of the name, in any case
	Roles    []string // any of them, in any case
}

// matches repeats the API's filter, because a tenant may not know it and ignore it.
func (f GroupFilter) matches(g Group) bool {
	return !isDeleted(g.DeletedAt) && strings.Contains(strings.ToLower(g.Name), strings.ToLower(f.Contains)) &&
		(len(f.Roles) == 0 || slices.ContainsFunc(f.Roles, g.HasRole))
}

// check returns an error if the groups cannot be filtered by roles: a list of roles may be
// omitted if it is empty, but not for all groups. Matching groups would be missing without
// notice.
func (f GroupFilter) check(groups []Group, redact func(string) ServerText) error {
	if len(f.Roles) == 0 || len(groups) == 0 {
		return nil
	}
	known := false
	for _, g := range groups {
		if g.Roles.Invalid {
			return protocolErrorf("the group %s has roles in an unknown format, so the filter cannot be applied", redact(g.ID))
		}
		known = known || g.Roles.Set
	}
	if !known {
		return protocolErrorf("the groups have no roles, so the filter cannot be applied")
	}
	return nil
}

// Groups returns the groups of the team that match the filter, sorted by name. If the
// filter has roles and OPA does not return them, the error is a *ProtocolError.
func (c *Client) Groups(ctx context.Context, filter GroupFilter) ([]Group, error) {
	query := url.Values{}
	// If there is a filter on roles, all groups show whether OPA returns roles.
	if filter.Contains != "" && len(filter.Roles) == 0 {
		query.Set("contains", filter.Contains)
	}
	groups, err := listLargePages[Group](ctx, c, c.path("groups"), query)
	if err != nil {
		return nil, fmt.Errorf("listing groups: %w", err)
	}
	if err := filter.check(groups, c.secrets.redact); err != nil {
		return nil, fmt.Errorf("listing groups: %w", err)
	}
	groups = slices.DeleteFunc(groups, func(g Group) bool { return !filter.matches(g) })
	slices.SortFunc(groups, func(a, b Group) int { return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.ID, b.ID)) })
	return groups, nil
}
