package client

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// ServerText is what may be shown of a text that came from a server, or from the
// network on the way: without secrets, bounded, in one line and safe for a
// terminal. The text itself is not in it, so it cannot be printed by mistake.
//
// Errors and logs are made of nothing else (TestMessagesAreRedacted).
type ServerText struct {
	safe string
}

// String returns the text that may be shown.
func (t ServerText) String() string { return t.safe }

// Format implements fmt.Formatter: %q adds quotes but no second layer of escapes.
func (t ServerText) Format(f fmt.State, verb rune) {
	text := t.safe
	if verb == 'q' && text != removed {
		text = `"` + strings.ReplaceAll(text, `"`, `\"`) + `"`
	}
	_, _ = io.WriteString(f, text)
}

// asMessage is the text of an API's message: where it was removed, the message
// says so in a sentence.
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

// ReportSummary is what messages say of a report.
type ReportSummary struct {
	ID, Status ServerText
}

func (s *secrets) report(r Report) ReportSummary {
	return ReportSummary{ID: s.redact(r.ID), Status: s.redact(r.Status)}
}

// ServerSummary is what messages say of a server.
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

// Redact returns what may be shown of a text that came from the server.
func (c *Client) Redact(text string) ServerText { return c.secrets.redact(text) }

// maxText is for texts that are long for a reason, such as the header of a report
// or an error with what was being done.
const maxText = 4000

// RedactLong is Client.Redact for texts on a report that are long for a reason, such
// as its header.
func (r *Result) RedactLong(text string) ServerText { return r.secrets.redactUpTo(text, maxText) }

// clearlySecret is how much of a secret must be in a text of the provider's own
// for HasCredentials: words such as "key secret" may well be in both.
const clearlySecret = 12

// HasCredentials reports whether a text has a long part of the client's
// credentials in it, in any form. It is the last check of a finished message,
// whose parts from the server were redacted one by one.
func (c *Client) HasCredentials(text string) bool { return c.secrets.foundIn(text, clearlySecret) }
