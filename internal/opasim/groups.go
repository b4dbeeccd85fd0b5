package opasim

import (
	"net/http"
	"slices"
	"strings"
)

// wireGroup is a group as the API writes it (§5).
type wireGroup struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	Roles     []string `json:"roles"`
	DeletedAt *string  `json:"deleted_at"`
}

func (s *Sim) wireGroup(g *Group) any {
	roles := g.Roles
	if roles == nil {
		roles = []string{}
	}
	return wireGroup{ID: g.ID, Name: g.Name, Roles: roles, DeletedAt: s.deletedAt(g.DeletedAt)}
}

// listGroups is GET groups.
func (s *Sim) listGroups(c *call) *response {
	groups := c.world.groups
	if !s.opts.IgnoreServerFilters {
		groups = filter(groups, c.selectsGroup)
	}
	return list(s, c, groups, func(g *Group) string { return g.ID }, s.wireGroup)
}

func (c *call) selectsGroup(g *Group) bool {
	deleted := g.DeletedAt != ""
	if deleted && c.query.Get("include_deleted") != "true" && c.query.Get("only_include_deleted") != "true" {
		return false
	}
	if !deleted && c.query.Get("only_include_deleted") == "true" {
		return false
	}
	return strings.Contains(strings.ToLower(g.Name), strings.ToLower(c.query.Get("contains"))) &&
		c.allows("id", g.ID) && !slices.Contains(c.query["ignore"], g.Name)
}

// getGroup is GET groups/{name}. A deleted group is still there (§5).
func (s *Sim) getGroup(c *call) *response {
	g := c.world.Group(c.args["name"])
	if g == nil {
		return noGroup()
	}
	return respondJSON(http.StatusOK, s.wireGroup(g))
}

// listMembers is GET groups/{name}/users: members of every type and status. For
// a deleted group, of which nothing is known, it is 404.
func (s *Sim) listMembers(c *call) *response {
	g := c.world.Group(c.args["name"])
	if g == nil || g.DeletedAt != "" {
		return noGroup()
	}
	members := g.Members
	if !s.opts.IgnoreServerFilters {
		members = filter(members, c.selectsUser)
	}
	return s.userList(c, members)
}

func noGroup() *response {
	return fail(http.StatusNotFound, notFound, "The group does not exist or you are not authorized.")
}
