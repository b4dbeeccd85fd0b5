package opasim

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// call is a request as the endpoints see it.
type call struct {
	method, path, rawQuery string // path percent-encoded
	header                 http.Header
	body                   []byte
	origin                 string // scheme and host by which the client came
	now                    time.Time
	world                  *World

	route route
	args  map[string]string // what stands for the {…} of the route, decoded
	query url.Values
}

// route is an endpoint and what it asks of a request.
type route struct {
	method, path  string // below /v1/teams/{team}/
	query         []string
	paging        paging
	mediaType     string // of the answer; "" is JSON
	open          bool   // is how to get a token, and takes none
	securityAdmin bool   // no other role will do (§1, §6.1)
	serve         func(*Sim, *call) *response
}

var serverFilters = []string{"id", "project_id", "hostname", "hostname_contains", "os_type"}

// routes is all of the API that is simulated.
var routes = []route{
	{method: "POST", path: "service_token", open: true, serve: (*Sim).issueToken},
	{method: "POST", path: "workloads/{connection_name}/issue_token", open: true, serve: (*Sim).issueWorkloadToken},
	{method: "GET", path: "current_user", serve: (*Sim).currentUser},

	{
		method: "GET", path: "users", paging: declared, serve: (*Sim).listUsers,
		query: []string{"contains", "starts_with", "id", "status", "include_service_users"},
	},
	{method: "GET", path: "users/{name}", serve: (*Sim).getUser},
	{method: "GET", path: "users_by_id/{id}", serve: (*Sim).getUserByID},

	{
		method: "GET", path: "groups", paging: declared, serve: (*Sim).listGroups,
		query: []string{"contains", "id", "ignore", "include_deleted", "only_include_deleted"},
	},
	{method: "GET", path: "groups/{name}", serve: (*Sim).getGroup},
	{
		method: "GET", path: "groups/{name}/users", paging: declared, serve: (*Sim).listMembers,
		query: []string{"contains", "starts_with", "status", "user_type"},
	},

	{
		method: "GET", path: "all_servers", paging: undeclared, securityAdmin: true, serve: (*Sim).listServers,
		query: append([]string{"resource_group_id"}, serverFilters...),
	},
	{
		method: "GET", path: "resource_groups/{id}/all_servers", paging: undeclared, securityAdmin: true,
		query: serverFilters, serve: (*Sim).listServersOfResourceGroup,
	},

	{method: "GET", path: "access_reports", paging: undeclared, securityAdmin: true, serve: (*Sim).listReports},
	{method: "POST", path: "access_reports", securityAdmin: true, serve: (*Sim).createReport},
	{method: "GET", path: "access_reports/{id}", securityAdmin: true, serve: (*Sim).getReport},
	{
		method: "GET", path: "access_reports/{id}/report", securityAdmin: true, mediaType: "text/csv",
		serve: (*Sim).downloadReport,
	},
}

// dispatch finds the endpoint, checks the request strictly and serves it.
func (s *Sim) dispatch(c *call) *response {
	team, segments, err := splitPath(c.path)
	if err != nil {
		return s.violation(c, http.StatusNotFound, notFound, "%v", err)
	}
	var methods []string
	for _, r := range routes {
		args, ok := r.match(segments)
		if !ok {
			continue
		}
		if r.method != c.method {
			methods = append(methods, r.method)
			continue
		}
		if !strings.EqualFold(team, s.opts.Team) {
			return fail(http.StatusNotFound, notFound, "There is no team %q.", team)
		}
		c.route, c.args = r, args
		return s.check(c)
	}
	if methods != nil {
		resp := s.violation(c, http.StatusMethodNotAllowed, badRequest, "method not allowed")
		resp.header.Set("Allow", strings.Join(methods, ", "))
		return resp
	}
	return s.violation(c, http.StatusNotFound, notFound, "unknown path")
}

// check refuses what the contract does not cover, then a caller that may not,
// and then serves.
func (s *Sim) check(c *call) *response {
	mediaType := cmp.Or(c.route.mediaType, "application/json")
	if agent := c.header.Get("User-Agent"); agent == "" || strings.HasPrefix(agent, "Go-http-client/") {
		return s.violation(c, http.StatusBadRequest, badRequest, "User-Agent: want the client's own")
	}
	if accept := c.header.Values("Accept"); !accepts(accept, mediaType) {
		return s.violation(c, http.StatusNotAcceptable, badRequest, "Accept %q: want %s", accept, mediaType)
	}
	if c.method == http.MethodPost && !isJSON(c.header.Get("Content-Type")) {
		return s.violation(c, http.StatusUnsupportedMediaType, "unsupported_content_type",
			"Content-Type: want application/json")
	}
	if err := c.parseQuery(s.opts.PageSize > 0); err != nil {
		return s.violation(c, http.StatusBadRequest, badRequest, "%v", err)
	}
	if c.route.open {
		for _, name := range []string{"Authorization", workloadHeader, roleHeader} {
			if c.header.Get(name) != "" {
				return s.violation(c, http.StatusBadRequest, badRequest, "%s does not belong here", name)
			}
		}
		return c.route.serve(s, c)
	}
	if refusal := s.authenticate(c); refusal != nil {
		return refusal
	}
	if s.opts.MissingRole && c.route.securityAdmin {
		return fail(http.StatusUnauthorized, authorizationError, "Missing capability: security_admin")
	}
	return c.route.serve(s, c)
}

// violation refuses a request that no correct client sends, and keeps it.
func (s *Sim) violation(c *call, status int, kind, format string, args ...any) *response {
	text := fmt.Sprintf(format, args...)
	s.log.violation(fmt.Sprintf("%s %s: %s", c.method, c.path, text))
	return fail(status, kind, "%s", text)
}

// match compares decoded segments and returns what stands for each {…}.
func (r route) match(segments []string) (map[string]string, bool) {
	pattern := strings.Split(r.path, "/")
	if len(pattern) != len(segments) {
		return nil, false
	}
	args := map[string]string{}
	for i, part := range pattern {
		if strings.HasPrefix(part, "{") && segments[i] != "" {
			args[strings.Trim(part, "{}")] = segments[i]
		} else if part != segments[i] {
			return nil, false
		}
	}
	return args, true
}

// splitPath decodes a path segment by segment, so that an encoded slash stays
// within its segment.
func splitPath(path string) (team string, segments []string, err error) {
	segments = strings.Split(strings.TrimPrefix(path, "/"), "/")
	for i, segment := range segments {
		if segments[i], err = url.PathUnescape(segment); err != nil {
			return "", nil, fmt.Errorf("path: %w", err)
		}
	}
	if len(segments) < 4 || !slices.Equal(segments[:2], []string{"v1", "teams"}) {
		return "", nil, errors.New("unknown path")
	}
	return segments[2], segments[3:], nil
}
