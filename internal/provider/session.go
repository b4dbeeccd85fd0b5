package provider

import (
	"fmt"
	"log/slog"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/privileged-access/terraform-provider-opa/internal/client"
)

// session is the state of a provider instance, which Configure passes to data
// sources and ephemeral resources. It has one client, so one token and one set of
// limits.
type session struct {
	client  *client.Client
	config  client.Config     // of client
	team    string            // name
	columns map[string]string // report_columns
	secrets []string          // for the log's masks

	// unknown has the names of the provider's arguments that are not known yet. If
	// there are any, client is nil.
	unknown []string
}

func newSession(s settings) (*session, error) {
	s.client.Logger = slog.New(clientLog{})
	c, err := client.New(s.client)
	if err != nil {
		return nil, err
	}
	session := &session{client: c, config: s.client, team: s.client.Team, columns: s.columns}
	secrets := []string{s.client.KeySecret, s.client.BearerToken}
	if s.client.Workload != nil {
		secrets = append(secrets, s.client.Workload.JWT)
	}
	for _, secret := range secrets {
		if secret != "" {
			session.secrets = append(session.secrets, secret)
		}
	}
	return session, nil
}

// sessionOf returns the session in the data that the provider shared. It is nil
// before the provider is configured: Terraform validates first.
func sessionOf(data any, diags *diag.Diagnostics) *session {
	if data == nil {
		return nil
	}
	s, ok := data.(*session)
	if !ok {
		diags.AddError("Unexpected provider data", fmt.Sprintf(
			"The provider passed %T to this data source or ephemeral resource instead of %T. This is a bug in the provider. Please report it.", data, s))
	}
	return s
}
