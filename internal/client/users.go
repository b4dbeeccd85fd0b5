package client

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// User is a user of the team, human or service (API.md, user-fields).
type User struct {
	ID       string                `json:"id"`
	Name     string                `json:"name"`
	Status   string                `json:"status"`    // ACTIVE, DISABLED or DELETED
	UserType string                `json:"user_type"` // human or service
	Details  optional[UserDetails] `json:"details"`
}

func (u User) key() string { return strings.ToLower(u.ID) }

func (User) newer(later User) User { return later }

// Deleted reports whether the user was deleted.
func (u User) Deleted() bool { return strings.EqualFold(u.Status, "DELETED") }

// UserDetails are the personal data of a user. Service users have none.
type UserDetails struct {
	Email    string `json:"email"`
	FullName string `json:"full_name"`
}

// The types of users.
const (
	HumanUser   = "human"
	ServiceUser = "service"
)

// UserFilter selects users. Unset fields match all.
type UserFilter struct {
	Contains, StartsWith string // parts of the name, in any case
	Statuses             []string
	NotDeleted           bool // users of every status but DELETED
	UserType             string
}

// query returns the part of the filter that the API supports. Whether the API accepts
// several statuses is not known (API.md, users-status-repeated).
func (f UserFilter) query() url.Values {
	query := url.Values{}
	for name, value := range map[string]string{"contains": f.Contains, "starts_with": f.StartsWith} {
		if value != "" {
			query.Set(name, value)
		}
	}
	if len(f.Statuses) == 1 {
		query.Set("status", f.Statuses[0])
	}
	return query
}

// matches checks again what the API may have filtered: a tenant may know a filter
// by another meaning, or not at all.
func (f UserFilter) matches(u User) bool {
	name := strings.ToLower(u.Name)
	return strings.Contains(name, strings.ToLower(f.Contains)) &&
		strings.HasPrefix(name, strings.ToLower(f.StartsWith)) &&
		!(f.NotDeleted && u.Deleted()) &&
		(f.UserType == "" || strings.EqualFold(u.UserType, f.UserType)) &&
		(len(f.Statuses) == 0 || slices.ContainsFunc(f.Statuses, func(status string) bool { return strings.EqualFold(u.Status, status) }))
}

// missingField returns the name of a field that the filter needs and the user does not
// have, or "".
func (f UserFilter) missingField(u User) string {
	switch {
	case f.UserType != "" && u.UserType == "":
		return "user_type"
	case (len(f.Statuses) > 0 || f.NotDeleted) && u.Status == "":
		return "status"
	}
	return ""
}

// check returns an error if a user has no value that the filter needs. The user
// would be missing without notice.
func (f UserFilter) check(users []User, redact func(string) ServerText) error {
	for _, u := range users {
		if what := f.missingField(u); what != "" {
			return protocolErrorf("the user %s has no %s, so the filter cannot be applied", redact(u.ID), what)
		}
	}
	return nil
}

// apply returns the users that match the filter, each once, sorted by name.
func (f UserFilter) apply(users []User) []User {
	users = slices.DeleteFunc(users, func(u User) bool { return !f.matches(u) })
	slices.SortFunc(users, func(a, b User) int { return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.ID, b.ID)) })
	return slices.CompactFunc(users, func(a, b User) bool { return a.ID == b.ID })
}

// Users returns the users of the team that match the filter, sorted by name. It reads
// several lists at the same time.
func (c *Client) Users(ctx context.Context, filter UserFilter) ([]User, error) {
	queries := filter.listQueries()
	users, errs := make([][]User, len(queries)), make([]error, len(queries))
	var wait sync.WaitGroup
	for i, query := range queries {
		wait.Go(func() { users[i], errs[i] = listLargePages[User](ctx, c, c.path("users"), query) })
	}
	wait.Wait()
	all := slices.Concat(users...)
	for _, err := range slices.Concat(errs, []error{filter.check(all, c.secrets.redact)}) {
		if err != nil {
			return nil, fmt.Errorf("listing users: %w", err)
		}
	}
	return filter.apply(all), nil
}

// listQueries returns the queries of the lists that together have all users of a filter.
//
// Whether the parameter for service users adds them to the list or selects them is not
// known (API.md, users-service-users), so both lists are needed. It is only likely that a
// list without a status has users of every status (API.md, users-default-status), so a
// filter for several statuses needs a list of each, and one for all but DELETED also needs
// that of DISABLED users.
func (f UserFilter) listQueries() (queries []url.Values) {
	statuses := []string{""}
	if f.NotDeleted {
		statuses = []string{"", "DISABLED"}
	}
	if len(f.Statuses) > 0 {
		statuses = f.Statuses
	}
	for _, userType := range []string{HumanUser, ServiceUser} {
		if f.UserType != "" && !strings.EqualFold(f.UserType, userType) {
			continue
		}
		for _, status := range statuses {
			query := f.query()
			query.Del("status")
			if status != "" {
				query.Set("status", status)
			}
			if userType == ServiceUser {
				query.Set("include_service_users", "true")
			}
			queries = append(queries, query)
		}
	}
	return queries
}

