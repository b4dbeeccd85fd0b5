package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/privileged-access/terraform-provider-opa/internal/client"
)

type workloadModel struct {
	Connection types.String `tfsdk:"connection"`
	JWT        types.String `tfsdk:"jwt"`
	Role       types.String `tfsdk:"role"`
}

// credentials decides between the ways to sign in. What is in the configuration
// beats the environment. In the configuration there may be one way only; in the
// environment a ready token goes before a key, and a key before a workload. No
// message here has a path: Terraform would quote the line, secret and all.
func (m configModel) credentials(ctx context.Context, config *client.Config) (diags diag.Diagnostics) {
	var workload workloadModel
	if !m.WorkloadIdentity.IsNull() {
		diags.Append(m.WorkloadIdentity.As(ctx, &workload, basetypes.ObjectAsOptions{})...)
	}
	for name, value := range map[string]types.String{"key_secret": m.KeySecret, "bearer_token": m.BearerToken, "workload_identity.jwt": workload.JWT} {
		if !value.IsNull() && strings.TrimSpace(value.ValueString()) == "" {
			diags.AddError(invalidConfiguration, name+" must not be empty. Set a value, or remove the argument to use the environment variable.")
		}
	}
	var ways []string
	for _, way := range []struct {
		name string
		set  bool
	}{
		{"an API key (key_id, key_secret)", !m.KeyID.IsNull() || !m.KeySecret.IsNull()},
		{"a bearer_token", !m.BearerToken.IsNull()},
		{"a workload_identity", !m.WorkloadIdentity.IsNull()},
	} {
		if way.set {
			ways = append(ways, way.name)
		}
	}
	if len(ways) > 1 {
		diags.AddError(invalidConfiguration, "The provider configuration has "+strings.Join(ways, " and ")+". Remove all but one of them.")
	}
	if diags.HasError() {
		return diags
	}
	inEnvironment := func(variables []string) bool {
		value, _ := setting(types.StringNull(), variables)
		return len(ways) == 0 && value != ""
	}
	key := inEnvironment(keyIDVariables) || inEnvironment(keySecretVariables)
	switch {
	case !m.BearerToken.IsNull(), inEnvironment(bearerTokenVariables):
		config.BearerToken, _ = setting(m.BearerToken, bearerTokenVariables)
	case !m.WorkloadIdentity.IsNull(), !key && inEnvironment(connectionVariables):
		config.Workload = new(client.Workload)
		config.Workload.Connection, _ = setting(workload.Connection, connectionVariables)
		config.Workload.JWT, _ = setting(workload.JWT, jwtVariables)
		config.Workload.Role, _ = setting(workload.Role, roleVariables)
		diags.Append(checkWorkload(*config.Workload)...)
	default:
		config.KeyID, _ = setting(m.KeyID, keyIDVariables)
		config.KeySecret, _ = setting(m.KeySecret, keySecretVariables)
		diags.Append(checkKey(config.KeyID, config.KeySecret)...)
	}
	return diags
}

func checkKey(id, secret string) (diags diag.Diagnostics) {
	switch {
	case id == "" && secret == "":
		diags.AddError(missingConfiguration, "No credentials are set. Set the OPA_KEY_ID and OPA_KEY_SECRET environment variables (recommended), or key_id and key_secret in the provider configuration. "+
			"Use an API key of a service user that has the security_admin role.")
	case id == "":
		diags.AddError(missingConfiguration, "The secret of an API key is set, but not its ID. Set key_id in the provider configuration, or set the "+strings.Join(keyIDVariables, " or ")+" environment variable.")
	case secret == "":
		diags.AddError(missingConfiguration, "The ID of an API key is set, but not its secret. Set the "+strings.Join(keySecretVariables, " or ")+" environment variable, or set key_secret in the provider configuration.")
	}
	return diags
}

func checkWorkload(w client.Workload) (diags diag.Diagnostics) {
	if err := checkName(w.Connection); err != nil {
		diags.AddError(missingConfiguration, fmt.Sprintf("The connection of workload_identity is missing or invalid: %s. "+
			"Set workload_identity.connection, or set the OPA_WORKLOAD_CONNECTION environment variable.", err))
	}
	if w.JWT == "" {
		diags.AddError(missingConfiguration, "The JWT of workload_identity is missing. Set the OPA_WORKLOAD_JWT environment variable (recommended), or set workload_identity.jwt.")
	}
	return diags
}
