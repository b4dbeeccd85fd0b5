package provider

import (
	"context"
	"errors"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/datasourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
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
		description: "Looks up a user of the OPA team, including service users, by name, ID or email address.",
		attributes: userAttributes(map[string]schema.Attribute{
			"name": schema.StringAttribute{
				MarkdownDescription: "Name of the user in OPA. Exactly one of `name`, `id` and `email` must be set. The provider looks up the others.",
				Optional:            true,
				Computed:            true,
				Validators:          []validator.String{stringFunc{"the name of a user", checkName}},
			},
			"id": schema.StringAttribute{
				MarkdownDescription: "ID of the user in OPA. Conflicts with `name` and `email`.",
				Optional:            true,
				Computed:            true,
				Validators:          []validator.String{uuid()},
			},
			"email": schema.StringAttribute{
				MarkdownDescription: "Email address of the user, case-insensitive. Null if OPA has none, as for service users. A deleted user is found only if no other user has the address: see `status`. The provider reads the list of users to find it, so `name` and `id` need fewer requests. " +
					"Conflicts with `name` and `id`.",
				Optional:   true,
				Computed:   true,
				Validators: []validator.String{stringvalidator.LengthAtLeast(3)},
			},
		}),
		validators: []datasource.ConfigValidator{datasourcevalidator.ExactlyOneOf(path.MatchRoot("name"), path.MatchRoot("id"), path.MatchRoot("email"))},
		read: func(ctx context.Context, s *session, m *userDataSourceModel) diag.Diagnostics {
			user, err := m.find(ctx, s)
			if missing, ok := errors.AsType[*client.NotFoundError](err); ok && missing.Key != client.KeyEmail {
				// The arguments have other names than in data sources of reports.
				return diag.Diagnostics{diag.WithPath(path.Root(strings.ToLower(missing.Key.String())), explain(err))}
			}
			if err != nil {
				return diag.Diagnostics{explain(err)}
			}
			name, id, email := valueOr(m.Name, user.Name), valueOr(m.ID, user.ID), valueOr(m.Email, user.Details.Value.Email)
			m.userModel = newUserModel(user)
			m.Name, m.ID, m.Email = name, id, email
			return nil
		},
	}
}

// find looks up the user by the argument that is set.
func (m *userDataSourceModel) find(ctx context.Context, s *session) (client.User, error) {
	if !m.Email.IsNull() {
		return s.client.UserByEmail(ctx, m.Email.ValueString())
	}
	return s.user(ctx, m.Name, m.ID)
}
