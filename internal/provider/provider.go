// Package provider implements the Terraform provider: schemas, models and
// diagnostics. Package client sends the requests to OPA, and package accessreport
// decodes the reports.
package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
	"github.com/privileged-access/terraform-provider-opa/internal/client"
)

// Address is the address of the provider in registries.
const Address = "registry.terraform.io/privileged-access/opa"

var _ provider.ProviderWithFunctions = (*opaProvider)(nil)

type opaProvider struct {
	version string
}

// New returns a function that creates the provider. The version is part of the
// User-Agent.
func New(version string) func() provider.Provider {
	return func() provider.Provider { return &opaProvider{version: version} }
}

func (p *opaProvider) Metadata(_ context.Context, _ provider.MetadataRequest, response *provider.MetadataResponse) {
	response.TypeName = "opa"
	response.Version = p.version
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
			"workload_identity": workloadIdentityArgument(),
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
				MarkdownDescription: fmt.Sprintf("Maximum number of concurrent HTTP requests of this provider instance. It sends fewer if responses become slower or are refused with the status 429. Defaults to `%d`.", client.DefaultMaxConcurrentRequests),
				Optional:            true,
				Validators:          []validator.Int64{int64validator.Between(1, 1000)},
			},
			"max_pending_reports": schema.Int64Attribute{
				MarkdownDescription: fmt.Sprintf("Maximum number of reports that OPA generates at the same time for this provider instance. More reports are created as these complete. Defaults to `%d`.", client.DefaultMaxPendingReports),
				Optional:            true,
				Validators:          []validator.Int64{int64validator.Between(1, 100_000)},
			},
			"report_columns": reportColumnsArgument(),
		},
	}
}

func workloadIdentityArgument() schema.Attribute {
	return schema.SingleNestedAttribute{
		MarkdownDescription: "**Experimental**: authenticates as a workload, such as a CI job with an OIDC token, instead of with an API key, so that no secret needs to be stored. " +
			"It is not documented whether OPA allows workloads to create access reports. Can also be set with the environment variables of the nested arguments, if neither an API key nor a bearer token is set. " +
			"Conflicts with `key_id`, `key_secret` and `bearer_token`.",
		Optional: true,
		Attributes: map[string]schema.Attribute{
			"connection": schema.StringAttribute{
				MarkdownDescription: "Name of the workload connection in OPA." + orFrom(workloadConnectionVariables),
				Optional:            true,
				Validators:          []validator.String{stringFunc{"the name of a workload connection", checkName}},
			},
			"jwt": schema.StringAttribute{
				MarkdownDescription: "JWT of the workload, such as the OIDC token of a CI job." + orFrom(workloadJWTVariables),
				Optional:            true,
				Sensitive:           true,
			},
			"role": schema.StringAttribute{
				MarkdownDescription: "Role to assume." + orFrom(workloadRoleVariables) + " Defaults to the role that OPA selects.",
				Optional:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
		},
	}
}

func reportColumnsArgument() schema.Attribute {
	return schema.MapAttribute{
		MarkdownDescription: "Map from column names to the header texts in the reports of your tenant, for headers that are not recognized: `{ conditions = \"Auflagen\" }`. " +
			"An empty string means that the column can be missing. Its attribute in `rows` is null in this case. The column names are `" + strings.Join(accessreport.ColumnNames(), "`, `") + "`.",
		ElementType: types.StringType,
		Optional:    true,
		Validators: []validator.Map{
			mapvalidator.KeysAre(stringvalidator.OneOf(accessreport.ColumnNames()...)),
			mapvalidator.NoNullValues(),
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
	settings, diags := config.resolve(ctx)
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
	setFilterClient(ctx, session.client)
	share(session, response)
}

// share passes the session to data sources and ephemeral resources.
func share(s *session, response *provider.ConfigureResponse) {
	response.DataSourceData, response.EphemeralResourceData = s, s
}

// DataSources returns the data sources, one file each.
func (p *opaProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{
		newUserAccessReportDataSource,
		newUserAccessReportsDataSource,
		newResourceAccessReportDataSource,
		newResourceAccessReportsDataSource,
		newTeamAccessReportDataSource,
		newAccessReportDataSource,
		newAccessReportsDataSource,
		newUserDataSource,
		newUsersDataSource,
		newGroupsDataSource,
		newGroupMembersDataSource,
		newServerDataSource,
		newServersDataSource,
		func() datasource.DataSource { return newTenantCheckDataSource(p.version) },
	}
}

// EphemeralResources returns the ephemeral resources. Two of them are data sources
// as well, and are in the files of these.
func (p *opaProvider) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return []func() ephemeral.EphemeralResource{
		newUserAccessReportEphemeralResource,
		newResourceAccessReportEphemeralResource,
		newServiceTokenEphemeralResource,
	}
}

// Resources returns nil, because the provider only reads.
func (p *opaProvider) Resources(context.Context) []func() resource.Resource { return nil }

// Functions returns the functions, one file each. They do not need a
// configuration or a network.
func (p *opaProvider) Functions(context.Context) []func() function.Function {
	return []func() function.Function{
		func() function.Function { return reportDecodeFunction{} },
		func() function.Function { return reportEncodeFunction{} },
		func() function.Function { return reportDiffFunction{} },
		func() function.Function { return reportChangesFunction{} },
		func() function.Function { return reportChangesMarkdownFunction{} },
		func() function.Function { return reportReviewFunction{} },
		func() function.Function { return reportMarkdownFunction{} },
		func() function.Function { return reportEvidenceFunction{p.version} },
		func() function.Function { return reportSpreadsheetFunction{} },
		func() function.Function { return reportHTMLFunction{} },
	}
}
