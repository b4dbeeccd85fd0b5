package client

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// User is a user of the team, human or service (section 4).
type User struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Status   string `json:"status"`
	UserType string `json:"user_type"`
}

// UserByName gives the user of that name, or a *NotFoundError.
func (c *Client) UserByName(ctx context.Context, name string) (User, error) {
	user, err := c.user(ctx, c.path("users", name))
	switch {
	case isStatus(err, http.StatusNotFound):
		return User{}, &NotFoundError{What: "user", By: "user_name", Value: name, Err: err}
	case err == nil && !strings.EqualFold(user.Name, name):
		err = protocolErrorf("it is about the user %q", c.secrets.clean(user.Name))
	}
	if err != nil {
		return User{}, fmt.Errorf("looking up the user %q: %w", name, err)
	}
	return user, nil
}

// UserByID gives the user of that id, or a *NotFoundError. A tenant may lack the
// direct way, which is not in the API's specification; then the list of users
// is searched, whose filter may in turn leave service users out or be ignored.
func (c *Client) UserByID(ctx context.Context, id string) (User, error) {
	user, err := c.user(ctx, c.path("users_by_id", id))
	if isStatus(err, 400, 401, 403, 404, 405) {
		for _, query := range []url.Values{{"id": {id}}, {"id": {id}, "include_service_users": {"true"}}} {
			var users []User
			if users, _, err = list[User](ctx, c, c.path("users")+"?"+query.Encode()); err != nil {
				break
			}
			for _, user := range users {
				if strings.EqualFold(user.ID, id) {
					return user, nil
				}
			}
			err = &NotFoundError{What: "user", By: "user_id", Value: id}
		}
	}
	if err == nil && !strings.EqualFold(user.ID, id) {
		err = protocolErrorf("it is about the user %q", c.secrets.clean(user.ID))
	}
	if err != nil {
		return User{}, fmt.Errorf("looking up the user %s: %w", id, err)
	}
	return user, nil
}

func (c *Client) user(ctx context.Context, address string) (user User, err error) {
	answer, err := c.do(ctx, request{method: http.MethodGet, url: address})
	if err != nil {
		return User{}, err
	}
	if err := answer.decodeJSON(&user); err != nil {
		return User{}, err
	}
	if user.ID == "" {
		return User{}, protocolErrorf("a user without an id")
	}
	return user, nil
}

// isStatus says whether the API refused the request with one of these statuses.
func isStatus(err error, statuses ...int) bool {
	refused := refusal(err)
	return refused != nil && slices.Contains(statuses, refused.StatusCode)
}
