package provider_test

import (
	"context"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-log/tflog"
	"github.com/hashicorp/terraform-plugin-log/tfsdklog"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
	"github.com/privileged-access/terraform-provider-opa/internal/provider"
)

// server calls the provider by Terraform's protocol, without the CLI, which is much
// slower.
type server struct {
	tfprotov6.ProviderServer
	t      testing.TB
	schema *tfprotov6.GetProviderSchemaResponse
}

// config has the arguments of a configuration. Missing arguments are null.
type config map[string]any

// unknown stands for a value that is known only after apply.
type unknown struct{}

func newServer(t testing.TB) *server {
	t.Helper()
	s := &server{ProviderServer: provider.NewServer("test")(), t: t}
	schema, err := s.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if len(schema.Diagnostics) > 0 {
		t.Fatal(diagnostics(schema.Diagnostics))
	}
	s.schema = schema
	return s
}

// credentials returns the arguments of the provider for a simulated tenant.
func credentials(sim *opasim.Server) config {
	return config{"base_url": sim.URL, "team": opasim.DefaultTeam, "key_id": opasim.DefaultKeyID, "key_secret": opasim.DefaultKeySecret}
}

// configured returns a server that is configured for a simulated tenant, with
// further arguments of the provider.
func configured(t testing.TB, sim *opasim.Server, further ...config) *server {
	t.Helper()
	s := newServer(t)
	arguments := credentials(sim)
	for _, f := range further {
		maps.Copy(arguments, f)
	}
	if diags := s.configure(arguments); diags != "" {
		t.Fatalf("got %s\nwant no diagnostics", diags)
	}
	return s
}

// configure validates and configures the provider, and returns the diagnostics.
func (s *server) configure(arguments config) string {
	s.t.Helper()
	value := s.dynamic(s.schema.Provider.ValueType(), arguments)
	validated, err := s.ValidateProviderConfig(s.t.Context(), &tfprotov6.ValidateProviderConfigRequest{Config: value})
	if err != nil {
		s.t.Fatal(err)
	}
	if len(validated.Diagnostics) > 0 {
		return diagnostics(validated.Diagnostics)
	}
	response, err := s.ConfigureProvider(s.t.Context(), &tfprotov6.ConfigureProviderRequest{Config: value, TerraformVersion: "1.11.4"})
	if err != nil {
		s.t.Fatal(err)
	}
	return diagnostics(response.Diagnostics)
}

// read validates and reads a data source. The state is nil after an error.
func (s *server) read(name string, arguments config) (state map[string]any, diags string) {
	s.t.Helper()
	return s.readIn(logged(s.t), name, arguments)
}

// readIn is like read, with a context.
func (s *server) readIn(ctx context.Context, name string, arguments config) (state map[string]any, diags string) {
	s.t.Helper()
	typ := s.schema.DataSourceSchemas[name].ValueType()
	value := s.dynamic(typ, arguments)
	validated, err := s.ValidateDataResourceConfig(ctx, &tfprotov6.ValidateDataResourceConfigRequest{TypeName: name, Config: value})
	if err != nil {
		s.t.Fatal(err)
	}
	if len(validated.Diagnostics) > 0 {
		return nil, diagnostics(validated.Diagnostics)
	}
	response, err := s.ReadDataSource(ctx, &tfprotov6.ReadDataSourceRequest{TypeName: name, Config: value})
	if err != nil {
		s.t.Fatal(err)
	}
	if response.State != nil {
		value, err := response.State.Unmarshal(typ)
		if err != nil {
			s.t.Fatal(err)
		}
		state, _ = plain(s.t, value).(map[string]any)
	}
	for _, d := range response.Diagnostics {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			state = nil // Terraform discards it
		}
	}
	return state, diagnostics(response.Diagnostics)
}

// parameter returns the parameter for the argument at a position.
func (s *server) parameter(function string, position int) *tfprotov6.FunctionParameter {
	f := s.schema.Functions[function]
	if position >= len(f.Parameters) {
		return f.VariadicParameter
	}
	return f.Parameters[position]
}

// call calls a function. Its arguments are Terraform values, or Go values, which
// literal converts. The result is nil after an error.
func (s *server) call(name string, arguments ...any) (result any, problem string) {
	s.t.Helper()
	request := &tfprotov6.CallFunctionRequest{Name: name}
	for i, argument := range arguments {
		dynamic, err := tfprotov6.NewDynamicValue(s.parameter(name, i).Type, literal(argument))
		if err != nil {
			s.t.Fatal(err)
		}
		request.Arguments = append(request.Arguments, &dynamic)
	}
	response, err := s.CallFunction(s.t.Context(), request)
	if err != nil {
		s.t.Fatal(err)
	}
	if response.Error != nil {
		if response.Error.FunctionArgument == nil {
			return nil, response.Error.Text
		}
		return nil, fmt.Sprintf("%s: %s", s.parameter(name, int(*response.Error.FunctionArgument)).Name, response.Error.Text)
	}
	value, err := response.Result.Unmarshal(s.schema.Functions[name].Return.Type)
	if err != nil {
		s.t.Fatal(err)
	}
	if !value.IsKnown() {
		return unknown{}, ""
	}
	return plain(s.t, value), ""
}

