package client

import (
	"context"
	"encoding/base64"
	"net/http"
)

// Workload is the identity of a workload such as a CI job, which needs no stored secret:
// a connection of the team that trusts an issuer of JWTs, a JWT of that issuer, and the
// requested role ("" for none).
//
// Whether workloads may create reports is not documented (API.md, workload-reports).
type Workload struct {
	Connection, JWT, Role string
}

// issueToken exchanges a workload's JWT for a token (API.md, workload-token). Its
// lifetime is not known (API.md, workload-token-lifetime), so it is renewed only after
// it is refused.
func (c *Client) issueToken(ctx context.Context, p *progress, w Workload) (token, error) {
	resp, err := c.do(ctx, request{
		method: http.MethodPost,
		url:    c.path("workloads", w.Connection, "issue_token"),
		body: struct {
			CredentialType string `json:"credential_type"`
			JWT            string `json:"jwt"`
			RoleHint       string `json:"role_hint,omitempty"`
		}{"JWT", base64.StdEncoding.EncodeToString([]byte(w.JWT)), w.Role},
		anonymous: true,
		progress:  p,
	})
	if err != nil {
		return token{}, err
	}
	var issued struct {
		Token string `json:"token"`
	}
	if err := resp.decodeJSON(&issued); err != nil {
		return token{}, err
	}
	c.secrets.add(issued.Token) // before any message about the response
	if !isToken(issued.Token) {
		return token{}, protocolErrorf("the response has no token")
	}
	return token{value: issued.Token}, nil
}
