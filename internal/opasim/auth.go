package opasim

import (
	"net/http"
	"strings"
)

// issueToken handles POST service_token (API.md, service-token).
func (s *Sim) issueToken(c *call) *response {
	key, err := strictObject[string](c.body, "key_id", "key_secret")
	if err != nil {
		return s.violation(c, http.StatusBadRequest, badRequest, "body: %v", err)
	}
	if key["key_id"] == "" || key["key_secret"] == "" {
		return s.violation(c, http.StatusBadRequest, badRequest, "body: key_id and key_secret are required")
	}
	s.tokens.mu.Lock()
	defer s.tokens.mu.Unlock()
	if s.tokens.keyRevoked || key["key_id"] != s.opts.KeyID || key["key_secret"] != s.opts.KeySecret {
		return errorResponse(http.StatusUnauthorized, authenticationError, "Invalid API key.")
	}
	token, expires := s.newToken(c, ServiceUserName, false)
	return respondJSON(http.StatusOK, map[string]any{
		"bearer_token": token, "expires_at": timestamp(expires), "team_name": s.opts.Team,
	})
}

// authenticate returns an error response for a call without a valid token, and
// for a token in the wrong header: a service user's token belongs in
// Authorization (API.md, service-token), a workload's token in X-OPA-Token
// (API.md, workload-header). It returns nil if the token is valid.
func (s *Sim) authenticate(c *call) *response {
	reject := func(text string) *response {
		return s.violation(c, http.StatusUnauthorized, authenticationError, "%s", text)
	}
	token, ok := strings.CutPrefix(c.header.Get("Authorization"), "Bearer ")
	workload := len(c.header.Values(workloadHeader)) > 0
	if workload {
		if len(c.header.Values("Authorization")) > 0 {
			return reject("got both Authorization and X-OPA-Token, want one of them")
		}
		token, ok = c.header.Get(workloadHeader), true
	}
	if !ok || token == "" || strings.ContainsAny(token, " \t") {
		return reject("want Authorization: Bearer <token>, or X-OPA-Token: <token>")
	}
	if !workload && len(c.header.Values(roleHeader)) > 0 {
		return reject("X-OPA-Workload-Role: requires X-OPA-Token")
	}
	s.tokens.mu.Lock()
	defer s.tokens.mu.Unlock()
	g, ok := s.tokens.accepted[token]
	switch {
	case ok && g.workload && !workload:
		return reject("Authorization: a workload's token belongs in X-OPA-Token")
	case ok && !g.workload && workload:
		return reject("X-OPA-Token: a service user's token belongs in Authorization")
	case !ok, !g.expires.IsZero() && !c.now.Before(g.expires):
		return errorResponse(http.StatusUnauthorized, authenticationError, "The bearer token is invalid or has expired.")
	case workload && s.opts.WorkloadRole != "" && c.header.Get(roleHeader) != s.opts.WorkloadRole:
		return errorResponse(http.StatusUnauthorized, authorizationError, "The workload has not asked for a role that it has.")
	}
	return nil
}

// currentUser handles GET current_user (API.md, current-user). The simulator
// returns the service user to a workload, too.
func (s *Sim) currentUser(*call) *response {
	return respondJSON(http.StatusOK, map[string]string{
		"team_name": s.opts.Team, "name": ServiceUserName, "id": idOf("user", ServiceUserName),
	})
}
