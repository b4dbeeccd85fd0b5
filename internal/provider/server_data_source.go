package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/datasourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
)

type serverDataSourceModel struct {
	timeoutsModel
	serverModel
	serverDetailsModel
}

func newServerDataSource() datasource.DataSource {
	return &dataSource[serverDataSourceModel]{
		name:        "server",
		description: "Looks up a server of the OPA team. Deleted servers are not included.",
		attributes:  serverAttributes(serverDetailsAttributes(nil)),
		validators: []datasource.ConfigValidator{
			datasourcevalidator.ExactlyOneOf(path.MatchRoot("hostname"), path.MatchRoot("canonical_name"), path.MatchRoot("resource_id")),
		},
		read: func(ctx context.Context, s *session, m *serverDataSourceModel) diag.Diagnostics {
			project, group := m.ProjectID, m.ResourceGroupID
			server, err := m.find(ctx, s)
			if err != nil {
				return diag.Diagnostics{explain(err)}
			}
			m.serverDetailsModel = newServerDetailsModel(server)
			return unverified(project, group, server)
		},
	}
}
