package opasim

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
)

// tokens contains the tokens that the tenant accepts.
type tokens struct {
	mu         sync.Mutex
	keyRevoked bool
	accepted   map[string]grant
	issued     []string
}

// grant describes an accepted token.
type grant struct {
	expires  time.Time // the zero time means never
	workload bool      // otherwise the token is a service user's
}

// RevokeTokens revokes all tokens, including StaticTokens and those of workloads.
// The key and the workload can still get new ones.
func (s *Sim) RevokeTokens() {
	s.tokens.mu.Lock()
	defer s.tokens.mu.Unlock()
	clear(s.tokens.accepted)
}

// RevokeKey revokes the API key and every token of the service user, as expiring a
// key does (API.md, token-revoked). A workload has no key, so its tokens remain
// valid.
func (s *Sim) RevokeKey() {
	s.tokens.mu.Lock()
	defer s.tokens.mu.Unlock()
	s.tokens.keyRevoked = true
	maps.DeleteFunc(s.tokens.accepted, func(_ string, g grant) bool { return !g.workload })
}

// IssuedTokens returns every token that was issued, including those of workloads.
// A test can search output for them, where no secret may be.
func (s *Sim) IssuedTokens() []string {
	s.tokens.mu.Lock()
	defer s.tokens.mu.Unlock()
	return slices.Clone(s.tokens.issued)
}

// newToken issues a token to a subject. The caller holds the lock. The token looks
// like a JWT, but its signature is not valid: only this simulator accepts it.
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
