package provider_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// The error about an unknown configuration names each unknown argument, including
// nested ones.
func TestUnknownArgumentsAreNamed(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	unknowns := map[string]config{ // by the name in the message
		`report_columns["account"]`: {"report_columns": map[string]any{"account": unknown{}, "conditions": "Auflagen"}},
	}
	for _, attribute := range s.schema.Provider.Block.Attributes {
		unknowns[attribute.Name] = config{attribute.Name: unknown{}}
		if attribute.NestedType == nil {
			continue
		}
		for _, nested := range attribute.NestedType.Attributes {
			if nested.NestedType != nil {
				t.Fatalf("%s.%s: got nested attributes, which this test does not cover, want none", attribute.Name, nested.Name)
			}
			unknowns[attribute.Name+"."+nested.Name] = config{attribute.Name: map[string]any{nested.Name: unknown{}}}
		}
	}
	if len(unknowns) < 12 {
		t.Fatalf("got %d arguments, want all of the schema", len(unknowns))
	}
	for name, arguments := range unknowns {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			if diags := s.configure(arguments); diags != "" {
				t.Fatalf("got %s\nwant no diagnostics before a read", diags)
			}
			_, diags := s.read("opa_users", nil)
			if !strings.HasPrefix(diags, "error: Unknown provider configuration") || !strings.Contains(diags, "known only after apply: "+name+".") {
				t.Errorf("got %s\nwant an error that names %s", diags, name)
			}
		})
	}
}

func TestUnknownArgumentsAreSorted(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.configure(config{"team": unknown{}, "key_secret": unknown{}, "workload_identity": map[string]any{"jwt": unknown{}, "connection": "ci"}})
	if _, diags := s.read("opa_users", nil); !strings.Contains(diags, "known only after apply: key_secret, team, workload_identity.jwt.") {
		t.Errorf("got %s\nwant the three arguments, sorted", diags)
	}
}

// An unknown provider block is not treated as an empty one.
func TestUnknownProviderBlock(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	value, err := tfprotov6.NewDynamicValue(s.schema.Provider.ValueType(), tftypes.NewValue(s.schema.Provider.ValueType(), tftypes.UnknownValue))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{Config: &value}); err != nil {
		t.Fatal(err)
	}
	if _, diags := s.read("opa_users", nil); !strings.Contains(diags, "known only after apply: the whole provider block.") {
		t.Errorf("got %s\nwant an error on the whole provider block", diags)
	}
}
