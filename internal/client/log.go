package client

import (
	"context"
	"fmt"
	"log/slog"
)

// redactingHandler redacts all log records: they quote errors and paths, which may
// contain text from a server.
type redactingHandler struct {
	slog.Handler
	secrets *secrets
}

// Handle implements slog.Handler.
func (h redactingHandler) Handle(ctx context.Context, record slog.Record) error {
	safe := slog.NewRecord(record.Time, record.Level, h.text(record.Message), record.PC)
	record.Attrs(func(a slog.Attr) bool {
		safe.AddAttrs(h.attr(a))
		return true
	})
	return h.Handler.Handle(ctx, safe) //nolint:wrapcheck // it is the handler's own
}

// WithAttrs implements slog.Handler.
func (h redactingHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	safe := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		safe[i] = h.attr(a)
	}
	return redactingHandler{h.Handler.WithAttrs(safe), h.secrets}
}

// WithGroup implements slog.Handler.
func (h redactingHandler) WithGroup(name string) slog.Handler {
	return redactingHandler{h.Handler.WithGroup(name), h.secrets}
}

func (h redactingHandler) attr(a slog.Attr) slog.Attr {
	switch v := a.Value.Resolve(); v.Kind() {
	case slog.KindGroup:
		members := make([]any, 0, len(v.Group()))
		for _, member := range v.Group() {
			members = append(members, h.attr(member))
		}
		return slog.Group(a.Key, members...)
	case slog.KindString:
		return slog.String(a.Key, h.text(v.String()))
	case slog.KindAny, slog.KindLogValuer:
		return slog.String(a.Key, h.text(fmt.Sprint(v.Any())))
	default:
		return slog.Attr{Key: a.Key, Value: v} // such as numbers and times
	}
}

func (h redactingHandler) text(text string) string {
	return h.secrets.redactUpTo(text, maxText).String()
}
