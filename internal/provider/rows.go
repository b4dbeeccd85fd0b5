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

// rowTexts are those attributes, in the order of the columns.
var rowTexts = func() (texts []rowText) {
	for column := range accessreport.AllColumns() {
		texts = append(texts, rowText{column, columnDescriptions[column.String()]})
	}
	return texts
}()

// columnDescriptions has a description for each column.
var columnDescriptions = map[string]string{
	"user_name":     "Name of the OPA user.",
	"user_type":     "`human` or `service`.",
	"user_status":   "`ACTIVE`, `DISABLED` or `DELETED`.",
	"resource_name": "Name of the resource. Names of servers need not be unique.",
	"resource_type": "Type of the resource, such as `server`.",
	"account":       "Account on the server: an individual one, or a shared one such as `root`.",
	"privileges":    "`user`, `admin`, or another value of the tenant, unchanged.",
	"conditions":    "Conditions as they are written in the report. A condition that none of the attributes below covers is still here.",
}

// rowFlag is an attribute of a row that is understood from its conditions.
type rowFlag struct {
	name        string
	description string
	of          func(accessreport.Requirements) bool
}

var rowFlags = []rowFlag{
	{"requires_gateway", "Whether the conditions say that the session goes through a gateway.", func(r accessreport.Requirements) bool { return r.Gateway }},
	{"records_session", "Whether the conditions say that the session is recorded, which implies a gateway.", func(r accessreport.Requirements) bool { return r.Recording }},
	{"requires_approval", "Whether the conditions say that access must be requested and approved.", func(r accessreport.Requirements) bool { return r.Approval }},
	{"requires_mfa", "Whether the conditions say that multi-factor authentication is asked for.", func(r accessreport.Requirements) bool { return r.MFA }},
}

// Attributes of a row that are neither cells nor understood from conditions.
const (
	sharedAccount = "shared_account"
	extraColumns  = "extra"
)

const (
	sharedAccountDescription = "Whether the account may be more than the user's own, such as `root`. True unless the account is surely the user's own: it has the user's name, apart from " +
		"case, domain, diacritics and punctuation, or that name cut to the 20 characters of Windows or the 32 of Linux. `root` and `Administrator` are always shared, whatever the user is called. " +
		"A shared account has the privileges `user`, so look for `row.privileges != \"user\" || row.shared_account` to find more than ordinary access."
	extraColumnsDescription = "Cells in columns of the report that the provider does not know, by the column's header. Null where the report has no such columns."
)

// rowType is the type of the objects in rows.
var rowType = func() types.ObjectType {
	attributes := map[string]attr.Type{}
	for _, text := range rowTexts {
		attributes[text.column.String()] = types.StringType
	}
	for _, flag := range rowFlags {
		attributes[flag.name] = types.BoolType
	}
	attributes[sharedAccount] = types.BoolType
	attributes[extraColumns] = types.MapType{ElemType: types.StringType}
	return types.ObjectType{AttrTypes: attributes}
}()

// rowsAttribute is rows: a list, since a set of objects takes minutes at a
// thousand rows, in an order of its own.
func rowsAttribute() schema.Attribute {
	attributes := map[string]schema.Attribute{}
	for _, text := range rowTexts {
		attributes[text.column.String()] = schema.StringAttribute{MarkdownDescription: text.description, Computed: true}
	}
	for _, flag := range rowFlags {
		attributes[flag.name] = schema.BoolAttribute{MarkdownDescription: flag.description, Computed: true}
	}
	attributes[sharedAccount] = schema.BoolAttribute{MarkdownDescription: sharedAccountDescription, Computed: true}
	attributes[extraColumns] = schema.MapAttribute{MarkdownDescription: extraColumnsDescription, ElementType: types.StringType, Computed: true}
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
	for _, text := range rowTexts {
		cell := types.StringValue(row.Cell(text.column))
		if row.Lacks.Has(text.column) {
			cell = types.StringNull()
		}
		cells[text.column.String()] = cell
	}
	for _, flag := range rowFlags {
		value := types.BoolValue(flag.of(row.Requirements))
		if row.Lacks.Has(accessreport.Conditions) {
			value = types.BoolNull()
		}
		cells[flag.name] = value
	}
	cells[sharedAccount] = types.BoolValue(row.SharedAccount())
	cells[extraColumns] = extraValue(row.Extra)
	return types.ObjectValueMust(rowType.AttrTypes, cells)
}

// extraValue returns the extra columns of a row: null where there are none.
func extraValue(extra accessreport.Extra) types.Map {
	if extra.IsZero() {
		return types.MapNull(types.StringType)
	}
	cells := map[string]attr.Value{}
	for header, cell := range extra.All() {
		cells[header] = types.StringValue(cell)
	}
	return types.MapValueMust(types.StringType, cells)
}
