package opasim

import (
	"net/http"
	"slices"
	"strings"
)

// wireUser is a user as the API writes it (§4).
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

// wireDetails is what only humans have.
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

// listUsers is GET users. Without status it lists users of every status, without
// include_service_users only humans (§4).
func (s *Sim) listUsers(c *call) *response {
	users := c.world.users
	if !s.opts.IgnoreServerFilters {
		service := c.query.Get("include_service_users") == "true"
		users = filter(users, func(u *User) bool {
			if u.Type == Human && service && s.opts.OnlyServiceUsers || u.Type == Service && !service {
				return false
			}
			return c.allows("id", u.ID) && c.selectsUser(u)
		})
	}
	return s.userList(c, users)
}

func (s *Sim) userList(c *call, users []*User) *response {
	return list(s, c, users, func(u *User) string { return u.ID }, s.wireUser)
}

// selectsUser applies the filters that all lists of users have.
func (c *call) selectsUser(u *User) bool {
	name := strings.ToLower(u.Name)
	return strings.Contains(name, strings.ToLower(c.query.Get("contains"))) &&
		strings.HasPrefix(name, strings.ToLower(c.query.Get("starts_with"))) &&
		c.allows("status", u.Status) && c.allows("user_type", u.Type)
}

// allows tells whether a filter, which may come more than once, lets a value
// through: it does if it is not there.
func (c *call) allows(parameter, value string) bool {
	return !c.query.Has(parameter) || slices.Contains(c.query[parameter], value)
}

// getUser is GET users/{name}. A deleted user is still there (§4).
func (s *Sim) getUser(c *call) *response {
	return s.oneUser(c.world.User(c.args["name"]))
}

// getUserByID is GET users_by_id/{id}, which a tenant may lack (§4).
func (s *Sim) getUserByID(c *call) *response {
	if s.opts.NoUsersByID {
		return s.oneUser(nil)
	}
	return s.oneUser(c.world.userByID(c.args["id"]))
}

func (s *Sim) oneUser(u *User) *response {
	if u == nil {
		return fail(http.StatusNotFound, notFound, "The user does not exist or you are not authorized.")
	}
	return respondJSON(http.StatusOK, s.wireUser(u))
}

// nullable writes "" as null.
func nullable(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// deletedAt writes the time of a deletion, and what a tenant has in its place
// without one.
func (s *Sim) deletedAt(moment string) *string {
	if moment == "" && s.opts.ZeroDeletedAt {
		moment = "0001-01-01T00:00:00Z"
	}
	return nullable(moment)
}
