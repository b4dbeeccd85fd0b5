package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/privileged-access/terraform-provider-opa/internal/client"
)

type groupMembersModel struct {
	timeoutsModel
	GroupName  types.String `tfsdk:"group_name"`
	UserType   types.String `tfsdk:"user_type"`
	UserStatus types.Set    `tfsdk:"user_status"`

	Members []userModel `tfsdk:"members"`
}

func newGroupMembersDataSource() datasource.DataSource {
	return &dataSource[groupMembersModel]{
		name:        "group_members",
		description: "Lists the members of a group of the OPA team, including service users.",
		attributes: map[string]schema.Attribute{
			"group_name": schema.StringAttribute{
				MarkdownDescription: "Name of the group in OPA.",
				Required:            true,
				Validators:          []validator.String{stringFunc{"the name of a group", checkName}},
			},
			"user_type":   userTypeArgument(),
			"user_status": userStatusArgument(),
			"members":     usersAttribute("Members, sorted by name."),
		},
		read: func(ctx context.Context, s *session, m *groupMembersModel) diag.Diagnostics {
			members, err := s.client.GroupMembers(ctx, m.GroupName.ValueString(), client.UserFilter{
				UserType: m.UserType.ValueString(), Statuses: texts(m.UserStatus),
			})
			if err != nil {
				return diag.Diagnostics{explain(err)}
			}
			m.Members = newUserModels(members)
			return nil
		},
	}
}
