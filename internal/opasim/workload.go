package opasim

import (
	"encoding/base64"
	"net/http"
	"strings"
)

// The headers of a workload: its token, in place of Authorization, and the role
// that it asks for with it (§3.3).
const (
	workloadHeader = "X-OPA-Token"
	roleHeader     = "X-OPA-Workload-Role"
)

// issueWorkloadToken is POST workloads/{connection_name}/issue_token (§3.3): a
// workload shows the JWT that its platform gave it, and gets a token.
func (s *Sim) issueWorkloadToken(c *call) *response {
	body, err := strictObject[string](c.body, "credential_type", "jwt", "role_hint")
	if err != nil {
		return s.malformedWorkload(c, "body", err.Error())
	}
	if body["credential_type"] != "JWT" {
		return s.malformedWorkload(c, "credential_type", "must be JWT")
	}
	jwt, err := base64.StdEncoding.Strict().DecodeString(body["jwt"])
	if err != nil || len(jwt) == 0 || strings.ContainsAny(body["jwt"], "\r\n") { // which the decoder skips
		return s.malformedWorkload(c, "jwt", "must be the JWT's text in base64")
	}
	switch hint := body["role_hint"]; {
	case s.opts.WorkloadConnection == "" || c.args["connection_name"] != s.opts.WorkloadConnection:
		return failWorkload(http.StatusNotFound, "connection_name", "does not exist or you are not authorized")
	case string(jwt) != s.opts.WorkloadJWT:
		return failWorkload(http.StatusBadRequest, "jwt", "is not accepted by this connection")
	case hint != "" && s.opts.WorkloadRole != "" && hint != s.opts.WorkloadRole:
		return failWorkload(http.StatusBadRequest, "role_hint", "is not a role of this connection")
	}
	s.tokens.mu.Lock()
	defer s.tokens.mu.Unlock()
	token, _ := s.newToken(c, s.opts.WorkloadConnection, true)
	return respondJSON(http.StatusOK, map[string]string{"token": token})
}

// malformedWorkload refuses an issue_token that no correct client sends. The
// text must not quote the body, which holds a secret.
func (s *Sim) malformedWorkload(c *call, location, text string) *response {
	s.log.violation(c.method + " " + c.path + ": " + location + ": " + text)
	return failWorkload(http.StatusBadRequest, location, text)
}

// failWorkload answers with the error body that issue_token has of its own
// (§9.1). What its code, location and location_type hold is known from their
// names alone.
func failWorkload(status int, location, text string) *response {
	locationType := "body"
	if location == "connection_name" {
		locationType = "path"
	}
	return respondJSON(status, map[string]any{
		"code": status, "error": "The workload cannot be authenticated.",
		"error_cause": []map[string]string{{"error": text, "location": location, "location_type": locationType}},
	})
}
