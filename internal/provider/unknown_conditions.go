package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
)

// unknownConditionsAttribute returns the attribute unknown_conditions.
func unknownConditionsAttribute() schema.Attribute {
	return schema.ListAttribute{
		MarkdownDescription: "Distinct `conditions` of all rows of the reports, including those that `include_rows` and `exclude_rows` filter out, that have a part that the provider does not know, sorted. Unknown parts do not set `requires_gateway`, `records_session`, " +
			"`requires_approval` or `requires_mfa`. Empty if all conditions are known.",
		ElementType: types.StringType,
		Computed:    true,
	}
}

// unknownConditions returns the value of unknown_conditions, and a warning
// unless it is empty.
func unknownConditions(reports ...*accessreport.Report) (types.List, diag.Diagnostics) {
	return unknownConditionTexts(accessreport.UnknownConditions(reports...))
}

func unknownConditionTexts(texts []string) (types.List, diag.Diagnostics) {
	var diags diag.Diagnostics
	if len(texts) > 0 {
		quoted := make([]string, len(texts))
		for i, text := range texts {
			quoted[i] = excerpt(text)
		}
		diags.AddWarning("Unknown conditions", message{
			happened: say("The provider cannot fully parse %s in the access reports:\n%s", count(len(texts), "condition text"), bullets(quoted)),
			advice: "The unknown parts count as no requirement: they do not set requires_gateway, records_session, requires_approval or requires_mfa. " +
				"They can also weaken a requirement. Before you rely on these attributes, check unknown_conditions, which lists all of these texts. " +
				"Please report the texts, without names and IDs, so that the provider can support them: " + tenantForm,
		}.String())
	}
	return textsValue(texts), diags
}
