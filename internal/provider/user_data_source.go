package provider

import (
	"context"
	"errors"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/datasourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/privileged-access/terraform-provider-opa/internal/client"
)

type userDataSourceModel struct {
	timeoutsModel
	userModel
}

func newUserDataSource() datasource.DataSource {
	return &dataSource[userDataSourceModel]{
		name:        "user",
		description: "Looks up a user of the OPA team, including service users, by name or ID.",
		attributes: userAttributes(map[string]schema.Attribute{
			"name": schema.StringAttribute{
				MarkdownDescription: "Name of the user in OPA. Exactly one of `name` and `id` must be set. The provider looks up the other one.",
				Optional:            true,
				Computed:            true,
				Validators:          []validator.String{stringFunc{"the name of a user", checkName}},
			},
			"id": schema.StringAttribute{
				MarkdownDescription: "ID of the user in OPA. Conflicts with `name`.",
				Optional:            true,
				Computed:            true,
				Validators:          []validator.String{uuid()},
			},
		}),
		validators: []datasource.ConfigValidator{datasourcevalidator.ExactlyOneOf(path.MatchRoot("name"), path.MatchRoot("id"))},
		read: func(ctx context.Context, s *session, m *userDataSourceModel) diag.Diagnostics {
			user, err := s.user(ctx, m.Name, m.ID)
			if missing, ok := errors.AsType[*client.NotFoundError](err); ok {
				// The arguments have other names than in data sources of reports.
				return diag.Diagnostics{diag.WithPath(path.Root(strings.ToLower(missing.Key.String())), explain(err))}
			}
			if err != nil {
				return diag.Diagnostics{explain(err)}
			}
			name, id := valueOr(m.Name, user.Name), valueOr(m.ID, user.ID)
			m.userModel = newUserModel(user)
			m.Name, m.ID = name, id
			return nil
		},
	}
}
