package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// The RPCs that return messages. Those that return rows are in protocol_server.go.

func (s *protocolServer) ValidateProviderConfig(
	ctx context.Context, request *tfprotov6.ValidateProviderConfigRequest,
) (*tfprotov6.ValidateProviderConfigResponse, error) {
	response, err := s.ProviderServer.ValidateProviderConfig(ctx, request)
	if err == nil {
		s.filter.redactAll(response.Diagnostics)
	}
	return response, err //nolint:wrapcheck // it is the framework's
}

func (s *protocolServer) ConfigureProvider(
	ctx context.Context, request *tfprotov6.ConfigureProviderRequest,
) (*tfprotov6.ConfigureProviderResponse, error) {
	response, err := s.ProviderServer.ConfigureProvider(s.filter.withFilter(ctx), request)
	if err == nil {
		s.filter.redactAll(response.Diagnostics)
	}
	return response, err //nolint:wrapcheck // it is the framework's
}

func (s *protocolServer) ValidateDataResourceConfig(
	ctx context.Context, request *tfprotov6.ValidateDataResourceConfigRequest,
) (*tfprotov6.ValidateDataResourceConfigResponse, error) {
	response, err := s.ProviderServer.ValidateDataResourceConfig(ctx, request)
	if err == nil {
		s.filter.redactAll(response.Diagnostics)
	}
	return response, err //nolint:wrapcheck // it is the framework's
}

func (s *protocolServer) ValidateEphemeralResourceConfig(
	ctx context.Context, request *tfprotov6.ValidateEphemeralResourceConfigRequest,
) (*tfprotov6.ValidateEphemeralResourceConfigResponse, error) {
	response, err := s.ProviderServer.ValidateEphemeralResourceConfig(ctx, request)
	if err == nil {
		s.filter.redactAll(response.Diagnostics)
	}
	return response, err //nolint:wrapcheck // it is the framework's
}

func (s *protocolServer) CallFunction(ctx context.Context, request *tfprotov6.CallFunctionRequest) (*tfprotov6.CallFunctionResponse, error) {
	response, err := s.ProviderServer.CallFunction(ctx, request)
	if err == nil && response.Error != nil {
		response.Error.Text = s.filter.redact(response.Error.Text)
	}
	return response, err //nolint:wrapcheck // it is the framework's
}
