package opasim

import (
	"net/http"
	"slices"
	"strings"
)

// wireGroup is the JSON of a group.
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

// listGroups handles GET groups (API.md, groups-filters).
func (s *Sim) listGroups(c *call) *response {
	groups := c.world.groups
	if !s.opts.IgnoreServerFilters {
		groups = filter(groups, c.matchesGroup)
	}
	return respondPage(s, c, groups, func(g *Group) string { return g.ID }, s.wireGroup)
}

// matchesGroup reports whether the filters of the call match a group.
func (c *call) matchesGroup(g *Group) bool {
	deleted := g.DeletedAt != ""
	if deleted && c.query.Get("include_deleted") != "true" && c.query.Get("only_include_deleted") != "true" {
		return false
	}
	if !deleted && c.query.Get("only_include_deleted") == "true" {
		return false
	}
	return strings.Contains(strings.ToLower(g.Name), strings.ToLower(c.query.Get("contains"))) &&
		c.matchesFilter("id", g.ID) && !slices.Contains(c.query["ignore"], g.Name)
}

// getGroup handles GET groups/{name}. It returns deleted groups, too
// (API.md, group-deleted).
func (s *Sim) getGroup(c *call) *response {
	g := c.world.Group(c.args["name"])
	if g == nil {
		return groupNotFound()
	}
	return respondJSON(http.StatusOK, s.wireGroup(g))
}

// listMembers handles GET groups/{name}/users: members of every type and status
// (API.md, group-members). For a deleted group it returns 404
// (API.md, group-deleted-members).
func (s *Sim) listMembers(c *call) *response {
	g := c.world.Group(c.args["name"])
	if g == nil || g.DeletedAt != "" {
		return groupNotFound()
	}
	members := g.Members
	if !s.opts.IgnoreServerFilters {
		members = filter(members, c.matchesUser)
	}
	return s.respondUsers(c, members)
}

func groupNotFound() *response {
	return errorResponse(http.StatusNotFound, notFound, "The group does not exist or you are not authorized.")
}
