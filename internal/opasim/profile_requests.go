package opasim

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// argument matches the {…} of a path.
var argument = regexp.MustCompile(`\{[^/}]*\}`)

// withoutArguments returns a request without the names of the arguments in its path.
func withoutArguments(request string) string { return argument.ReplaceAllString(request, "{}") }

// Requests that the replay treats in their own way.
const (
	downloadKey = "GET /access_reports/{}/report"
	tokenKey    = "POST /service_token"
)

// related maps requests that a profile does not have to those with the same objects.
var related = map[string]string{
	"GET /groups/{}/users":                "GET /users",
	"GET /resource_groups/{}/all_servers": "GET /all_servers",
	"GET /users_by_id/{}":                 "GET /users/{}",
	"GET /users/{}":                       "GET /users_by_id/{}",
}

// profiledParameters are the query parameters that are part of the name of a request in a
// profile, in their order.
var profiledParameters = []string{"contains", "starts_with", "id", "status", "include_service_users", "hostname", "count"}

// requestKey returns the name of a request, and that without parameters. It returns "" for
// a request that the API does not have.
func requestKey(method, path, rawQuery string) (key, base string) {
	_, segments, err := splitPath(path)
	if err != nil {
		return "", ""
	}
	for _, r := range routes {
		if _, ok := r.match(segments); ok && r.method == method {
			base = method + " /" + withoutArguments(r.path)
			break
		}
	}
	query, err := url.ParseQuery(rawQuery)
	if base == "" || err != nil {
		return base, base
	}
	if names := filter(profiledParameters, query.Has); names != nil {
		return base + "?" + strings.Join(names, "&"), base
	}
	return base, base
}

// sameBase returns the requests of a profile that differ only in their parameters, the
// most similar one first.
func (p *Profile) sameBase(key, base string) (requests []*profileRequest) {
	if exact := p.requests[key]; exact != nil {
		requests = append(requests, exact)
	}
	parameters := func(name string) []string {
		_, query, _ := strings.Cut(name, "?")
		return strings.Split(query, "&")
	}
	names := parameters(key)
	var others []string
	for name := range p.requests {
		if found, _, _ := strings.Cut(name, "?"); found == base && name != key {
			others = append(others, name)
		}
	}
	similarity := func(name string) (n int) {
		for _, parameter := range parameters(name) {
			if slices.Contains(names, parameter) {
				n++
			} else {
				n--
			}
		}
		return n
	}
	slices.SortFunc(others, func(a, b string) int {
		if order := similarity(b) - similarity(a); order != 0 {
			return order
		}
		return strings.Compare(a, b)
	})
	for _, name := range others {
		requests = append(requests, p.requests[name])
	}
	return requests
}

// failed reports whether a response has nothing that the request is for.
func (r *profileResponse) failed(base string) bool {
	switch {
	case r.Status >= 300:
		return true
	case base == downloadKey:
		return r.kind != csvBody
	case r.kind != jsonBody:
		return true
	}
	isList := strings.HasPrefix(base, "GET ") && !strings.HasSuffix(base, "{}") && !strings.HasSuffix(base, "/current_user")
	_, list := r.shape.object["list"]
	return isList && !list && (len(r.shape.object) > 0 || r.shape.object == nil)
}

// failures returns the failed responses of a request, and whether all of them failed.
func (r *profileRequest) failures(base string) (failures []*profileResponse, all bool) {
	for i := range r.Responses {
		if r.Responses[i].failed(base) {
			failures = append(failures, &r.Responses[i])
		}
	}
	return failures, len(failures) == len(r.Responses)
}

// failuresOf returns the failed responses of a request, and whether it never succeeded. A
// request that the profile does not have fails if those did that differ only in their
// parameters, or if every request did.
func (p *Profile) failuresOf(key, base string) (failures []*profileResponse, all bool) {
	if exact := p.requests[key]; exact != nil {
		return exact.failures(base)
	}
	requests := p.sameBase(key, base)
	if requests == nil && base != tokenKey {
		for name := range p.requests {
			other, _, _ := strings.Cut(name, "?")
			requests = append(requests, p.sameBase(name, other)...)
		}
	}
	for i, request := range requests {
		other, _, _ := strings.Cut(withoutArguments(request.Request), "?")
		failed, allFailed := request.failures(other)
		if !allFailed {
			return nil, false
		}
		if i == 0 {
			failures = failed
		}
	}
	return failures, len(failures) > 0
}

// candidates returns the responses to a request with a status: its own, otherwise those of
// a similar request.
func (p *Profile) candidates(key, base string, status int) []*profileResponse {
	requests := p.sameBase(key, base)
	if other := related[base]; other != "" {
		requests = append(requests, p.sameBase(other, other)...)
	}
	for _, request := range requests {
		var found []*profileResponse
		for i := range request.Responses {
			if request.Responses[i].Status == status {
				found = append(found, &request.Responses[i])
			}
		}
		if found != nil {
			return found
		}
	}
	return nil
}

// isEmptyList reports whether a list without filters was empty. That of reports is not one,
// because it depends on the time.
func (p *Profile) isEmptyList(key string) bool {
	request := p.requests[key]
	if request == nil || !slices.Contains([]string{"GET /users", "GET /groups", "GET /all_servers"}, key) {
		return false
	}
	empty := false
	for i := range request.Responses {
		r := &request.Responses[i]
		if r.failed(key) {
			continue
		}
		if r.shape.element() != nil {
			return false
		}
		empty = true
	}
	return empty
}

// errorShape returns a response with the shape of the tenant's errors, or nil.
func (p *Profile) errorShape() *profileResponse {
	for i := range p.file.Requests {
		for j := range p.file.Requests[i].Responses {
			if r := &p.file.Requests[i].Responses[j]; r.Status >= http.StatusBadRequest && r.kind == jsonBody {
				return r
			}
		}
	}
	return nil
}
