package provider_test

import (
	"reflect"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	ephemeralschema "github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/privileged-access/terraform-provider-opa/internal/provider"
)

// The conversion of a data source attribute to an ephemeral resource attribute
// keeps all fields, including validators.
func TestEphemeralAttributesKeepAllFields(t *testing.T) {
	t.Parallel()
	for _, attribute := range []schema.Attribute{
		schema.StringAttribute{},
		schema.BoolAttribute{},
		schema.Int64Attribute{},
		schema.ListAttribute{},
		schema.SetAttribute{},
		schema.MapAttribute{},
		schema.ListNestedAttribute{},
		schema.SingleNestedAttribute{},
	} {
		full := reflect.New(reflect.TypeOf(attribute)).Elem()
		fillFields(t, full)
		from := full.Interface().(schema.Attribute)
		sameFields(t, full.Type().Name(), full, reflect.ValueOf(provider.EphemeralAttribute(from)))
	}
}

// An attribute of an unsupported type causes a panic when the schema is created.
func TestUnsupportedEphemeralAttributes(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("got a converted NumberAttribute, want a panic")
		}
	}()
	provider.EphemeralAttribute(schema.NumberAttribute{})
}

// fillFields sets each field of a struct to a value other than its zero value.
func fillFields(t *testing.T, target reflect.Value) {
	t.Helper()
	for i := range target.NumField() {
		field := target.Field(i)
		switch field.Kind() {
		case reflect.Bool:
			field.SetBool(true)
		case reflect.String:
			field.SetString(target.Type().Field(i).Name)
		case reflect.Slice:
			field.Set(reflect.MakeSlice(field.Type(), 1, 1))
		case reflect.Map:
			field.Set(reflect.ValueOf(map[string]schema.Attribute{"inner": schema.StringAttribute{Sensitive: true}}))
		case reflect.Struct:
			fillFields(t, field)
		case reflect.Interface:
			field.Set(someType(t, field.Type()))
		default:
			t.Fatalf("%s.%s: got a field of kind %s, want a kind that fillFields supports", target.Type(), target.Type().Field(i).Name, field.Kind())
		}
		if field.IsZero() {
			t.Fatalf("%s.%s: got the zero value, want another value", target.Type(), target.Type().Field(i).Name)
		}
	}
}

// someType returns a framework type that implements an interface.
func someType(t *testing.T, want reflect.Type) reflect.Value {
	t.Helper()
	for _, typ := range []attr.Type{
		types.StringType, types.BoolType, types.Int64Type,
		types.ListType{ElemType: types.StringType},
		types.SetType{ElemType: types.StringType},
		types.MapType{ElemType: types.StringType},
		types.ObjectType{AttrTypes: map[string]attr.Type{"inner": types.StringType}},
	} {
		if value := reflect.ValueOf(typ); value.Type().Implements(want) {
			return value
		}
	}
	t.Fatalf("got no type that implements %s, want one", want)
	return reflect.Value{}
}

// sameFields checks that two structs have equal fields. It compares them by name.
func sameFields(t *testing.T, path string, from, to reflect.Value) {
	t.Helper()
	for i := range from.NumField() {
		name := from.Type().Field(i).Name
		want, got := from.Field(i), to.FieldByName(name)
		switch {
		case !got.IsValid():
			t.Errorf("%s.%s: got no such field in the ephemeral attribute, want one", path, name)
		case want.Kind() == reflect.Struct:
			sameFields(t, path+"."+name, want, got)
		case name == "Attributes":
			inner, ok := got.Interface().(map[string]ephemeralschema.Attribute)["inner"]
			if !ok || got.Len() != want.Len() || !inner.IsSensitive() {
				t.Errorf("%s.%s: got %v, want %v", path, name, got, want)
			}
		case !reflect.DeepEqual(want.Interface(), got.Interface()):
			t.Errorf("%s.%s: got %v, want %v", path, name, got, want)
		}
	}
}
