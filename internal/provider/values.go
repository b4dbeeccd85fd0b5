package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
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
