// Package provider implements the Terraform provider: schemas, models and
// diagnostics. Package client sends the requests to OPA, and package accessreport
// decodes the reports.
package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"
)

// Address is the address of the provider in registries.
const Address = "registry.terraform.io/privileged-access/opa"

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

// DataSources returns the data sources, one file each.
func (p *opaProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{
		newUserAccessReportDataSource,
		newUserAccessReportsDataSource,
		newResourceAccessReportDataSource,
		newResourceAccessReportsDataSource,
		newAccessReportDataSource,
		newAccessReportsDataSource,
		newUserDataSource,
		newUsersDataSource,
		newGroupMembersDataSource,
		newServerDataSource,
		newServersDataSource,
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
