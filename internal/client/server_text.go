package client

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// ServerText is the redacted form of a text from a server or the network: without
// secrets, limited in length, in one line and safe for a terminal. It does not contain
// the original text, so that cannot be printed by mistake.
//
// Errors and logs contain no other text from a server (TestMessagesAreRedacted).
type ServerText struct {
	safe string
}

// String returns the redacted text.
func (t ServerText) String() string { return t.safe }

// Format implements fmt.Formatter: %q adds quotes but no second layer of escapes.
func (t ServerText) Format(f fmt.State, verb rune) {
	text := t.safe
	if verb == 'q' && text != removed {
		text = `"` + strings.ReplaceAll(text, `"`, `\"`) + `"`
	}
	_, _ = io.WriteString(f, text)
}

// asMessage returns the text, or a sentence if it was removed.
func (t ServerText) asMessage() ServerText {
	if t.safe == removed {
		return ServerText{"The message was removed because it contained credentials."}
	}
	return t
}

// MarshalText implements encoding.TextMarshaler.
func (t ServerText) MarshalText() ([]byte, error) { return []byte(t.safe), nil }

// LogValue implements slog.LogValuer.
func (t ServerText) LogValue() slog.Value { return slog.StringValue(t.safe) }

// ReportSummary has the redacted fields of a report for messages.
type ReportSummary struct {
	ID, Status ServerText
}

func (s *secrets) report(r Report) ReportSummary {
	return ReportSummary{ID: s.redact(r.ID), Status: s.redact(r.Status)}
}

// ServerSummary has the redacted fields of a server for messages.
type ServerSummary struct {
	ID, Hostname, CanonicalName, ProjectID, ProjectName, State ServerText
}

func (s *secrets) servers(servers []Server) []ServerSummary {
	summaries := make([]ServerSummary, len(servers))
	for i, server := range servers {
		summaries[i] = ServerSummary{
			ID: s.redact(server.ID), Hostname: s.redact(server.Hostname), CanonicalName: s.redact(server.CanonicalName),
			ProjectID: s.redact(server.ProjectID), ProjectName: s.redact(server.ProjectName), State: s.redact(server.State),
		}
	}
	return summaries
}

// Redact returns the redacted form of a text from the server.
func (c *Client) Redact(text string) ServerText { return c.secrets.redact(text) }

// maxText is the maximum length of texts that need more space, such as the header of a
// report or an error with its context.
const maxText = 4000

// RedactLong is like Client.Redact, but for long texts of a report, such as its header.
func (r *Result) RedactLong(text string) ServerText { return r.secrets.redactUpTo(text, maxText) }

// clearlySecret is the minimum length of a part of a secret that HasCredentials finds.
// Words such as "key secret" may be in a secret and in a message of the provider.
const clearlySecret = 12

// HasCredentials reports whether a text contains a long part of the client's credentials,
// in any form. Use it as the last check of a complete message whose parts from the server
// were redacted separately.
func (c *Client) HasCredentials(text string) bool { return c.secrets.foundIn(text, clearlySecret) }
