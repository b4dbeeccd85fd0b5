// Package provider is the Terraform surface of access reports of Okta Privileged
// Access: schemas, models, and the words in which results and failures are told.
// What talks to OPA is package client, what reads a report is accessreport.
package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"
)

// Address is where registries have the provider.
const Address = "registry.terraform.io/privileged-access/opa"

type opaProvider struct {
	version string
}

// New gives the provider's constructor. The version goes into the User-Agent.
func New(version string) func() provider.Provider {
	return func() provider.Provider { return &opaProvider{version: version} }
}

func (p *opaProvider) Metadata(_ context.Context, _ provider.MetadataRequest, response *provider.MetadataResponse) {
	response.TypeName = "opa"
	response.Version = p.version
}

// DataSources lists the data sources, one file each.
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

// EphemeralResources lists the ephemeral resources. Two of them are data sources
// as well, and stand in their files.
func (p *opaProvider) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return []func() ephemeral.EphemeralResource{
		newUserAccessReportEphemeralResource,
		newResourceAccessReportEphemeralResource,
		newServiceTokenEphemeralResource,
	}
}

// Resources lists none: the provider only reads.
func (p *opaProvider) Resources(context.Context) []func() resource.Resource { return nil }
