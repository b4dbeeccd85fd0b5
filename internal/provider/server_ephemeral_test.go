package provider_test

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// openIn validates and opens an ephemeral resource, with a context. The result is
// nil after an error.
func (s *server) openIn(ctx context.Context, name string, arguments config) (result map[string]any, diags string) {
	s.t.Helper()
	typ := s.schema.EphemeralResourceSchemas[name].ValueType()
	value := s.dynamic(typ, arguments)
	validated, err := s.ValidateEphemeralResourceConfig(ctx, &tfprotov6.ValidateEphemeralResourceConfigRequest{TypeName: name, Config: value})
	if err != nil {
		s.t.Fatal(err)
	}
	if len(validated.Diagnostics) > 0 {
		return nil, diagnostics(validated.Diagnostics)
	}
	response, err := s.OpenEphemeralResource(ctx, &tfprotov6.OpenEphemeralResourceRequest{TypeName: name, Config: value})
	if err != nil {
		s.t.Fatal(err)
	}
	diags = diagnostics(response.Diagnostics)
	if response.Result == nil || strings.HasPrefix(diags, "error: ") {
		return nil, diags
	}
	opened, err := response.Result.Unmarshal(typ)
	if err != nil {
		s.t.Fatal(err)
	}
	result, _ = plain(s.t, opened).(map[string]any)
	return result, diags
}

// readOrOpen reads a data source. If the name begins with "ephemeral.", it opens an
// ephemeral resource instead.
func (s *server) readOrOpen(name string, arguments config) (state map[string]any, diags string) {
	s.t.Helper()
	return s.readOrOpenIn(logged(s.t), name, arguments)
}

// readOrOpenIn is like readOrOpen, with a context.
func (s *server) readOrOpenIn(ctx context.Context, name string, arguments config) (state map[string]any, diags string) {
	s.t.Helper()
	if name, ok := strings.CutPrefix(name, "ephemeral."); ok {
		return s.openIn(ctx, name, arguments)
	}
	return s.readIn(ctx, name, arguments)
}
