package provider

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// This file converts between Terraform values and Go values.

// texts returns the elements of a validated set of strings.
func texts(set types.Set) []string {
	elements := make([]string, 0, len(set.Elements()))
	for _, element := range set.Elements() {
		if text, ok := element.(types.String); ok {
			elements = append(elements, text.ValueString())
		}
	}
	return elements
}

// textsByName returns the elements of a validated map of strings, nil if it is null.
func textsByName(m types.Map) map[string]string {
	if m.IsNull() {
		return nil
	}
	elements := make(map[string]string, len(m.Elements()))
	for name, element := range m.Elements() {
		if text, ok := element.(types.String); ok {
			elements[name] = text.ValueString()
		}
	}
	return elements
}

// valueOr returns the argument, or the value if the argument is null.
func valueOr(argument types.String, value string) types.String {
	if argument.IsNull() {
		return textOrNull(value)
	}
	return argument
}

func textOrNull(text string) types.String {
	if text == "" {
		return types.StringNull()
	}
	return types.StringValue(text)
}

func textsValue(texts []string) types.List {
	values := make([]attr.Value, len(texts))
	for i, text := range texts {
		values[i] = types.StringValue(text)
	}
	return types.ListValueMust(types.StringType, values)
}

// knownValue returns a known value of any type, as a value of the framework.
func knownValue(ctx context.Context, value tftypes.Value) (attr.Value, error) {
	converted, err := types.DynamicType.ValueFromTerraform(ctx, value)
	if dynamic, ok := converted.(types.Dynamic); ok {
		return dynamic.UnderlyingValue(), err
	}
	return converted, err
}

// listOrTuple returns values as a list if they have the same type, because the type of a
// tuple is as long as the tuple.
func listOrTuple(ctx context.Context, values []attr.Value) attr.Value {
	kinds := typesOf(ctx, values)
	if len(kinds) > 0 && !slices.ContainsFunc(kinds, func(kind attr.Type) bool { return !kind.Equal(kinds[0]) }) {
		return types.ListValueMust(kinds[0], values)
	}
	return types.TupleValueMust(kinds, values)
}

// countOrNull returns a number, or null if it is negative, that is, unknown.
func countOrNull(n int) types.Int64 {
	if n < 0 {
		return types.Int64Null()
	}
	return types.Int64Value(int64(n))
}

// objectValue returns an object with attributes.
func objectValue(ctx context.Context, attributes map[string]attr.Value) types.Object {
	kinds := make(map[string]attr.Type, len(attributes))
	for name, value := range attributes {
		kinds[name] = value.Type(ctx)
	}
	return types.ObjectValueMust(kinds, attributes)
}

// typesOf returns the types of values.
func typesOf(ctx context.Context, values []attr.Value) []attr.Type {
	kinds := make([]attr.Type, len(values))
	for i, value := range values {
		kinds[i] = value.Type(ctx)
	}
	return kinds
}
