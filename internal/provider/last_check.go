package provider

import (
	"context"
	"sync"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/privileged-access/terraform-provider-opa/internal/client"
	"github.com/privileged-access/terraform-provider-opa/internal/safetext"
)

// lastCheck is what every diagnostic goes through on its way out. Messages are made
// of safe parts already (see prose and client.ServerText); this is for a part that
// was forgotten, and for the framework's own messages.
type lastCheck struct {
	mu     sync.Mutex
	client *client.Client // nil until the provider is configured
}

type lastCheckKey struct{}

// under returns a context under which checkMessagesWith tells the client.
func (c *lastCheck) under(ctx context.Context) context.Context {
	return context.WithValue(ctx, lastCheckKey{}, c)
}

// checkMessagesWith names the client whose credentials no message must have. Only
// under protocolServer are there any.
func checkMessagesWith(ctx context.Context, configured *client.Client) {
	if c, ok := ctx.Value(lastCheckKey{}).(*lastCheck); ok {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.client = configured
	}
}

func (c *lastCheck) diagnostics(diagnostics []*tfprotov6.Diagnostic) {
	for _, d := range diagnostics {
		d.Summary, d.Detail = c.text(d.Summary), c.text(d.Detail)
	}
}

// text is a message that may go out. Its lines are the provider's own.
func (c *lastCheck) text(message string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.client != nil && c.client.HasCredentials(message) {
		return "The message was removed because it contained credentials."
	}
	return safetext.EscapeLines(message)
}

// The rest of the calls that have messages; those with rows are in
// protocol_server.go.

func (s *protocolServer) ValidateProviderConfig(
	ctx context.Context, request *tfprotov6.ValidateProviderConfigRequest,
) (*tfprotov6.ValidateProviderConfigResponse, error) {
	response, err := s.ProviderServer.ValidateProviderConfig(ctx, request)
	if err == nil {
		s.check.diagnostics(response.Diagnostics)
	}
	return response, err //nolint:wrapcheck // it is the framework's
}

func (s *protocolServer) ConfigureProvider(
	ctx context.Context, request *tfprotov6.ConfigureProviderRequest,
) (*tfprotov6.ConfigureProviderResponse, error) {
	response, err := s.ProviderServer.ConfigureProvider(s.check.under(ctx), request)
	if err == nil {
		s.check.diagnostics(response.Diagnostics)
	}
	return response, err //nolint:wrapcheck // it is the framework's
}

func (s *protocolServer) ValidateDataResourceConfig(
	ctx context.Context, request *tfprotov6.ValidateDataResourceConfigRequest,
) (*tfprotov6.ValidateDataResourceConfigResponse, error) {
	response, err := s.ProviderServer.ValidateDataResourceConfig(ctx, request)
	if err == nil {
		s.check.diagnostics(response.Diagnostics)
	}
	return response, err //nolint:wrapcheck // it is the framework's
}

func (s *protocolServer) ValidateEphemeralResourceConfig(
	ctx context.Context, request *tfprotov6.ValidateEphemeralResourceConfigRequest,
) (*tfprotov6.ValidateEphemeralResourceConfigResponse, error) {
	response, err := s.ProviderServer.ValidateEphemeralResourceConfig(ctx, request)
	if err == nil {
		s.check.diagnostics(response.Diagnostics)
	}
	return response, err //nolint:wrapcheck // it is the framework's
}

func (s *protocolServer) CallFunction(ctx context.Context, request *tfprotov6.CallFunctionRequest) (*tfprotov6.CallFunctionResponse, error) {
	response, err := s.ProviderServer.CallFunction(ctx, request)
	if err == nil && response.Error != nil {
		response.Error.Text = s.check.text(response.Error.Text)
	}
	return response, err //nolint:wrapcheck // it is the framework's
}
