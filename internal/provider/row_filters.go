package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"golang.org/x/text/unicode/norm"

	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
)

// rowFiltersModel has the row filters of a data source, and the number of rows before
// they are applied.
type rowFiltersModel struct {
	IncludeRows   types.Object `tfsdk:"include_rows"`
	ExcludeRows   types.Object `tfsdk:"exclude_rows"`
	TotalRowCount types.Int64  `tfsdk:"total_row_count"`
}

// rowFiltersAttributes returns the attributes of a data source together with those of
// rowFiltersModel.
func rowFiltersAttributes(own map[string]schema.Attribute) map[string]schema.Attribute {
	return mergeAttributes(own, map[string]schema.Attribute{
		"include_rows": rowFilterAttribute("Rows to return. A row matches if it matches every attribute that is set. Defaults to all rows. " +
			"Rows that do not match are never in plan or state, so large reports with few matches are fast. Empty `rows` then mean that no row matches, not that nobody has access: compare `total_row_count`."),
		"exclude_rows": rowFilterAttribute("Rows to leave out of the rows that `include_rows` selects. A row matches if it matches every attribute that is set. Defaults to no rows."),
		"total_row_count": schema.Int64Attribute{
			MarkdownDescription: "Number of rows of the report, or of all reports, before `include_rows` and `exclude_rows` are applied.", Computed: true,
		},
	})
}

func rowFilterAttribute(description string) schema.Attribute {
	attributes := map[string]schema.Attribute{}
	for _, text := range rowTexts {
		name := text.column.String()
		attributes[name] = schema.SetAttribute{
			MarkdownDescription: "Patterns for `" + name + "`, any of which matches. `*` matches any text, and `\\*` an asterisk." + caseOf(text.column),
			ElementType:         types.StringType,
			Optional:            true,
			Validators:          []validator.Set{setvalidator.SizeAtLeast(1), setvalidator.NoNullValues()},
		}
	}
	for _, flag := range rowFlags {
		attributes[flag.name] = schema.BoolAttribute{MarkdownDescription: "Whether `" + flag.name + "` must be true or false.", Optional: true}
	}
	return schema.SingleNestedAttribute{
		MarkdownDescription: description, Attributes: attributes, Optional: true, Validators: []validator.Object{notEmpty{}},
	}
}

// caseOf returns a sentence on upper and lower case in a column, which the other
// columns do not need.
func caseOf(c accessreport.Column) string {
	if accessreport.IgnoresCase(c) {
		return " Case-insensitive."
	}
	return ""
}

// notEmpty validates that an object has at least one attribute.
type notEmpty struct{}

func (notEmpty) Description(context.Context) string { return "at least one attribute must be set" }

func (v notEmpty) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (notEmpty) ValidateObject(_ context.Context, request validator.ObjectRequest, response *validator.ObjectResponse) {
	if request.ConfigValue.IsNull() || request.ConfigValue.IsUnknown() {
		return
	}
	for _, attribute := range request.ConfigValue.Attributes() {
		if !attribute.IsNull() {
			return
		}
	}
	response.Diagnostics.AddAttributeError(request.Path, "Empty row filter",
		request.Path.String()+" has no attributes, so it would match every row. Set at least one attribute, or remove "+request.Path.String()+".")
}

// filter returns the filter of the model, or nil if it has none.
func (m *rowFiltersModel) filter() *accessreport.Filter {
	if m.IncludeRows.IsNull() && m.ExcludeRows.IsNull() {
		return nil
	}
	// Terraform normalizes the patterns, and would normalize the cells.
	return &accessreport.Filter{Include: newRowMatch(m.IncludeRows), Exclude: newRowMatch(m.ExcludeRows), Normalize: norm.NFC.String}
}

// newRowMatch returns the condition of a validated filter, or nil if it is null.
func newRowMatch(filter types.Object) *accessreport.Match {
	if filter.IsNull() {
		return nil
	}
	m := new(accessreport.Match)
	attributes := filter.Attributes()
	for _, text := range rowTexts {
		if patterns, ok := attributes[text.column.String()].(types.Set); ok && !patterns.IsNull() {
			m.AddCell(text.column, texts(patterns))
		}
	}
	for _, flag := range rowFlags {
		want, ok := attributes[flag.name].(types.Bool)
		switch {
		case !ok || want.IsNull():
		case flag.fromConditions:
			m.AddFlag(flag.value, want.ValueBool(), accessreport.Conditions)
		default:
			m.AddFlag(flag.value, want.ValueBool())
		}
	}
	return m
}

// explainFilter returns the diagnostic for a filter on a missing column.
func explainFilter(e *accessreport.FilterError) diag.Diagnostic {
	attribute := "include_rows"
	if e.Exclude {
		attribute = "exclude_rows"
	}
	return diag.NewAttributeErrorDiagnostic(path.Root(attribute), "Column not in the report", message{
		happened: say("%s uses the column %s, which the access report does not have.", attribute, e.Column),
		advice: "No rows are returned, because it is unknown which rows match. Remove the attributes that depend on this column, " +
			"or map the column in report_columns in the provider configuration.",
	}.String())
}
