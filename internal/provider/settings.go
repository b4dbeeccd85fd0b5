package provider

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/privileged-access/terraform-provider-opa/internal/client"
)

// Environment variables for arguments that are not set. The first variable that
// is set is used. The OKTAPAM_ variables are those of Okta's own provider.
var (
	baseURLVariables     = []string{"OPA_BASE_URL", "OKTAPAM_API_HOST"}
	teamVariables        = []string{"OPA_TEAM", "OKTAPAM_TEAM"}
	keyIDVariables       = []string{"OPA_KEY_ID", "OKTAPAM_KEY"}
	keySecretVariables   = []string{"OPA_KEY_SECRET", "OKTAPAM_SECRET"}
	bearerTokenVariables = []string{"OPA_BEARER_TOKEN"}

	workloadConnectionVariables = []string{"OPA_WORKLOAD_CONNECTION"}
	workloadJWTVariables        = []string{"OPA_WORKLOAD_JWT"}
	workloadRoleVariables       = []string{"OPA_WORKLOAD_ROLE"}
)

// configModel is the configuration of the provider.
type configModel struct {
	BaseURL               types.String `tfsdk:"base_url"`
	Team                  types.String `tfsdk:"team"`
	KeyID                 types.String `tfsdk:"key_id"`
	KeySecret             types.String `tfsdk:"key_secret"`
	BearerToken           types.String `tfsdk:"bearer_token"`
	RequestTimeout        types.String `tfsdk:"request_timeout"`
	MaxRetries            types.Int64  `tfsdk:"max_retries"`
	MaxConcurrentRequests types.Int64  `tfsdk:"max_concurrent_requests"`
	MaxPendingReports     types.Int64  `tfsdk:"max_pending_reports"`
	WorkloadIdentity      types.Object `tfsdk:"workload_identity"`
	ReportColumns         types.Map    `tfsdk:"report_columns"`
}

// Titles of messages about the provider's configuration.
const (
	missingConfiguration = "Missing provider configuration"
	invalidConfiguration = "Invalid provider configuration"
)

// settings contains the values from the provider block and the environment.
type settings struct {
	client  client.Config
	columns map[string]string
}

// resolve returns the settings, or errors if required ones are missing or invalid.
func (m configModel) resolve(ctx context.Context) (s settings, diags diag.Diagnostics) {
	require := func(argument, variables, value, description string) {
		if value == "" {
			diags.AddError(missingConfiguration, fmt.Sprintf(
				"%s is not set. Set %s in the provider configuration, or set the %s environment variable.", description, argument, variables))
		}
	}
	var from string
	s.client.BaseURL, from = valueOrEnv(m.BaseURL, baseURLVariables)
	require("base_url", strings.Join(baseURLVariables, " or "), s.client.BaseURL, "The URL of the tenant")
	if err := checkBaseURL(s.client.BaseURL); from != "" && err != nil {
		diags.AddError(invalidConfiguration, fmt.Sprintf("The %s environment variable is not the URL of a tenant: %s.", from, err))
	}
	s.client.Team, from = valueOrEnv(m.Team, teamVariables)
	require("team", strings.Join(teamVariables, " or "), s.client.Team, "The name of the team")
	if err := client.CheckTeam(s.client.Team); from != "" && err != nil {
		diags.AddError(invalidConfiguration, fmt.Sprintf("The %s environment variable is not the name of a team: %s.", from, err))
	}
	diags.Append(m.credentials(ctx, &s.client)...)

	s.client.RequestTimeout = client.DefaultRequestTimeout
	if !m.RequestTimeout.IsNull() {
		s.client.RequestTimeout, _ = time.ParseDuration(m.RequestTimeout.ValueString()) // it was validated
	}
	s.client.MaxRetries = orDefault(m.MaxRetries, client.DefaultMaxRetries)
	s.client.MaxConcurrentRequests = orDefault(m.MaxConcurrentRequests, client.DefaultMaxConcurrentRequests)
	s.client.MaxPendingReports = orDefault(m.MaxPendingReports, client.DefaultMaxPendingReports)
	if !m.ReportColumns.IsNull() {
		diags.Append(m.ReportColumns.ElementsAs(ctx, &s.columns, false)...)
	}
	return s, diags
}

// valueOrEnv returns the value of an argument. If it is null, valueOrEnv returns the
// value and the name of the first variable that is set. Surrounding whitespace,
// such as the newline at the end of a file, is removed.
func valueOrEnv(argument types.String, variables []string) (value, variable string) {
	if !argument.IsNull() {
		return strings.TrimSpace(argument.ValueString()), ""
	}
	for _, variable := range variables {
		if value := strings.TrimSpace(os.Getenv(variable)); value != "" {
			return value, variable
		}
	}
	return "", ""
}

func orDefault(n types.Int64, fallback int) int {
	if n.IsNull() {
		return fallback
	}
	return int(n.ValueInt64())
}

func checkBaseURL(text string) error {
	_, err := client.ParseBaseURL(text)
	return err
}
