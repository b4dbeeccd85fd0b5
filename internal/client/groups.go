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

// Groups returns the groups of the team that match the filter, sorted by name. If the
// filter has roles and a group has none that are known, it returns a *ProtocolError: the
// group would be missing without notice.
func (c *Client) Groups(ctx context.Context, filter GroupFilter) ([]Group, error) {
	query := url.Values{}
	if filter.Contains != "" {
		query.Set("contains", filter.Contains)
	}
	groups, _, err := list[Group](ctx, c, nil, withQuery(c.path("groups"), query))
	if err != nil {
		return nil, fmt.Errorf("listing groups: %w", err)
	}
	for _, g := range groups {
		if len(filter.Roles) > 0 && !isDeleted(g.DeletedAt) && (!g.Roles.Set || g.Roles.Ignored) {
			return nil, fmt.Errorf("listing groups: %w", protocolErrorf("the group %s has no roles, so the filter cannot be applied", c.secrets.redact(g.ID)))
		}
	}
	groups = slices.DeleteFunc(groups, func(g Group) bool { return !filter.matches(g) })
	slices.SortFunc(groups, func(a, b Group) int { return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.ID, b.ID)) })
	return groups, nil
}
