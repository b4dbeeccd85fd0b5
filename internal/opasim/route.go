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

// call is a request to an endpoint.
type call struct {
	method, path, rawQuery string // path percent-encoded
	header                 http.Header
	body                   []byte
	origin                 string // scheme and host that the client used
	now                    time.Time
	world                  *World

	route route
	args  map[string]string // values of the {…} of the route, decoded
	query url.Values
}

// route is an endpoint and what it requires of a request.
type route struct {
	method, path  string // below /v1/teams/{team}/
	query         []string
	paging        paging
	mediaType     string // of the response; "" means JSON
	open          bool   // returns a token, and requires none
	securityAdmin bool   // requires this role (API.md, report-role, servers-all)
	serve         func(*Sim, *call) *response
}

var serverFilters = []string{"id", "project_id", "hostname", "hostname_contains", "os_type"}

// routes contains all endpoints of the simulator.
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

// dispatch finds the endpoint, checks the request and serves it.
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
			return errorResponse(http.StatusNotFound, notFound, "There is no team %q.", team)
		}
		c.route, c.args = r, args
		return s.checkAndServe(c)
	}
	if methods != nil {
		resp := s.violation(c, http.StatusMethodNotAllowed, badRequest, "method not allowed")
		resp.header.Set("Allow", strings.Join(methods, ", "))
		return resp
	}
	return s.violation(c, http.StatusNotFound, notFound, "unknown path")
}

// checkAndServe returns an error for a request that the API does not document, then
// for a caller that is not authorized, and otherwise serves the request.
func (s *Sim) checkAndServe(c *call) *response {
	mediaType := cmp.Or(c.route.mediaType, "application/json")
	if agent := c.header.Get("User-Agent"); agent == "" || strings.HasPrefix(agent, "Go-http-client/") {
		return s.violation(c, http.StatusBadRequest, badRequest, "User-Agent: want one that names the client")
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
				return s.violation(c, http.StatusBadRequest, badRequest, "%s: want a request without it", name)
			}
		}
		return c.route.serve(s, c)
	}
	if failure := s.authenticate(c); failure != nil {
		return failure
	}
	if s.opts.MissingRole && c.route.securityAdmin {
		return errorResponse(http.StatusUnauthorized, authorizationError, "Missing capability: security_admin")
	}
	return c.route.serve(s, c)
}

// violation records a request that no correct client sends, and returns an error
// response.
func (s *Sim) violation(c *call, status int, kind, format string, args ...any) *response {
	text := fmt.Sprintf(format, args...)
	s.log.violation(fmt.Sprintf("%s %s: %s", c.method, c.path, text))
	return errorResponse(status, kind, "%s", text)
}

// match compares decoded segments and returns the values of each {…}.
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

// splitPath decodes a path segment by segment, so that an encoded slash remains in
// its segment.
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
