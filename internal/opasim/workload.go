package opasim

import (
	"encoding/base64"
	"net/http"
	"strings"
)

// The headers of a workload: its token, which replaces Authorization, and the role
// that it requests (API.md, workload-header).
const (
	workloadHeader = "X-OPA-Token"
	roleHeader     = "X-OPA-Workload-Role"
)

// issueWorkloadToken handles POST workloads/{connection_name}/issue_token: a workload
// sends the JWT of its platform and gets a token (API.md, workload-token).
func (s *Sim) issueWorkloadToken(c *call) *response {
	body, err := strictObject[string](c.body, "credential_type", "jwt", "role_hint")
	if err != nil {
		return s.malformedWorkload(c, "body", err.Error())
	}
	if body["credential_type"] != "JWT" {
		return s.malformedWorkload(c, "credential_type", "must be JWT")
	}
	jwt, err := base64.StdEncoding.Strict().DecodeString(body["jwt"])
	if err != nil || len(jwt) == 0 || strings.ContainsAny(body["jwt"], "\r\n") { // the decoder skips them
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

// malformedWorkload records a violation and returns an error response. The text
// must not quote the body, which contains a secret.
func (s *Sim) malformedWorkload(c *call, location, text string) *response {
	s.log.violation(c.method + " " + c.path + ": " + location + ": " + text)
	return failWorkload(http.StatusBadRequest, location, text)
}

// failWorkload returns an error as issue_token writes it (API.md,
// workload-error-body). The values of code, location and location_type are guesses
// from their names.
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
