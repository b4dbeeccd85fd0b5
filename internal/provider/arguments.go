package provider

import (
	"maps"

	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/privileged-access/terraform-provider-opa/internal/client"
)

// Arguments that several data sources share.

// defaultResourceType is the only resource type that OPA documents for reports
// (API.md, report-resource-types).
const defaultResourceType = "server"

func resourceTypeFilterArgument() schema.Attribute {
	return schema.StringAttribute{
		MarkdownDescription: "Type of the resources that the report covers. Defaults to `server`, the only type that OPA documents.",
		Optional:            true,
		Computed:            true,
		Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
	}
}

func resourceTypeArgument() schema.Attribute {
	return schema.StringAttribute{
		MarkdownDescription: "Type of the resource. Defaults to `server`, the only type that OPA documents.",
		Optional:            true,
		Computed:            true,
		Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
	}
}

func userTypeArgument(further ...validator.String) schema.Attribute {
	return schema.StringAttribute{
		MarkdownDescription: "Type of the users to include: `human` or `service`. Defaults to both.",
		Optional:            true,
		Validators:          append(further, stringvalidator.OneOf(client.HumanUser, client.ServiceUser)),
	}
}

var userStatuses = []string{"ACTIVE", "DISABLED", "DELETED"}

func userStatusArgument(further ...validator.Set) schema.Attribute {
	return schema.SetAttribute{
		MarkdownDescription: "Statuses of the users to include: `ACTIVE`, `DISABLED`, `DELETED`. Defaults to all.",
		ElementType:         types.StringType,
		Optional:            true,
		Validators: append(further,
			setvalidator.SizeAtLeast(1), setvalidator.NoNullValues(), setvalidator.ValueStringsAre(stringvalidator.OneOf(userStatuses...))),
	}
}

// namesArgument returns an argument that is a set of names or IDs.
func namesArgument(description string, each validator.String) schema.Attribute {
	return schema.SetAttribute{
		MarkdownDescription: description,
		ElementType:         types.StringType,
		Optional:            true,
		Validators:          []validator.Set{setvalidator.NoNullValues(), setvalidator.ValueStringsAre(each)},
	}
}

// labelsArgument returns an argument that selects servers by their labels.
func labelsArgument(description string) schema.Attribute {
	return schema.MapAttribute{
		MarkdownDescription: description + " A server must have all of these labels with exactly these values. " +
			"It is an error if no server in the response of OPA has labels.",
		ElementType: types.StringType,
		Optional:    true,
		Validators:  []validator.Map{mapvalidator.SizeAtLeast(1), mapvalidator.NoNullValues()},
	}
}

// partArgument returns an argument that is a part of a name to search for.
func partArgument(description string) schema.Attribute {
	return schema.StringAttribute{
		MarkdownDescription: description,
		Optional:            true,
		Validators:          []validator.String{stringvalidator.LengthBetween(1, 255)},
	}
}

// mergeAttributes returns the attributes of a data source together with common
// ones. If both have an attribute, the data source's own is used.
func mergeAttributes(own, common map[string]schema.Attribute) map[string]schema.Attribute {
	merged := maps.Clone(common)
	maps.Copy(merged, own)
	return merged
}
