package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/privileged-access/terraform-provider-opa/internal/client"
)

type usersModel struct {
	timeoutsModel
	Contains   types.String `tfsdk:"contains"`
	StartsWith types.String `tfsdk:"starts_with"`
	Status     types.String `tfsdk:"status"`
	UserType   types.String `tfsdk:"user_type"`

	Users []userModel `tfsdk:"users"`
}

func newUsersDataSource() datasource.DataSource {
	return &dataSource[usersModel]{
		name:        "users",
		description: "Lists the users of the OPA team, including service users.",
		attributes: map[string]schema.Attribute{
			"contains":    partArgument("Part of the name of the users to include, case-insensitive."),
			"starts_with": partArgument("Beginning of the name of the users to include, case-insensitive."),
			"status": schema.StringAttribute{
				MarkdownDescription: "Status of the users to include: `ACTIVE`, `DISABLED` or `DELETED`. Defaults to all.",
				Optional:            true,
				Validators:          []validator.String{stringvalidator.OneOf(userStatuses...)},
			},
			"user_type": userTypeArgument(),
			"users":     usersAttribute("Users, sorted by name."),
		},
		read: func(ctx context.Context, s *session, m *usersModel) diag.Diagnostics {
			filter := client.UserFilter{Contains: m.Contains.ValueString(), StartsWith: m.StartsWith.ValueString(), UserType: m.UserType.ValueString()}
			if !m.Status.IsNull() {
				filter.Statuses = []string{m.Status.ValueString()}
			}
			users, err := s.client.Users(ctx, filter)
			if err != nil {
				return diag.Diagnostics{explain(err)}
			}
			m.Users = newUserModels(users)
			return nil
		},
	}
}
