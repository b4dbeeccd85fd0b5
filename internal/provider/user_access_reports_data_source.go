package provider

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-validators/datasourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/privileged-access/terraform-provider-opa/internal/client"
)

type userAccessReportsModel struct {
	UserNames          types.Set    `tfsdk:"user_names"`
	UserIDs            types.Set    `tfsdk:"user_ids"`
	GroupName          types.String `tfsdk:"group_name"`
	UserType           types.String `tfsdk:"user_type"`
	UserStatus         types.Set    `tfsdk:"user_status"`
	ResourceTypeFilter types.String `tfsdk:"resource_type_filter"`
	reportsModel

	Users []userMemberModel `tfsdk:"users"`
}

type userMemberModel struct {
	UserID     types.String `tfsdk:"user_id"`
	UserName   types.String `tfsdk:"user_name"`
	UserType   types.String `tfsdk:"user_type"`
	UserStatus types.String `tfsdk:"user_status"`
	outcomeModel
}

func newUserAccessReportsDataSource() datasource.DataSource {
	ofGroup := path.MatchRoot("group_name")
	return &dataSource[userAccessReportsModel]{
		name: "user_access_reports",
		description: "Reports what many users have access to, and how. Creates an access report on each user at the same time, and returns the rows of all reports. " +
			"It is much faster than `opa_user_access_report` with `for_each`, because Terraform reads only ten data sources at a time.",
		attributes: reportsAttributes(map[string]schema.Attribute{
			"user_names": namesArgument("Names of the users in OPA. Exactly one of `user_names`, `user_ids` and `group_name` must be set.",
				stringFunc{"the name of a user", checkName}),
			"user_ids": namesArgument("IDs of the users in OPA.", uuid()),
			"group_name": schema.StringAttribute{
				MarkdownDescription: "Name of a group in OPA, to select its members.",
				Optional:            true,
				Validators:          []validator.String{stringFunc{"the name of a group", checkName}},
			},
			"user_type":            userTypeArgument(stringvalidator.AlsoRequires(ofGroup)),
			"user_status":          userStatusArgument(setvalidator.AlsoRequires(ofGroup)),
			"resource_type_filter": resourceTypeFilterArgument(),
			"users": schema.ListNestedAttribute{
				MarkdownDescription: "Users and the results of their reports, sorted by name.",
				Computed:            true,
				NestedObject: schema.NestedAttributeObject{Attributes: outcomeAttributes(map[string]schema.Attribute{
					"user_id":     schema.StringAttribute{MarkdownDescription: "ID of the user in OPA. Null if the user was not found by name.", Computed: true},
					"user_name":   schema.StringAttribute{MarkdownDescription: "Name of the user in OPA. Null if the user was not found by ID.", Computed: true},
					"user_type":   schema.StringAttribute{MarkdownDescription: "Type of the user: `human` or `service`.", Computed: true},
					"user_status": schema.StringAttribute{MarkdownDescription: "Status of the user: `ACTIVE`, `DISABLED` or `DELETED`.", Computed: true},
				})},
			},
		}),
		validators: []datasource.ConfigValidator{
			datasourcevalidator.ExactlyOneOf(path.MatchRoot("user_names"), path.MatchRoot("user_ids"), ofGroup),
		},
		read: readUserAccessReports,
	}
}

func readUserAccessReports(ctx context.Context, s *session, m *userAccessReportsModel) diag.Diagnostics {
	m.ResourceTypeFilter = valueOr(m.ResourceTypeFilter, defaultResourceType)
	users, err := m.choose(ctx, s)
	if err != nil {
		return diag.Diagnostics{explain(err)}
	}
	diags := users.run(ctx, s, &m.reportsModel)
	if diags.HasError() {
		return diags
	}
	m.Users = make([]userMemberModel, len(users.members))
	for i, member := range users.members {
		u := member.value
		m.Users[i] = userMemberModel{
			UserID: textOrNull(u.ID), UserName: textOrNull(u.Name), UserType: textOrNull(u.UserType), UserStatus: textOrNull(u.Status),
			outcomeModel: member.outcome(),
		}
	}
	return diags
}

// selection is the argument that selects the users.
func (m *userAccessReportsModel) selection() selection {
	switch {
	case !m.UserNames.IsNull():
		return selectedSet("user_names")
	case !m.UserIDs.IsNull():
		return selectedSet("user_ids")
	}
	return selectedMembers(m.GroupName.ValueString(), !m.UserType.IsNull() || !m.UserStatus.IsNull())
}

// choose returns the users that the configuration selects. Those that the bulk
// lookup does not find are looked up later.
func (m *userAccessReportsModel) choose(ctx context.Context, s *session) (*subjectList[client.User], error) {
	users := &subjectList[client.User]{
		selection: m.selection(),
		subject:   func(u client.User) reportSubject { return userSubject(u, m.ResourceTypeFilter) },
		order:     func(u client.User) (name, id string) { return u.Name, u.ID },
	}
	names, ids := texts(m.UserNames), texts(m.UserIDs)
	known := s.client.BulkUsers(ctx, names, ids)
	for _, name := range append(names, ids...) {
		if user, ok := known[name]; ok {
			users.add(name, user, nil)
		}
	}
	isKnown := func(name string) bool { _, ok := known[name]; return ok }
	for _, name := range slices.DeleteFunc(names, isKnown) {
		users.add(name, client.User{Name: name}, func(ctx context.Context) (client.User, error) { return s.client.UserByName(ctx, name) })
	}
	for _, id := range slices.DeleteFunc(ids, isKnown) {
		users.add(id, client.User{ID: id}, func(ctx context.Context) (client.User, error) { return s.client.UserByID(ctx, id) })
	}
	if m.GroupName.IsNull() {
		return users, nil
	}
	found, err := s.client.GroupMembers(ctx, m.GroupName.ValueString(), client.UserFilter{
		UserType: m.UserType.ValueString(), Statuses: texts(m.UserStatus),
	})
	for _, user := range found {
		users.add(user.Name, user, nil)
	}
	return users, err
}
