package opasim

import (
	"net/http"
	"slices"
	"strings"
)

// wireUser is the JSON of a user (API.md, user-fields).
type wireUser struct {
	TeamName       string       `json:"team_name"`
	ID             string       `json:"id"`
	Name           string       `json:"name"`
	Status         string       `json:"status"`
	Details        *wireDetails `json:"details"`
	UserType       string       `json:"user_type"`
	DeletedAt      *string      `json:"deleted_at"`
	ServerUserName string       `json:"server_user_name"`
}

// wireDetails is the part of a user that only humans have.
type wireDetails struct {
	Email     *string `json:"email"`
	FirstName *string `json:"first_name"`
	LastName  *string `json:"last_name"`
	FullName  *string `json:"full_name"`
}

func (s *Sim) wireUser(u *User) any {
	user := wireUser{
		TeamName: s.opts.Team, ID: u.ID, Name: u.Name, Status: u.Status, UserType: u.Type,
		DeletedAt: s.deletedAt(u.DeletedAt), ServerUserName: u.Account,
	}
	if u.Type == Human {
		user.Details = &wireDetails{
			Email: nullable(u.Email), FirstName: nullable(u.FirstName),
			LastName: nullable(u.LastName), FullName: nullable(u.FullName),
		}
	}
	return user
}

// listUsers handles GET users (API.md, users-filters). Without status it returns
// users of every status (API.md, users-default-status). Without
// include_service_users it returns only humans (API.md, users-service-users).
func (s *Sim) listUsers(c *call) *response {
	users := c.world.users
	if s.opts.OneStatus && c.query.Has("status") {
		c.query.Set("status", c.query.Get("status"))
	}
	if s.opts.ActiveByDefault && !c.query.Has("status") {
		users = filter(users, func(u *User) bool { return u.Status == Active })
	}
	if !s.opts.IgnoreServerFilters {
		service := c.query.Get("include_service_users") == "true"
		users = filter(users, func(u *User) bool {
			if u.Type == Human && service && s.opts.OnlyServiceUsers || u.Type == Service && !service {
				return false
			}
			return c.matchesFilter("id", u.ID) && c.matchesUser(u)
		})
	}
	return s.respondUsers(c, users)
}

func (s *Sim) respondUsers(c *call, users []*User) *response {
	return respondPage(s, c, users, func(u *User) string { return u.ID }, s.wireUser)
}

// matchesUser reports whether the filters that all lists of users have match a user.
func (c *call) matchesUser(u *User) bool {
	name := strings.ToLower(u.Name)
	return strings.Contains(name, strings.ToLower(c.query.Get("contains"))) &&
		strings.HasPrefix(name, strings.ToLower(c.query.Get("starts_with"))) &&
		c.matchesFilter("status", u.Status) && c.matchesFilter("user_type", u.Type)
}

// matchesFilter reports whether a query parameter, which may occur more than once,
// has a value or is not set.
func (c *call) matchesFilter(parameter, value string) bool {
	return !c.query.Has(parameter) || slices.Contains(c.query[parameter], value)
}

// getUser handles GET users/{name} (API.md, user-by-name). It returns deleted users,
// too (API.md, user-status).
func (s *Sim) getUser(c *call) *response {
	return s.respondUser(c.world.User(c.args["name"]))
}

// getUserByID handles GET users_by_id/{id}, which a tenant may not have
// (API.md, users-by-id).
func (s *Sim) getUserByID(c *call) *response {
	if s.opts.NoUsersByID {
		return s.respondUser(nil)
	}
	return s.respondUser(c.world.userByID(c.args["id"]))
}

func (s *Sim) respondUser(u *User) *response {
	if u == nil {
		return errorResponse(http.StatusNotFound, notFound, "The user does not exist or you are not authorized.")
	}
	return respondJSON(http.StatusOK, s.wireUser(u))
}

// nullable returns nil, which is written as null, for "".
func nullable(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// zeroTimestamp is a timestamp that means none.
const zeroTimestamp = "0001-01-01T00:00:00Z"

// deletedAt returns a deleted_at. Without a timestamp it is null or the zero time
// (API.md, zero-timestamp).
func (s *Sim) deletedAt(timestamp string) *string {
	if timestamp == "" && s.opts.ZeroDeletedAt {
		timestamp = zeroTimestamp
	}
	return nullable(timestamp)
}
