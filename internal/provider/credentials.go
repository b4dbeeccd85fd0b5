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
			diags.AddError(invalidConfiguration, name+" is the empty text. Give it a value, or leave it out to take it from the environment.")
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
		diags.AddError(invalidConfiguration, "The provider block has "+strings.Join(ways, " and ")+". Keep one of them.")
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
		diags.AddError(missingConfiguration, "There are no credentials. Set key_id and key_secret in the provider block or, better, OPA_KEY_ID and OPA_KEY_SECRET in the environment: "+
			"the API key of a service user that has the security_admin role.")
	case id == "":
		diags.AddError(missingConfiguration, "There is the secret of an API key, but not its id. Set key_id in the provider block, or "+strings.Join(keyIDVariables, " or ")+" in the environment.")
	case secret == "":
		diags.AddError(missingConfiguration, "There is the id of an API key, but not its secret. Set "+strings.Join(keySecretVariables, " or ")+" in the environment, or key_secret in the provider block.")
	}
	return diags
}

func checkWorkload(w client.Workload) (diags diag.Diagnostics) {
	if err := checkName(w.Connection); err != nil {
		diags.AddError(missingConfiguration, fmt.Sprintf("The connection of workload_identity is missing or wrong: %s. "+
			"Set workload_identity.connection, or OPA_WORKLOAD_CONNECTION in the environment.", err))
	}
	if w.JWT == "" {
		diags.AddError(missingConfiguration, "The JWT of workload_identity is missing. Set workload_identity.jwt or, better, OPA_WORKLOAD_JWT in the environment.")
	}
	return diags
}
