package provider

import (
	"context"
	"sync"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/privileged-access/terraform-provider-opa/internal/client"
	"github.com/privileged-access/terraform-provider-opa/internal/safetext"
)

// diagnosticFilter redacts every diagnostic before it is sent. Messages consist of safe
// parts already (see prose and client.ServerText). The filter is for parts that
// were forgotten, and for messages of the framework.
type diagnosticFilter struct {
	mu     sync.Mutex
	client *client.Client // nil until the provider is configured
}

type diagnosticFilterKey struct{}

// withFilter returns a context in which setFilterClient finds this filter.
func (c *diagnosticFilter) withFilter(ctx context.Context) context.Context {
	return context.WithValue(ctx, diagnosticFilterKey{}, c)
}

// setFilterClient sets the client whose credentials must not be in any message.
// Without protocolServer, it does nothing.
func setFilterClient(ctx context.Context, configured *client.Client) {
	if c, ok := ctx.Value(diagnosticFilterKey{}).(*diagnosticFilter); ok {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.client = configured
	}
}

// redactAll redacts diagnostics.
func (c *diagnosticFilter) redactAll(diagnostics []*tfprotov6.Diagnostic) {
	for _, d := range diagnostics {
		d.Summary, d.Detail = c.redact(d.Summary), c.redact(d.Detail)
	}
}

// redact returns a message that is safe to send. Its line breaks are the provider's
// own.
func (c *diagnosticFilter) redact(message string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.client != nil && c.client.HasCredentials(message) {
		return "The message was removed because it contained credentials."
	}
	return safetext.EscapeLines(message)
}