// literal converts a Go value to the value of an HCL literal: lists are tuples, and
// maps are objects.
func literal(from any) tftypes.Value {
	switch from := from.(type) {
	case tftypes.Value:
		return from
	case nil:
		return tftypes.NewValue(tftypes.DynamicPseudoType, nil)
	case unknown:
		return tftypes.NewValue(tftypes.DynamicPseudoType, tftypes.UnknownValue)
	case string:
		return tftypes.NewValue(tftypes.String, from)
	case bool:
		return tftypes.NewValue(tftypes.Bool, from)
	case int, int64:
		return tftypes.NewValue(tftypes.Number, from)
	case []any:
		elements, typ := make([]tftypes.Value, len(from)), tftypes.Tuple{}
		for i, element := range from {
			elements[i] = literal(element)
			typ.ElementTypes = append(typ.ElementTypes, elements[i].Type())
		}
		return tftypes.NewValue(typ, elements)
	case map[string]any:
		attributes, typ := map[string]tftypes.Value{}, tftypes.Object{AttributeTypes: map[string]tftypes.Type{}}
		for name, attribute := range from {
			attributes[name] = literal(attribute)
			typ.AttributeTypes[name] = attributes[name].Type()
		}
		return tftypes.NewValue(typ, attributes)
	}
	panic(fmt.Sprintf("got %T, want a type that HCL has literals for", from))
}

// logged returns a context with Terraform's log, such as the CLI's reads have.
func logged(t testing.TB) context.Context {
	t.Helper()
	ctx := tfsdklog.NewRootProviderLogger(t.Context(), tfsdklog.WithLevel(hclog.Error))
	return tflog.SetField(ctx, "tf_rpc", "ReadDataSource")
}

// dynamic converts arguments to a value for a request.
func (s *server) dynamic(typ tftypes.Type, arguments config) *tfprotov6.DynamicValue {
	s.t.Helper()
	value, err := tfprotov6.NewDynamicValue(typ, value(s.t, typ, map[string]any(arguments)))
	if err != nil {
		s.t.Fatal(err)
	}
	return &value
}

// value converts a Go value to a Terraform value of a type.
func value(t testing.TB, typ tftypes.Type, from any) tftypes.Value {
	t.Helper()
	if _, ok := from.(unknown); ok {
		return tftypes.NewValue(typ, tftypes.UnknownValue)
	}
	if from == nil {
		return tftypes.NewValue(typ, nil)
	}
	switch typ := typ.(type) {
	case tftypes.Object:
		given := asMap(from)
		attributes := map[string]tftypes.Value{}
		for name, attribute := range typ.AttributeTypes {
			attributes[name] = value(t, attribute, given[name])
			delete(given, name)
		}
		for name := range given {
			t.Fatalf("got the attribute %s, want only attributes of the schema", name)
		}
		return tftypes.NewValue(typ, attributes)
	case tftypes.Map:
		elements := map[string]tftypes.Value{}
		for name, element := range asMap(from) {
			elements[name] = value(t, typ.ElementType, element)
		}
		return tftypes.NewValue(typ, elements)
	case tftypes.Set:
		return tftypes.NewValue(typ, values(t, typ.ElementType, from))
	case tftypes.List:
		return tftypes.NewValue(typ, values(t, typ.ElementType, from))
	}
	return tftypes.NewValue(typ, from)
}

func values(t testing.TB, typ tftypes.Type, from any) (elements []tftypes.Value) {
	t.Helper()
	for _, element := range from.([]any) {
		elements = append(elements, value(t, typ, element))
	}
	return elements
}

func asMap(from any) map[string]any {
	if c, ok := from.(config); ok {
		return maps.Clone(map[string]any(c))
	}
	return maps.Clone(from.(map[string]any))
}

// plain converts a Terraform value to a Go value.
func plain(t testing.TB, v tftypes.Value) any {
	t.Helper()
	if v.IsNull() || !v.IsKnown() {
		return nil
	}
	fail := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	switch typ := v.Type(); {
	case typ.Is(tftypes.String):
		var text string
		fail(v.As(&text))
		return text
	case typ.Is(tftypes.Bool):
		var boolean bool
		fail(v.As(&boolean))
		return boolean
	case typ.Is(tftypes.Number):
		var number big.Float
		fail(v.As(&number))
		integer, _ := number.Int64()
		return integer
	case typ.Is(tftypes.Object{}), typ.Is(tftypes.Map{}):
		var attributes map[string]tftypes.Value
		fail(v.As(&attributes))
		object := map[string]any{}
		for name, attribute := range attributes {
			object[name] = plain(t, attribute)
		}
		return object
	}
	var elements []tftypes.Value
	fail(v.As(&elements))
	list := []any{}
	for _, element := range elements {
		list = append(list, plain(t, element))
	}
	return list
}

// diagnostics formats diagnostics, in a fixed order.
func diagnostics(diags []*tfprotov6.Diagnostic) string {
	var texts []string
	for _, d := range diags {
		at := ""
		if d.Attribute != nil {
			at = " at " + d.Attribute.String()
		}
		texts = append(texts, fmt.Sprintf("%s: %s%s\n%s\n", strings.ToLower(d.Severity.String()), d.Summary, at, d.Detail))
	}
	slices.Sort(texts)
	return strings.Join(texts, "\n")
}

// checkContract checks that all requests complied with the API.
func checkContract(t *testing.T, sim *opasim.Server) {
	t.Helper()
	for _, violation := range sim.Violations() {
		t.Errorf("got an API contract violation: %s", violation)
	}
}