// GroupMembers returns the members of a group that match the filter, sorted by name,
// or a *NotFoundError if the group does not exist.
func (c *Client) GroupMembers(ctx context.Context, group string, filter UserFilter) ([]User, error) {
	query := filter.query()
	if filter.UserType != "" {
		query.Set("user_type", filter.UserType)
	}
	users, err := listLargePages[User](ctx, c, c.path("groups", group, "users"), query)
	if err == nil && len(users) == 0 {
		err = c.checkGroup(ctx, group)
	}
	if isStatus(err, http.StatusNotFound) {
		missing := &NotFoundError{Object: ObjectGroup, Key: KeyName, Value: group, Err: err}
		c.suggestGroups(ctx, missing)
		return nil, missing
	}
	if err == nil {
		err = filter.check(users, c.secrets.redact)
	}
	if err != nil {
		return nil, fmt.Errorf("listing the members of the group %q: %w", group, err)
	}
	return filter.apply(users), nil
}

// checkGroup returns a *NotFoundError if a group was deleted: OPA returns deleted
// groups too (API.md, group-deleted).
func (c *Client) checkGroup(ctx context.Context, name string) error {
	resp, err := c.do(ctx, request{method: http.MethodGet, url: c.path("groups", name)})
	if err != nil {
		return err
	}
	var group struct {
		Name      string `json:"name"`
		DeletedAt string `json:"deleted_at"`
	}
	if err := resp.decodeJSON(&group); err != nil {
		return err
	}
	if group.Name != "" && !strings.EqualFold(group.Name, name) {
		return protocolErrorf("the response is about the group %q", c.secrets.redact(group.Name))
	}
	if isDeleted(group.DeletedAt) {
		return &NotFoundError{Object: ObjectGroup, Key: KeyName, Value: name, Deleted: true}
	}
	return nil
}

// UserByName returns the user with a name, or a *NotFoundError (API.md, user-by-name).
func (c *Client) UserByName(ctx context.Context, name string) (User, error) {
	user, err := c.user(ctx, c.path("users", name))
	switch {
	case isStatus(err, http.StatusNotFound):
		missing := &NotFoundError{Object: ObjectUser, Key: KeyName, Value: name, Err: err}
		c.suggestUsers(ctx, missing)
		return User{}, missing
	case err == nil && !strings.EqualFold(user.Name, name):
		err = protocolErrorf("the response is about the user %q", c.secrets.redact(user.Name))
	}
	if err != nil {
		return User{}, fmt.Errorf("looking up the user %q: %w", name, err)
	}
	return user, nil
}

// UserByEmail returns the user with an email address, ignoring case. A user that was not
// deleted has priority over deleted ones. If there is none, it returns a *NotFoundError,
// for several an *AmbiguousUserError, and a *NoEmailsError if no user has an address. It reads the list of users, because no filter of
// the API is known to find an email address (API.md, user-email).
func (c *Client) UserByEmail(ctx context.Context, email string) (User, error) {
	users, err := c.Users(ctx, UserFilter{})
	if err != nil {
		return User{}, fmt.Errorf("looking up the user with the email address %q: %w", email, err)
	}
	var current, deleted []User
	known := len(users) == 0
	for _, u := range users {
		known = known || u.Details.Value.Email != ""
		switch {
		case !strings.EqualFold(u.Details.Value.Email, email):
		case u.Deleted():
			deleted = append(deleted, u)
		default:
			current = append(current, u)
		}
	}
	if !known {
		return User{}, &NoEmailsError{Users: len(users)}
	}
	if current == nil {
		current = deleted
	}
	switch len(current) {
	case 0:
		return User{}, &NotFoundError{Object: ObjectUser, Key: KeyEmail, Value: email}
	case 1:
		return current[0], nil
	}
	ambiguous := &AmbiguousUserError{Email: email}
	for _, u := range current {
		ambiguous.Names = append(ambiguous.Names, c.secrets.redact(u.Name))
	}
	return User{}, ambiguous
}

// UserByID returns the user with an id, or a *NotFoundError. A tenant may lack the
// endpoint (API.md, users-by-id). UserByID then searches the list of users, whose
// filter may leave out service users or be ignored.
func (c *Client) UserByID(ctx context.Context, id string) (User, error) {
	id = strings.ToLower(id) // as UUIDs are written
	user, err := c.user(ctx, c.path("users_by_id", id))
	if isStatus(err, 400, 401, 403, 404, 405) {
		for _, query := range []url.Values{{"id": {id}}, {"id": {id}, "include_service_users": {"true"}}} {
			var users []User
			if users, _, err = list[User](ctx, c, nil, withQuery(c.path("users"), query)); err != nil {
				break
			}
			for _, user := range users {
				if strings.EqualFold(user.ID, id) {
					return user, nil
				}
			}
			err = &NotFoundError{Object: ObjectUser, Key: KeyID, Value: id}
		}
	}
	if err == nil && !strings.EqualFold(user.ID, id) {
		err = protocolErrorf("the response is about the user %q", c.secrets.redact(user.ID))
	}
	if err != nil {
		return User{}, fmt.Errorf("looking up the user %s: %w", id, err)
	}
	return user, nil
}

func (c *Client) user(ctx context.Context, address string) (user User, err error) {
	resp, err := c.do(ctx, request{method: http.MethodGet, url: address})
	if err != nil {
		return User{}, err
	}
	if err := resp.decodeJSON(&user); err != nil {
		return User{}, err
	}
	if user.ID == "" {
		return User{}, protocolErrorf("the user has no ID")
	}
	return user, nil
}
