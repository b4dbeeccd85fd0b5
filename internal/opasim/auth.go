package opasim

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
)

// tokens holds which bearer tokens are accepted.
type tokens struct {
	mu         sync.Mutex
	keyRevoked bool
	expiry     map[string]time.Time // the zero time is never
	issued     []string
}

// RevokeTokens makes every token of before worthless, StaticTokens too. The key
// gets new ones.
func (s *Sim) RevokeTokens() {
	s.tokens.mu.Lock()
	defer s.tokens.mu.Unlock()
	clear(s.tokens.expiry)
}

// RevokeKey makes the API key worthless, and at once every token as well, as
// expiring a key does (§3.1).
func (s *Sim) RevokeKey() {
	s.tokens.mu.Lock()
	defer s.tokens.mu.Unlock()
	s.tokens.keyRevoked = true
	clear(s.tokens.expiry)
}

// IssuedTokens returns every token that was issued, so that a test can look for
// them where no secret may be.
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
	expires := c.now.Add(s.opts.TokenLifetime)
	token := newToken(s.opts.Team, c.now, expires)
	s.tokens.expiry[token] = expires
	s.tokens.issued = append(s.tokens.issued, token)
	s.log.login()
	return respondJSON(http.StatusOK, map[string]any{
		"bearer_token": token, "expires_at": timestamp(expires), "team_name": s.opts.Team,
	})
}

// newToken looks like a JWT. Its signature is none: nobody but this simulator
// is to accept it.
func newToken(team string, issued, expires time.Time) string {
	encode := func(part any) string {
		text, err := json.Marshal(part)
		if err != nil {
			panic("opasim: " + err.Error())
		}
		return base64.RawURLEncoding.EncodeToString(text)
	}
	token := encode(map[string]string{"alg": "ES256", "typ": "JWT"}) + "." + encode(map[string]any{
		"sub": ServiceUserName, "team": team, "iat": issued.Unix(), "exp": expires.Unix(), "jti": uuid.NewString(),
	})
	sum := sha256.Sum256([]byte(token))
	return token + "." + base64.RawURLEncoding.EncodeToString(sum[:])
}

// authenticate refuses a call without a token that is accepted now.
func (s *Sim) authenticate(c *call) *response {
	value := c.header.Get("Authorization")
	token, ok := strings.CutPrefix(value, "Bearer ")
	if !ok || token == "" || strings.ContainsAny(token, " \t") {
		return s.violation(c, http.StatusUnauthorized, authenticationError, "Authorization must be: Bearer <token>")
	}
	s.tokens.mu.Lock()
	defer s.tokens.mu.Unlock()
	expires, ok := s.tokens.expiry[token]
	if !ok || !expires.IsZero() && !c.now.Before(expires) {
		return fail(http.StatusUnauthorized, authenticationError, "The bearer token is invalid or has expired.")
	}
	return nil
}

// currentUser is GET current_user (§4).
func (s *Sim) currentUser(*call) *response {
	return respondJSON(http.StatusOK, map[string]string{
		"team_name": s.opts.Team, "name": ServiceUserName, "id": idOf("user", ServiceUserName),
	})
}
