package provider

import (
	"context"
	"fmt"

	datasourceschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
)

// ephemeralResource is a data source whose result is never written to plan or
// state: the same arguments, the same results, read in the same way.
type ephemeralResource[M any] struct {
	dataSource[M]
}

func (e *ephemeralResource[M]) Metadata(_ context.Context, request ephemeral.MetadataRequest, response *ephemeral.MetadataResponse) {
	response.TypeName = request.ProviderTypeName + "_" + e.name
}

func (e *ephemeralResource[M]) Schema(ctx context.Context, _ ephemeral.SchemaRequest, response *ephemeral.SchemaResponse) {
	response.Schema = schema.Schema{MarkdownDescription: e.description, Attributes: ephemeralAttributes(e.allAttributes(ctx))}
}

func (e *ephemeralResource[M]) ConfigValidators(context.Context) []ephemeral.ConfigValidator {
	validators := make([]ephemeral.ConfigValidator, 0, len(e.validators))
	for _, validator := range e.validators {
		// The library's validators serve both.
		if validator, ok := validator.(ephemeral.ConfigValidator); ok {
			validators = append(validators, validator)
		}
	}
	return validators
}

func (e *ephemeralResource[M]) Configure(_ context.Context, request ephemeral.ConfigureRequest, _ *ephemeral.ConfigureResponse) {
	e.session, _ = request.ProviderData.(*session)
}

func (e *ephemeralResource[M]) Open(ctx context.Context, request ephemeral.OpenRequest, response *ephemeral.OpenResponse) {
	var model M
	response.Diagnostics.Append(request.Config.Get(ctx, &model)...)
	if response.Diagnostics.HasError() {
		return
	}
	response.Diagnostics.Append(e.load(ctx, &model)...)
	if response.Diagnostics.HasError() {
		return
	}
	response.Diagnostics.Append(response.Result.Set(ctx, &model)...)
}

// ephemeralAttributes are a data source's attributes in the types that the
// framework has for ephemeral resources.
func ephemeralAttributes(attributes map[string]datasourceschema.Attribute) map[string]schema.Attribute {
	converted := make(map[string]schema.Attribute, len(attributes))
	for name, attribute := range attributes {
		converted[name] = ephemeralAttribute(attribute)
	}
	return converted
}

func ephemeralAttribute(attribute datasourceschema.Attribute) schema.Attribute {
	switch a := attribute.(type) {
	case datasourceschema.StringAttribute:
		return schema.StringAttribute{
			Description: a.Description, MarkdownDescription: a.MarkdownDescription, Required: a.Required, Optional: a.Optional, Computed: a.Computed,
			Sensitive: a.Sensitive, Validators: a.Validators,
		}
	case datasourceschema.BoolAttribute:
		return schema.BoolAttribute{Description: a.Description, MarkdownDescription: a.MarkdownDescription, Optional: a.Optional, Computed: a.Computed}
	case datasourceschema.Int64Attribute:
		return schema.Int64Attribute{Description: a.Description, MarkdownDescription: a.MarkdownDescription, Computed: a.Computed}
	case datasourceschema.ListAttribute:
		return schema.ListAttribute{Description: a.Description, MarkdownDescription: a.MarkdownDescription, ElementType: a.ElementType, Computed: a.Computed}
	case datasourceschema.MapAttribute:
		return schema.MapAttribute{Description: a.Description, MarkdownDescription: a.MarkdownDescription, ElementType: a.ElementType, Computed: a.Computed}
	case datasourceschema.ListNestedAttribute:
		return schema.ListNestedAttribute{
			Description: a.Description, MarkdownDescription: a.MarkdownDescription, Computed: a.Computed,
			NestedObject: schema.NestedAttributeObject{Attributes: ephemeralAttributes(a.NestedObject.Attributes)},
		}
	case datasourceschema.SingleNestedAttribute:
		return schema.SingleNestedAttribute{
			Description: a.Description, MarkdownDescription: a.MarkdownDescription, Optional: a.Optional, CustomType: a.CustomType,
			Attributes: ephemeralAttributes(a.Attributes),
		}
	}
	panic(fmt.Sprintf("no ephemeral resource has had an attribute of the type %T so far: add it here", attribute))
}
