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
	{accessreport.UserType, "Type of the user: `human` or `service`."},
	{accessreport.UserStatus, "Status of the user: `ACTIVE`, `DISABLED` or `DELETED`."},
	{accessreport.ResourceName, "Name of the resource. Names of servers are not always unique."},
	{accessreport.ResourceType, "Type of the resource, such as `server`."},
	{accessreport.Account, "Account on the server: an individual account, or a shared account such as `root`."},
	{accessreport.Privileges, "Privileges of the account: `user`, `admin`, or another value of the tenant, unchanged."},
	{accessreport.Conditions, "Conditions, unchanged. Conditions that none of the flags below covers are still included here, and listed in `unknown_conditions`."},
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
		"requires_gateway", "Whether the conditions require a gateway. True only if a known text requires it. The same applies to the next three flags.",
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
		"shared_account", "Whether other users may share the account, such as `root`. False only if the account certainly belongs to the user, because it has the name of the user. " +
			"Shared accounts have the privileges `user`, so elevated access is `privileges != \"user\" || shared_account`.",
		(*accessreport.Row).SharedAccount, false,
	},
}

// null reports whether the flag is not known for a row.
func (f *rowFlag) null(row *accessreport.Row) bool {
	return f.fromConditions && row.MissingColumns.Has(accessreport.Conditions)
}

// subjectIDName is the attribute with the subject of the row's report.
const subjectIDName = "subject_id"

const subjectIDDescription = "ID of the user or server that the report was created for. It distinguishes servers with the same name, and is the `id` of `opa_server` or `opa_user`. " +
	"It is not a column of the report: comparisons and `report_encode` ignore it. Null in rows of `report_decode`, and if OPA does not return the subject of an existing report."

// extraName is the attribute with the cells of unknown columns.
const extraName = "extra"

const extraDescription = "Cells of columns that the provider does not know, by header text. Null if the report has no such columns."

// rowType is the type of the objects in rows.
var rowType = func() types.ObjectType {
	attributes := map[string]attr.Type{extraName: types.MapType{ElemType: types.StringType}, subjectIDName: types.StringType}
	for _, text := range rowTexts {
		attributes[text.column.String()] = types.StringType
	}
	for _, flag := range rowFlags {
		attributes[flag.name] = types.BoolType
	}
	return types.ObjectType{AttrTypes: attributes}
}()

// rowsAttribute returns the attribute rows. It is a list, because Terraform takes
// minutes for a set of a thousand objects, and does not keep their order.
func rowsAttribute() schema.Attribute {
	attributes := map[string]schema.Attribute{
		extraName:     schema.MapAttribute{MarkdownDescription: extraDescription, ElementType: types.StringType, Computed: true},
		subjectIDName: schema.StringAttribute{MarkdownDescription: subjectIDDescription, Computed: true},
	}
	for _, text := range rowTexts {
		attributes[text.column.String()] = schema.StringAttribute{MarkdownDescription: text.description, Computed: true}
	}
	for _, flag := range rowFlags {
		attributes[flag.name] = schema.BoolAttribute{MarkdownDescription: flag.description, Computed: true}
	}
	return schema.ListNestedAttribute{
		MarkdownDescription: "Rows of the report, sorted by all their columns. Each row describes the access of one user to one resource as one account under one set of conditions. " +
			"Several rows can have the same user, resource and account. An attribute is null if the report has no such column.",
		Computed:     true,
		NestedObject: schema.NestedAttributeObject{Attributes: attributes},
	}
}

// rowsAttributeValue returns the value of rows in a model. It is null if the rows
// are stored in the context, to be written into the response later.
func rowsAttributeValue(ctx context.Context, rows []accessreport.Row) types.List {
	if storeRows(ctx, rows) {
		return types.ListNull(rowType)
	}
	return rowsValue(rows)
}

// rowsValue converts rows to a value, in the same order. It does not use
// reflection, which takes twice the time.
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
	cells[subjectIDName] = textOrNull(row.SubjectID)
	for _, text := range rowTexts {
		cell := types.StringValue(row.Cell(text.column))
		if row.MissingColumns.Has(text.column) {
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
