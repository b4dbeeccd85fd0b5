package opasim

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
)

// tokens holds which tokens are accepted.
type tokens struct {
	mu         sync.Mutex
	keyRevoked bool
	accepted   map[string]grant
	issued     []string
}

// grant is what a token is good for.
type grant struct {
	expires  time.Time // the zero time is never
	workload bool      // else a service user's
}

// RevokeTokens makes every token of before worthless, StaticTokens and those of
// workloads too. The key and the workload get new ones.
func (s *Sim) RevokeTokens() {
	s.tokens.mu.Lock()
	defer s.tokens.mu.Unlock()
	clear(s.tokens.accepted)
}

// RevokeKey makes the API key worthless, and at once every token of the service
// user as well, as expiring a key does (§3.1). A workload has no key.
func (s *Sim) RevokeKey() {
	s.tokens.mu.Lock()
	defer s.tokens.mu.Unlock()
	s.tokens.keyRevoked = true
	maps.DeleteFunc(s.tokens.accepted, func(_ string, g grant) bool { return !g.workload })
}

// IssuedTokens returns every token that was issued, those of workloads too, so
// that a test can look for them where no secret may be.
func (s *Sim) IssuedTokens() []string {
	s.tokens.mu.Lock()
	defer s.tokens.mu.Unlock()
	return slices.Clone(s.tokens.issued)
}

// issueToken is POST service_token (§3.1).
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
		return fail(http.StatusUnauthorized, authenticationError, "Invalid API key.")
	}
	token, expires := s.newToken(c, ServiceUserName, false)
	return respondJSON(http.StatusOK, map[string]any{
		"bearer_token": token, "expires_at": timestamp(expires), "team_name": s.opts.Team,
	})
}

// newToken issues a token to a subject; the caller holds the lock. It looks like
// a JWT, but its signature is none: nobody but this simulator is to accept it.
func (s *Sim) newToken(c *call, subject string, workload bool) (token string, expires time.Time) {
	encode := func(part any) string {
		text, err := json.Marshal(part)
		if err != nil {
			panic("opasim: " + err.Error())
		}
		return base64.RawURLEncoding.EncodeToString(text)
	}
	expires = c.now.Add(s.opts.TokenLifetime)
	token = encode(map[string]string{"alg": "ES256", "typ": "JWT"}) + "." + encode(map[string]any{
		"sub": subject, "team": s.opts.Team, "iat": c.now.Unix(), "exp": expires.Unix(), "jti": uuid.NewString(),
	})
	sum := sha256.Sum256([]byte(token))
	token += "." + base64.RawURLEncoding.EncodeToString(sum[:])
	s.tokens.accepted[token] = grant{expires: expires, workload: workload}
	s.tokens.issued = append(s.tokens.issued, token)
	s.log.login()
	return token, expires
}

// authenticate refuses a call without a token that is accepted now, and one
// whose token is not where its kind belongs: a service user's in Authorization
// (§3.1), a workload's in X-OPA-Token in place of it (§3.3).
func (s *Sim) authenticate(c *call) *response {
	refuse := func(text string) *response {
		return s.violation(c, http.StatusUnauthorized, authenticationError, "%s", text)
	}
	token, ok := strings.CutPrefix(c.header.Get("Authorization"), "Bearer ")
	workload := len(c.header.Values(workloadHeader)) > 0
	if workload {
		if len(c.header.Values("Authorization")) > 0 {
			return refuse("Authorization and X-OPA-Token: want one of them")
		}
		token, ok = c.header.Get(workloadHeader), true
	}
	if !ok || token == "" || strings.ContainsAny(token, " \t") {
		return refuse("want Authorization: Bearer <token>, or X-OPA-Token: <token>")
	}
	if !workload && len(c.header.Values(roleHeader)) > 0 {
		return refuse("X-OPA-Workload-Role: goes with X-OPA-Token")
	}
	s.tokens.mu.Lock()
	defer s.tokens.mu.Unlock()
	g, ok := s.tokens.accepted[token]
	switch {
	case ok && g.workload && !workload:
		return refuse("Authorization: a workload's token belongs in X-OPA-Token")
	case ok && !g.workload && workload:
		return refuse("X-OPA-Token: a service user's token belongs in Authorization")
	case !ok, !g.expires.IsZero() && !c.now.Before(g.expires):
		return fail(http.StatusUnauthorized, authenticationError, "The bearer token is invalid or has expired.")
	case workload && s.opts.WorkloadRole != "" && c.header.Get(roleHeader) != s.opts.WorkloadRole:
		return fail(http.StatusUnauthorized, authorizationError, "The workload has not asked for a role that it has.")
	}
	return nil
}

// currentUser is GET current_user (§4). What it tells a workload is unknown; here
// it is the service user as well.
func (s *Sim) currentUser(*call) *response {
	return respondJSON(http.StatusOK, map[string]string{
		"team_name": s.opts.Team, "name": ServiceUserName, "id": idOf("user", ServiceUserName),
	})
}
