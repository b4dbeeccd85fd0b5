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

// The conversion of an attribute of a data source into one of an ephemeral
// resource loses no field, validators least of all.
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

// An attribute of a kind that is not converted is found when the schema is made.
func TestUnsupportedEphemeralAttributes(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("a NumberAttribute was converted into something, want a panic")
		}
	}()
	provider.EphemeralAttribute(schema.NumberAttribute{})
}

// fillFields sets each field of a struct to something else than its zero value.
func fillFields(t *testing.T, of reflect.Value) {
	t.Helper()
	for i := range of.NumField() {
		field := of.Field(i)
		switch field.Kind() {
		case reflect.Bool:
			field.SetBool(true)
		case reflect.String:
			field.SetString(of.Type().Field(i).Name)
		case reflect.Slice:
			field.Set(reflect.MakeSlice(field.Type(), 1, 1))
		case reflect.Map:
			field.Set(reflect.ValueOf(map[string]schema.Attribute{"inner": schema.StringAttribute{Sensitive: true}}))
		case reflect.Struct:
			fillFields(t, field)
		case reflect.Interface:
			field.Set(someType(t, field.Type()))
		default:
			t.Fatalf("%s.%s: a field of the kind %s, which the test cannot fill", of.Type(), of.Type().Field(i).Name, field.Kind())
		}
		if field.IsZero() {
			t.Fatalf("%s.%s was not filled", of.Type(), of.Type().Field(i).Name)
		}
	}
}

// someType is a type of the framework that fits an interface.
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
	t.Fatalf("no type for %s", want)
	return reflect.Value{}
}

// sameFields compares all fields of two structs by name.
func sameFields(t *testing.T, path string, from, to reflect.Value) {
	t.Helper()
	for i := range from.NumField() {
		name := from.Type().Field(i).Name
		want, got := from.Field(i), to.FieldByName(name)
		switch {
		case !got.IsValid():
			t.Errorf("%s.%s: an ephemeral resource has no such field", path, name)
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
