package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
)

// rowText is an attribute of a row that is a cell of the report.
type rowText struct {
	column      accessreport.Column
	description string
}

var rowTexts = []rowText{
	{accessreport.UserName, "Name of the OPA user."},
	{accessreport.UserType, "`human` or `service`."},
	{accessreport.UserStatus, "`ACTIVE`, `DISABLED` or `DELETED`."},
	{accessreport.ResourceName, "Name of the resource. Names of servers need not be unique."},
	{accessreport.ResourceType, "Type of the resource, such as `server`."},
	{accessreport.Account, "Account on the server: an individual one, or a shared one such as `root`."},
	{accessreport.Privileges, "`user`, `admin`, or another value of the tenant, unchanged."},
	{accessreport.Conditions, "Conditions as the report has them. Conditions that none of the flags below knows are still here, and listed in `unknown_conditions`."},
}

// rowFlag is an attribute of a row that is derived from its cells.
type rowFlag struct {
	name        string
	description string
	value       func(*accessreport.Row) bool
	// fromConditions flags are null where the report has no conditions.
	fromConditions bool
}

var rowFlags = []rowFlag{
	{
		"requires_gateway", "Whether the conditions require a gateway. True only if they say so in known words, as for the three below.",
		func(r *accessreport.Row) bool { return r.Requirements.Gateway }, true,
	},
	{
		"records_session", "Whether the conditions require that the session is recorded, which implies a gateway.",
		func(r *accessreport.Row) bool { return r.Requirements.Recording }, true,
	},
	{
		"requires_approval", "Whether the conditions require that access is requested and approved.",
		func(r *accessreport.Row) bool { return r.Requirements.Approval }, true,
	},
	{
		"requires_mfa", "Whether the conditions require multi-factor authentication.",
		func(r *accessreport.Row) bool { return r.Requirements.MFA }, true,
	},
	{
		"shared_account", "Whether the account may be shared with others, such as `root`. False only if the account is surely the user's own, because it is named like the user. " +
			"Shared accounts have the privileges `user`, so more than ordinary access is `privileges != \"user\" || shared_account`.",
		(*accessreport.Row).SharedAccount, false,
	},
}

// null reports whether the flag is not known for a row.
func (f *rowFlag) null(row *accessreport.Row) bool {
	return f.fromConditions && row.Lacks.Has(accessreport.Conditions)
}

// extraName is the attribute with the cells of columns that are not known.
const extraName = "extra"

const extraDescription = "Cells of columns that the provider does not know, by header text. Null where the report has none."

// rowType is the type of the objects in rows.
var rowType = func() types.ObjectType {
	attributes := map[string]attr.Type{extraName: types.MapType{ElemType: types.StringType}}
	for _, text := range rowTexts {
		attributes[text.column.String()] = types.StringType
	}
	for _, flag := range rowFlags {
		attributes[flag.name] = types.BoolType
	}
	return types.ObjectType{AttrTypes: attributes}
}()

// rowsAttribute is rows: a list, since a set of objects takes minutes at a
// thousand rows, in an order of its own.
func rowsAttribute() schema.Attribute {
	attributes := map[string]schema.Attribute{
		extraName: schema.MapAttribute{MarkdownDescription: extraDescription, ElementType: types.StringType, Computed: true},
	}
	for _, text := range rowTexts {
		attributes[text.column.String()] = schema.StringAttribute{MarkdownDescription: text.description, Computed: true}
	}
	for _, flag := range rowFlags {
		attributes[flag.name] = schema.BoolAttribute{MarkdownDescription: flag.description, Computed: true}
	}
	return schema.ListNestedAttribute{
		MarkdownDescription: "The rows of the report, sorted by all their columns. One row is one way in: by one user, to one resource, as one account, under one set of conditions; " +
			"the same user, resource and account may stand on several rows. An attribute is null where the report has no such column.",
		Computed:     true,
		NestedObject: schema.NestedAttributeObject{Attributes: attributes},
	}
}

// rowsAttributeValue is rows as they go into a model: null where they are kept
// aside, to be written into the answer at its end.
func rowsAttributeValue(ctx context.Context, rows []accessreport.Row) types.List {
	if keepRowsAside(ctx, rows) {
		return types.ListNull(rowType)
	}
	return rowsValue(rows)
}

// rowsValue makes rows of reports' rows, in their order. The values are built by
// hand: reflection over a slice of structs takes twice the time.
func rowsValue(rows []accessreport.Row) types.List {
	values := make([]attr.Value, len(rows))
	for i := range rows {
		values[i] = rowValue(&rows[i])
	}
	return types.ListValueMust(rowType, values)
}

func rowValue(row *accessreport.Row) types.Object {
	cells := make(map[string]attr.Value, len(rowType.AttrTypes))
	cells[extraName] = extraValue(row.Extra)
	for _, text := range rowTexts {
		cell := types.StringValue(row.Cell(text.column))
		if row.Lacks.Has(text.column) {
			cell = types.StringNull()
		}
		cells[text.column.String()] = cell
	}
	for _, flag := range rowFlags {
		value := types.BoolNull()
		if !flag.null(row) {
			value = types.BoolValue(flag.value(row))
		}
		cells[flag.name] = value
	}
	return types.ObjectValueMust(rowType.AttrTypes, cells)
}

func extraValue(extra accessreport.Extra) types.Map {
	if extra == (accessreport.Extra{}) {
		return types.MapNull(types.StringType)
	}
	cells := map[string]attr.Value{}
	for name, cell := range extra.All() {
		cells[name] = types.StringValue(cell)
	}
	return types.MapValueMust(types.StringType, cells)
}
