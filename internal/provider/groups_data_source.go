package provider

import (
	"context"
	"slices"

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

type groupsModel struct {
	timeoutsModel
	Contains types.String `tfsdk:"contains"`
	Roles    types.Set    `tfsdk:"roles"`

	Groups []groupModel `tfsdk:"groups"`
}

type groupModel struct {
	ID    types.String `tfsdk:"id"`
	Name  types.String `tfsdk:"name"`
	Roles types.List   `tfsdk:"roles"`
}

func newGroupsDataSource() datasource.DataSource {
	return &dataSource[groupsModel]{
		name: "groups",
		description: "Lists the groups of the OPA team and their roles. Members of a group with a role such as `pam_admin` or `security_admin` can change who has access. " +
			"Deleted groups are not included.",
		attributes: map[string]schema.Attribute{
			"contains": partArgument("Part of the names of the groups to include, case-insensitive."),
			"roles": schema.SetAttribute{
				MarkdownDescription: "Roles of the groups to include, such as `security_admin`. A group is included if it has any of them, in any case. It is an error if OPA does not return roles.",
				ElementType:         types.StringType,
				Optional:            true,
				Validators: []validator.Set{
					setvalidator.SizeAtLeast(1), setvalidator.NoNullValues(), setvalidator.ValueStringsAre(stringvalidator.LengthAtLeast(1)),
				},
			},
			"groups": schema.ListNestedAttribute{
				MarkdownDescription: "Groups, sorted by name.",
				Computed:            true,
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"id":    schema.StringAttribute{MarkdownDescription: "ID of the group in OPA.", Computed: true},
					"name":  schema.StringAttribute{MarkdownDescription: "Name of the group in OPA.", Computed: true},
					"roles": schema.ListAttribute{MarkdownDescription: "Roles of the members of the group, as OPA writes them, sorted. Null if OPA does not return them.", ElementType: types.StringType, Computed: true},
				}},
			},
		},
		read: func(ctx context.Context, s *session, m *groupsModel) diag.Diagnostics {
			groups, err := s.client.Groups(ctx, client.GroupFilter{Contains: m.Contains.ValueString(), Roles: texts(m.Roles)})
			if err != nil {
				return diag.Diagnostics{explain(err)}
			}
			m.Groups = make([]groupModel, len(groups))
			for i, group := range groups {
				m.Groups[i] = groupModel{ID: textOrNull(group.ID), Name: textOrNull(group.Name), Roles: types.ListNull(types.StringType)}
				if group.Roles.Set && !group.Roles.Invalid {
					m.Groups[i].Roles = textsValue(slices.Sorted(slices.Values(group.Roles.Value)))
				}
			}
			return unusedRoles(texts(m.Roles), groups)
		},
	}
}

// unusedRoles returns a warning about the roles that no group has. A misspelled role would
// otherwise look like "nobody has this role".
func unusedRoles(roles []string, groups []client.Group) (diags diag.Diagnostics) {
	var unused []string
	for _, role := range roles {
		if !slices.ContainsFunc(groups, func(g client.Group) bool { return g.HasRole(role) }) {
			unused = append(unused, excerpt(role))
		}
	}
	if unused != nil {
		slices.Sort(unused)
		diags.AddAttributeWarning(path.Root("roles"), "No groups found", message{
			happened: say("No group that matches the arguments has any of these roles:\n%s", bullets(unused)),
			advice:   "Check their spelling. To see all roles, remove the argument.",
		}.String())
	}
	return diags
}
