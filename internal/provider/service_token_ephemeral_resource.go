package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

type serviceTokenModel struct {
	timeoutsModel
	BearerToken types.String `tfsdk:"bearer_token"`
	ExpiresAt   types.String `tfsdk:"expires_at"`
}

func newServiceTokenEphemeralResource() ephemeral.EphemeralResource {
	return &ephemeralResource[serviceTokenModel]{dataSource[serviceTokenModel]{
		name: "service_token",
		description: "Returns the bearer token that the provider uses for requests to OPA, for use in other providers and tools. It is never written to plan or state. " +
			"The token is valid for about an hour.",
		attributes: map[string]schema.Attribute{
			"bearer_token": schema.StringAttribute{MarkdownDescription: "Bearer token: the value of the `Authorization` header after `Bearer`.", Computed: true, Sensitive: true},
			"expires_at":   schema.StringAttribute{MarkdownDescription: "Time at which the token expires, in the format of OPA (RFC 3339). Null if it is unknown, for example if `bearer_token` is set in the provider configuration.", Computed: true},
		},
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
