package provider

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
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

	connectionVariables = []string{"OPA_WORKLOAD_CONNECTION"}
	jwtVariables        = []string{"OPA_WORKLOAD_JWT"}
	roleVariables       = []string{"OPA_WORKLOAD_ROLE"}
)

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

func (p *opaProvider) Schema(_ context.Context, _ provider.SchemaRequest, response *provider.SchemaResponse) {
	// Sensitive arguments have no validators: Terraform would quote the line of the
	// configuration in the message, including the secret.
	response.Schema = schema.Schema{
		MarkdownDescription: "Reports who has access to what, and how, in Okta Privileged Access (OPA). Its data sources create an access report, wait until it is complete, and return its rows.",
		Attributes: map[string]schema.Attribute{
			"base_url": schema.StringAttribute{
				MarkdownDescription: "URL of the tenant, such as `https://acme.pam.okta.com`. The scheme must be https, except for loopback addresses, and nothing may follow the host." + orFrom(baseURLVariables),
				Optional:            true,
				Validators:          []validator.String{baseURL{}},
			},
			"team": schema.StringAttribute{
				MarkdownDescription: "Name of the OPA team." + orFrom(teamVariables),
				Optional:            true,
				Validators:          []validator.String{stringFunc{"the name of an OPA team", client.CheckTeam}},
			},
			"key_id": schema.StringAttribute{
				MarkdownDescription: "ID of an API key of a service user that has the `security_admin` role." + orFrom(keyIDVariables),
				Optional:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"key_secret": schema.StringAttribute{
				MarkdownDescription: "Secret of the API key." + orFrom(keySecretVariables),
				Optional:            true,
				Sensitive:           true,
			},
			"bearer_token": schema.StringAttribute{
				MarkdownDescription: "Bearer token to use instead of an API key. The provider does not renew it. Conflicts with `key_id`, `key_secret` and `workload_identity`." + orFrom(bearerTokenVariables),
				Optional:            true,
				Sensitive:           true,
			},
			"workload_identity": schema.SingleNestedAttribute{
				MarkdownDescription: "**Experimental**: authenticates as a workload, such as a CI job with an OIDC token, instead of with an API key, so that no secret needs to be stored. " +
					"It is not documented whether OPA allows workloads to create access reports. Can also be set with the environment variables of the nested arguments, if neither an API key nor a bearer token is set. " +
					"Conflicts with `key_id`, `key_secret` and `bearer_token`.",
				Optional: true,
				Attributes: map[string]schema.Attribute{
					"connection": schema.StringAttribute{
						MarkdownDescription: "Name of the workload connection in OPA." + orFrom(connectionVariables),
						Optional:            true,
						Validators:          []validator.String{stringFunc{"the name of a workload connection", checkName}},
					},
					"jwt": schema.StringAttribute{
						MarkdownDescription: "JWT of the workload, such as the OIDC token of a CI job." + orFrom(jwtVariables),
						Optional:            true,
						Sensitive:           true,
					},
					"role": schema.StringAttribute{
						MarkdownDescription: "Role to assume." + orFrom(roleVariables) + " Defaults to the role that OPA selects.",
						Optional:            true,
						Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
					},
				},
			},
			"request_timeout": schema.StringAttribute{
				MarkdownDescription: fmt.Sprintf("Maximum duration of an HTTP request, such as `30s`. Defaults to %#q.", shortDuration(client.DefaultRequestTimeout)),
				Optional:            true,
				Validators:          []validator.String{stringFunc{"a duration greater than 0s, such as 30s", checkDuration}},
			},
			"max_retries": schema.Int64Attribute{
				MarkdownDescription: fmt.Sprintf("Maximum number of retries per request after a transient failure (network error, HTTP 429 or 5xx). Defaults to `%d`.", client.DefaultMaxRetries),
				Optional:            true,
				Validators:          []validator.Int64{int64validator.Between(0, 100)},
			},
			"max_concurrent_requests": schema.Int64Attribute{
				MarkdownDescription: fmt.Sprintf("Maximum number of concurrent HTTP requests of this provider instance. Defaults to `%d`.", client.DefaultMaxConcurrentRequests),
				Optional:            true,
				Validators:          []validator.Int64{int64validator.Between(1, 1000)},
			},
			"max_pending_reports": schema.Int64Attribute{
				MarkdownDescription: fmt.Sprintf("Maximum number of reports that OPA generates at the same time for this provider instance. More reports are created as these complete. Defaults to `%d`.", client.DefaultMaxPendingReports),
				Optional:            true,
				Validators:          []validator.Int64{int64validator.Between(1, 100_000)},
			},
			"report_columns": schema.MapAttribute{
				MarkdownDescription: "Map from column names to the header texts in the reports of your tenant, for headers that are not recognized: `{ conditions = \"Auflagen\" }`. " +
					"An empty string means that the column can be missing. Its attribute in `rows` is null in this case. The column names are `" + strings.Join(accessreport.ColumnNames(), "`, `") + "`.",
				ElementType: types.StringType,
				Optional:    true,
				Validators: []validator.Map{
					mapvalidator.KeysAre(stringvalidator.OneOf(accessreport.ColumnNames()...)),
					mapvalidator.NoNullValues(),
				},
			},
		},
	}
}

// orFrom returns the sentence of a description that names the environment
// variables of an argument.
func orFrom(variables []string) string {
	return " Can also be set with the `" + strings.Join(variables, "` or `") + "` environment variable."
}

// Configure creates the client that all data sources share. It sends no request:
// the first read does.
func (p *opaProvider) Configure(ctx context.Context, request provider.ConfigureRequest, response *provider.ConfigureResponse) {
	if unknown := unknownArguments(request.Config.Raw); unknown != nil {
		if request.ClientCapabilities.DeferralAllowed {
			response.Deferred = &provider.Deferred{Reason: provider.DeferredReasonProviderConfigUnknown}
			return
		}
		// Not an error yet: a plan may have nothing to read before these are known.
		share(&session{unknown: unknown}, response)
		return
	}
	var config configModel
	response.Diagnostics.Append(request.Config.Get(ctx, &config)...)
	if response.Diagnostics.HasError() {
		return
	}
	settings, diags := config.settings(ctx)
	response.Diagnostics.Append(diags...)
	if response.Diagnostics.HasError() {
		return
	}
	settings.client.UserAgent = fmt.Sprintf("Terraform/%s terraform-provider-opa/%s", request.TerraformVersion, p.version)
	session, err := newSession(settings)
	if err != nil {
		response.Diagnostics.AddError(invalidConfiguration, fmt.Sprintf("The provider cannot be configured: %s.", err))
		return
	}
	checkMessagesWith(ctx, session.client)
	share(session, response)
}

// share passes the session to data sources and ephemeral resources.
func share(s *session, response *provider.ConfigureResponse) {
	response.DataSourceData, response.EphemeralResourceData = s, s
}

// Titles of messages about the provider's configuration.
const (
	missingConfiguration = "Missing provider configuration"
	invalidConfiguration = "Invalid provider configuration"
)

// settings is the result of the configuration and the environment.
type settings struct {
	client  client.Config
	columns map[string]string
}

func (m configModel) settings(ctx context.Context) (s settings, diags diag.Diagnostics) {
	require := func(argument, from string, value string, missing string) {
		if value == "" {
			diags.AddError(missingConfiguration, fmt.Sprintf(
				"%s is not set. Set %s in the provider configuration, or set the %s environment variable.", missing, argument, from))
		}
	}
	var from string
	s.client.BaseURL, from = setting(m.BaseURL, baseURLVariables)
	require("base_url", strings.Join(baseURLVariables, " or "), s.client.BaseURL, "The URL of the tenant")
	if err := checkBaseURL(s.client.BaseURL); from != "" && err != nil {
		diags.AddError(invalidConfiguration, fmt.Sprintf("The %s environment variable is not the URL of a tenant: %s.", from, err))
	}
	s.client.Team, from = setting(m.Team, teamVariables)
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

// setting returns the value of an argument. If it is null, setting returns the
// value and the name of the first variable that is set. Surrounding whitespace,
// such as the newline at the end of a file, is removed.
func setting(argument types.String, variables []string) (value, variable string) {
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

func orDefault(n types.Int64, otherwise int) int {
	if n.IsNull() {
		return otherwise
	}
	return int(n.ValueInt64())
}

func checkBaseURL(text string) error {
	_, err := client.ParseBaseURL(text)
	return err
}

func checkDuration(text string) error {
	d, err := time.ParseDuration(text)
	if err == nil && d <= 0 {
		err = fmt.Errorf("%s is not greater than 0s", text)
	}
	return err
}

// shortDuration formats a duration without trailing zero units: 10m, not 10m0s.
func shortDuration(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
