package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/datasourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

type tenantCheckModel struct {
	timeoutsModel
	UserName      types.String `tfsdk:"user_name"`
	UserID        types.String `tfsdk:"user_id"`
	Hostname      types.String `tfsdk:"hostname"`
	CanonicalName types.String `tfsdk:"canonical_name"`
	ResourceID    types.String `tfsdk:"resource_id"`

	Checks  types.List   `tfsdk:"checks"`
	OK      types.Bool   `tfsdk:"ok"`
	Profile types.String `tfsdk:"profile"`
}

// checkType is the type of an element of checks.
var checkType = types.ObjectType{AttrTypes: map[string]attr.Type{
	"name": types.StringType, "status": types.StringType, "detail": types.StringType,
}}

func newTenantCheckDataSource(version string) datasource.DataSource {
	name := []validator.String{stringFunc{"a name", checkName}}
	return &dataSource[tenantCheckModel]{
		name: "tenant_check",
		description: "Checks whether the provider understands your tenant, and describes how the tenant answers. It signs in, looks up a user and a server in every way that the provider uses, " +
			"reads the first page of each list, creates an access report on each of the two, and compares them. The two reports remain in OPA, and a third one if `max_age` does not find the first.\n\n" +
			"A failed check does not fail the plan: it is in `checks`, with advice. Use a user who has access to the server, so that there are rows to compare.",
		attributes: map[string]schema.Attribute{
			"user_name": schema.StringAttribute{
				MarkdownDescription: "Name of a user in OPA who has access to the server. Exactly one of `user_name` and `user_id` must be set.",
				Optional:            true,
				Validators:          []validator.String{stringFunc{"the name of a user", checkName}},
			},
			"user_id": schema.StringAttribute{
				MarkdownDescription: "ID of the user in OPA. Conflicts with `user_name`.",
				Optional:            true,
				Validators:          []validator.String{uuid()},
			},
			"hostname": schema.StringAttribute{
				MarkdownDescription: "Hostname of a server, in the same case as in OPA. Exactly one of `hostname`, `canonical_name` and `resource_id` must be set.",
				Optional:            true, Validators: name,
			},
			"canonical_name": schema.StringAttribute{MarkdownDescription: "Canonical name of the server.", Optional: true, Validators: name},
			"resource_id":    schema.StringAttribute{MarkdownDescription: "ID of the server in OPA.", Optional: true, Validators: []validator.String{uuid()}},
			"checks": schema.ListNestedAttribute{
				MarkdownDescription: "The checks, in the order in which they ran. Their details can contain names of your tenant.",
				Computed:            true,
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"name":   schema.StringAttribute{MarkdownDescription: "Name of the check, such as `sign_in`.", Computed: true},
					"status": schema.StringAttribute{MarkdownDescription: "`pass`, `warn`, `fail`, or `skipped` if a check that it needs did not pass.", Computed: true},
					"detail": schema.StringAttribute{MarkdownDescription: "What was observed, and what to do about it.", Computed: true},
				}},
			},
			"ok": schema.BoolAttribute{MarkdownDescription: "Whether no check failed. Warnings do not count, so read them: with one, there may have been nothing to compare.", Computed: true},
			"profile": schema.StringAttribute{
				MarkdownDescription: "How the tenant answers, as JSON, for an issue: statuses, names of headers and fields, the format of the CSV, and which assumptions of the provider hold. " +
					"It contains no names, IDs, hosts, addresses or other text of the tenant: words that are not in the glossary of the API are replaced by their class and length.",
				Computed: true,
			},
		},
		validators: []datasource.ConfigValidator{
			datasourcevalidator.ExactlyOneOf(path.MatchRoot("user_name"), path.MatchRoot("user_id")),
			datasourcevalidator.ExactlyOneOf(path.MatchRoot("hostname"), path.MatchRoot("canonical_name"), path.MatchRoot("resource_id")),
		},
		read: func(ctx context.Context, s *session, m *tenantCheckModel) diag.Diagnostics {
			return readTenantCheck(ctx, s, m, version)
		},
	}
}

func readTenantCheck(ctx context.Context, s *session, m *tenantCheckModel, version string) diag.Diagnostics {
	check, err := newTenantCheck(s)
	if err != nil {
		return diag.Diagnostics{diag.NewErrorDiagnostic(invalidConfiguration, string(say("The provider cannot be configured: %s.", err)))}
	}
	check.run(ctx, m)
	if ctx.Err() == context.Canceled {
		return diag.Diagnostics{explain(ctx.Err())}
	}
	values := make([]attr.Value, len(check.results))
	ok := true
	for i, result := range check.results {
		ok = ok && result.status != checkFailed
		values[i] = types.ObjectValueMust(checkType.AttrTypes, map[string]attr.Value{
			"name": types.StringValue(result.name), "status": types.StringValue(string(result.status)), "detail": types.StringValue(check.safe(result.detail)),
		})
	}
	m.Checks = types.ListValueMust(checkType, values)
	m.OK = types.BoolValue(ok)
	m.Profile = types.StringValue(check.profile(version).String()) //nolint:contextcheck // it decodes texts that are in memory
	return nil
}
