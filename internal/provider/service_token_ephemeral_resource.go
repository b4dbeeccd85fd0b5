package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/datasource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

type serviceTokenModel struct {
	Timeouts    timeouts.Value `tfsdk:"timeouts"`
	BearerToken types.String   `tfsdk:"bearer_token"`
	ExpiresAt   types.String   `tfsdk:"expires_at"`
}

func newServiceTokenEphemeralResource() ephemeral.EphemeralResource {
	return &ephemeralResource[serviceTokenModel]{dataSource[serviceTokenModel]{
		name: "service_token",
		description: "The bearer token with which the provider calls OPA, for other providers and tools that call it too. It is never written to plan or state. " +
			"OPA lets it live for about an hour.",
		attributes: map[string]schema.Attribute{
			"bearer_token": schema.StringAttribute{MarkdownDescription: "The token: the value of `Authorization` after `Bearer`.", Computed: true, Sensitive: true},
			"expires_at":   schema.StringAttribute{MarkdownDescription: "When the token expires, as OPA writes it (RFC 3339). Null where that is not known, as for a ready `bearer_token`.", Computed: true},
		},
		timeouts: func(m *serviceTokenModel) timeouts.Value { return m.Timeouts },
		read: func(ctx context.Context, s *session, m *serviceTokenModel) diag.Diagnostics {
			bearer, expiresAt, err := s.client.Token(ctx)
			if err != nil {
				return diag.Diagnostics{explain(err)}
			}
			m.BearerToken, m.ExpiresAt = types.StringValue(bearer), textOrNull(expiresAt)
			return nil
		},
	}}
}
