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

// The environment variables that stand in for arguments, the first that is set
// counts. The OKTAPAM_ ones are those of Okta's own provider.
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
	// No validator stands at a sensitive argument: its message would quote the
	// line of the configuration, secret and all.
	response.Schema = schema.Schema{
		MarkdownDescription: "Answers who has access to what, and how, in Okta Privileged Access (OPA): its data sources create an access report, wait for it, and give its rows.",
		Attributes: map[string]schema.Attribute{
			"base_url": schema.StringAttribute{
				MarkdownDescription: "The tenant's URL, such as `https://acme.pam.okta.com`: https, and nothing after the host. Plain http is accepted for a loopback address alone." + orFrom(baseURLVariables),
				Optional:            true,
				Validators:          []validator.String{baseURL{}},
			},
			"team": schema.StringAttribute{
				MarkdownDescription: "The name of the OPA team." + orFrom(teamVariables),
				Optional:            true,
				Validators:          []validator.String{stringFunc{"the name of an OPA team", client.CheckTeam}},
			},
			"key_id": schema.StringAttribute{
				MarkdownDescription: "The id of an API key of a service user that has the `security_admin` role." + orFrom(keyIDVariables),
				Optional:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"key_secret": schema.StringAttribute{
				MarkdownDescription: "The secret of that API key." + orFrom(keySecretVariables),
				Optional:            true,
				Sensitive:           true,
			},
			"bearer_token": schema.StringAttribute{
				MarkdownDescription: "A ready bearer token, instead of an API key. It is not renewed." + orFrom(bearerTokenVariables),
				Optional:            true,
				Sensitive:           true,
			},
			"workload_identity": schema.SingleNestedAttribute{
				MarkdownDescription: "**Experimental**: sign in as a workload, such as a CI job with an OIDC token, instead of with an API key, so that no secret need be stored. " +
					"Whether OPA lets workloads make access reports is not documented. Without it, the environment variables named below count, if there is neither a key nor a token.",
				Optional: true,
				Attributes: map[string]schema.Attribute{
					"connection": schema.StringAttribute{
						MarkdownDescription: "The name of the workload connection in OPA." + orFrom(connectionVariables),
						Optional:            true,
						Validators:          []validator.String{stringFunc{"the name of a workload connection", checkName}},
					},
					"jwt": schema.StringAttribute{
						MarkdownDescription: "The JWT of the workload, such as the OIDC token of a CI job." + orFrom(jwtVariables),
						Optional:            true,
						Sensitive:           true,
					},
					"role": schema.StringAttribute{
						MarkdownDescription: "The role to take on." + orFrom(roleVariables) + " Default: the one that OPA chooses.",
						Optional:            true,
						Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
					},
				},
			},
			"request_timeout": schema.StringAttribute{
				MarkdownDescription: fmt.Sprintf("How long one HTTP request may take, as a duration such as `30s`. Default: %#q.", shortDuration(client.DefaultRequestTimeout)),
				Optional:            true,
				Validators:          []validator.String{stringFunc{"a duration greater than 0s, such as 30s", checkDuration}},
			},
			"max_retries": schema.Int64Attribute{
				MarkdownDescription: fmt.Sprintf("How often one request is tried again after a failure that may pass: no answer, too many requests, a server's fault. Default: %d.", client.DefaultMaxRetries),
				Optional:            true,
				Validators:          []validator.Int64{int64validator.Between(0, 100)},
			},
			"max_concurrent_requests": schema.Int64Attribute{
				MarkdownDescription: fmt.Sprintf("How many HTTP requests may be in flight at a time in this provider instance. Default: %d.", client.DefaultMaxConcurrentRequests),
				Optional:            true,
				Validators:          []validator.Int64{int64validator.Between(1, 1000)},
			},
			"max_pending_reports": schema.Int64Attribute{
				MarkdownDescription: fmt.Sprintf("How many reports OPA may be generating at a time for this provider instance; further ones are created as these are done. Default: %d.", client.DefaultMaxPendingReports),
				Optional:            true,
				Validators:          []validator.Int64{int64validator.Between(1, 100_000)},
			},
			"report_columns": schema.MapAttribute{
				MarkdownDescription: "From column names to the header texts of your tenant's reports, for headers that are not recognised: `{ conditions = \"Auflagen\" }`. " +
					"The empty text says that your tenant's reports may lack the column; its attribute in `rows` is then null. The names are `" + strings.Join(accessreport.ColumnNames(), "`, `") + "`.",
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

func orFrom(variables []string) string {
	return " Without it, the environment variable `" + strings.Join(variables, "` or `") + "` counts."
}

// Configure makes the client that all data sources share. It makes no request:
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

// share hands the session to all that read.
func share(s *session, response *provider.ConfigureResponse) {
	response.DataSourceData, response.EphemeralResourceData = s, s
}

// The titles of messages on the provider's configuration.
const (
	missingConfiguration = "Missing provider configuration"
	invalidConfiguration = "Invalid provider configuration"
)

// settings are what the configuration and the environment come to.
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

// setting is an argument's value, else that of the first variable that is set,
// with its name. The line end that comes with what was read from a file is no
// part of it.
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

// shortDuration writes a duration as people do: 10m, not 10m0s.
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
