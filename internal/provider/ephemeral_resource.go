package provider

import (
	"context"
	"fmt"

	datasourceschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
)

// ephemeralResource is a data source whose result is never written to plan or
// state. Its arguments, its results and its read function are the same.
type ephemeralResource[M model] struct {
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
		converted, ok := validator.(ephemeral.ConfigValidator) // the validators of the library implement both
		if !ok {
			panic(fmt.Sprintf("%T does not validate ephemeral resources", validator))
		}
		validators = append(validators, converted)
	}
	return validators
}

func (e *ephemeralResource[M]) Configure(_ context.Context, request ephemeral.ConfigureRequest, response *ephemeral.ConfigureResponse) {
	e.session = sessionOf(request.ProviderData, &response.Diagnostics)
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

// ephemeralAttributes converts the attributes of a data source to the types that
// the framework has for ephemeral resources.
func ephemeralAttributes(attributes map[string]datasourceschema.Attribute) map[string]schema.Attribute {
	converted := make(map[string]schema.Attribute, len(attributes))
	for name, attribute := range attributes {
		converted[name] = ephemeralAttribute(attribute)
	}
	return converted
}

// ephemeralAttribute converts an attribute. Types without nested attributes have
// the same fields in both packages, so the compiler checks the conversions. A test
// checks the other types.
func ephemeralAttribute(attribute datasourceschema.Attribute) schema.Attribute {
	switch a := attribute.(type) {
	case datasourceschema.StringAttribute:
		return schema.StringAttribute(a)
	case datasourceschema.BoolAttribute:
		return schema.BoolAttribute(a)
	case datasourceschema.Int64Attribute:
		return schema.Int64Attribute(a)
	case datasourceschema.ListAttribute:
		return schema.ListAttribute(a)
	case datasourceschema.SetAttribute:
		return schema.SetAttribute(a)
	case datasourceschema.MapAttribute:
		return schema.MapAttribute(a)
	case datasourceschema.ListNestedAttribute:
		return schema.ListNestedAttribute{
			NestedObject: ephemeralObject(a.NestedObject), CustomType: a.CustomType, Required: a.Required, Optional: a.Optional, Computed: a.Computed,
			Sensitive: a.Sensitive, Description: a.Description, MarkdownDescription: a.MarkdownDescription,
			DeprecationMessage: a.DeprecationMessage, Validators: a.Validators,
		}
	case datasourceschema.SingleNestedAttribute:
		return schema.SingleNestedAttribute{
			Attributes: ephemeralAttributes(a.Attributes), CustomType: a.CustomType, Required: a.Required, Optional: a.Optional, Computed: a.Computed,
			Sensitive: a.Sensitive, Description: a.Description, MarkdownDescription: a.MarkdownDescription,
			DeprecationMessage: a.DeprecationMessage, Validators: a.Validators,
		}
	}
	panic(fmt.Sprintf("no ephemeral resource has had an attribute of the type %T so far: add it here", attribute))
}

func ephemeralObject(o datasourceschema.NestedAttributeObject) schema.NestedAttributeObject {
	return schema.NestedAttributeObject{Attributes: ephemeralAttributes(o.Attributes), CustomType: o.CustomType, Validators: o.Validators}
}
