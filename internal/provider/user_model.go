package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/privileged-access/terraform-provider-opa/internal/client"
)

// userModel has the attributes of a user.
type userModel struct {
	ID       types.String `tfsdk:"id"`
	Name     types.String `tfsdk:"name"`
	Status   types.String `tfsdk:"status"`
	UserType types.String `tfsdk:"user_type"`
	Email    types.String `tfsdk:"email"`
	FullName types.String `tfsdk:"full_name"`
}

// userAttributes returns the attributes of a data source together with those of
// userModel.
func userAttributes(own map[string]schema.Attribute) map[string]schema.Attribute {
	return mergeAttributes(own, map[string]schema.Attribute{
		"id":        schema.StringAttribute{MarkdownDescription: "ID of the user in OPA.", Computed: true},
		"name":      schema.StringAttribute{MarkdownDescription: "Name of the user in OPA.", Computed: true},
		"status":    schema.StringAttribute{MarkdownDescription: "Status of the user: `ACTIVE`, `DISABLED` or `DELETED`.", Computed: true},
		"user_type": schema.StringAttribute{MarkdownDescription: "Type of the user: `human` or `service`.", Computed: true},
		"email":     schema.StringAttribute{MarkdownDescription: "Email address of the user. Null if OPA has none, as for service users.", Computed: true},
		"full_name": schema.StringAttribute{MarkdownDescription: "Full name of the user. Null if OPA has none.", Computed: true},
	})
}

func newUserModel(u client.User) userModel {
	return userModel{
		ID: textOrNull(u.ID), Name: textOrNull(u.Name), Status: textOrNull(u.Status), UserType: textOrNull(u.UserType),
		Email: textOrNull(u.Details.Value.Email), FullName: textOrNull(u.Details.Value.FullName),
	}
}

// usersAttribute returns an attribute that is a list of users.
func usersAttribute(description string) schema.Attribute {
	return schema.ListNestedAttribute{
		MarkdownDescription: description, Computed: true,
		NestedObject: schema.NestedAttributeObject{Attributes: userAttributes(nil)},
	}
}

func newUserModels(users []client.User) []userModel {
	models := make([]userModel, len(users)) // empty, not null, if there are none
	for i, u := range users {
		models[i] = newUserModel(u)
	}
	return models
}

// user returns the user with the name or the ID, exactly one of which is set.
func (s *session) user(ctx context.Context, name, id types.String) (client.User, error) {
	if !name.IsNull() {
		return s.client.UserByName(ctx, name.ValueString())
	}
	return s.client.UserByID(ctx, id.ValueString())
}
