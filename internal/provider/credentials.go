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

// credentials selects the authentication method. The configuration takes
// precedence over the environment, and may have only one method. In the
// environment, a bearer token takes precedence over a key, and a key over a
// workload. No message has a path: Terraform would quote the line with the secret.
func (m configModel) credentials(ctx context.Context, config *client.Config) (diags diag.Diagnostics) {
	var workload workloadModel
	if !m.WorkloadIdentity.IsNull() {
		diags.Append(m.WorkloadIdentity.As(ctx, &workload, basetypes.ObjectAsOptions{})...)
	}
	diags.Append(m.checkSecrets(workload)...)
	methods := m.authenticationMethods()
	if len(methods) > 1 {
		diags.AddError(invalidConfiguration, "The provider configuration has "+strings.Join(methods, " and ")+". Remove all but one of them.")
	}
	if diags.HasError() {
		return diags
	}
	inEnvironment := func(variables []string) bool {
		value, _ := valueOrEnv(types.StringNull(), variables)
		return len(methods) == 0 && value != ""
	}
	key := inEnvironment(keyIDVariables) || inEnvironment(keySecretVariables)
	switch {
	case !m.BearerToken.IsNull(), inEnvironment(bearerTokenVariables):
		config.BearerToken, _ = valueOrEnv(m.BearerToken, bearerTokenVariables)
		return nil
	case !m.WorkloadIdentity.IsNull(), !key && inEnvironment(workloadConnectionVariables):
		config.Workload = workload.settings()
		return checkWorkload(*config.Workload)
	}
	config.KeyID, _ = valueOrEnv(m.KeyID, keyIDVariables)
	config.KeySecret, _ = valueOrEnv(m.KeySecret, keySecretVariables)
	return checkKey(config.KeyID, config.KeySecret)
}

// checkSecrets returns an error for each secret that is set to an empty string.
func (m configModel) checkSecrets(workload workloadModel) (diags diag.Diagnostics) {
	for _, secret := range []struct {
		argument  string
		value     types.String
		variables []string
	}{
		{"key_secret", m.KeySecret, keySecretVariables},
		{"bearer_token", m.BearerToken, bearerTokenVariables},
		{"workload_identity.jwt", workload.JWT, workloadJWTVariables},
	} {
		if !secret.value.IsNull() && strings.TrimSpace(secret.value.ValueString()) == "" {
			diags.AddError(invalidConfiguration, fmt.Sprintf("%s must not be empty. Set a value, or remove the argument to use the %s environment variable.",
				secret.argument, strings.Join(secret.variables, " or ")))
		}
	}
	return diags
}

// authenticationMethods returns the methods in the configuration, for messages.
func (m configModel) authenticationMethods() (methods []string) {
	if !m.KeyID.IsNull() || !m.KeySecret.IsNull() {
		methods = append(methods, "an API key (key_id, key_secret)")
	}
	if !m.BearerToken.IsNull() {
		methods = append(methods, "a bearer_token")
	}
	if !m.WorkloadIdentity.IsNull() {
		methods = append(methods, "a workload_identity")
	}
	return methods
}

// settings returns the workload of the configuration and the environment.
func (m workloadModel) settings() *client.Workload {
	var w client.Workload
	w.Connection, _ = valueOrEnv(m.Connection, workloadConnectionVariables)
	w.JWT, _ = valueOrEnv(m.JWT, workloadJWTVariables)
	w.Role, _ = valueOrEnv(m.Role, workloadRoleVariables)
	return &w
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
