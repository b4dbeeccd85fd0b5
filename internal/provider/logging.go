package provider

import (
	"context"
	"log/slog"
	"slices"

	"github.com/hashicorp/terraform-plugin-log/tflog"
)

// clientSubsystem is the name of the subsystem of the client's logs.
const clientSubsystem = "opa_client"

// withClientLog returns a context for the client's logs. The client logs no
// headers and no bodies. The masks are a second line of defense.
func withClientLog(ctx context.Context, secrets []string) context.Context {
	ctx = tflog.NewSubsystem(ctx, clientSubsystem, tflog.WithRootFields())
	ctx = tflog.SubsystemMaskFieldValuesWithFieldKeys(ctx, clientSubsystem, "authorization", "key_secret", "bearer_token")
	ctx = tflog.SubsystemMaskAllFieldValuesStrings(ctx, clientSubsystem, secrets...)
	return tflog.SubsystemMaskMessageStrings(ctx, clientSubsystem, secrets...)
}

// clientLog is a handler that writes the client's log records to Terraform's log,
// with flat fields.
type clientLog struct {
	fields []slog.Attr
}

// Enabled returns true, because Terraform filters by level.
func (l clientLog) Enabled(context.Context, slog.Level) bool { return true }

func (l clientLog) Handle(ctx context.Context, record slog.Record) error {
	// The masks modify the fields of the context, which concurrent reads share.
	// Setting a field copies them for this record.
	ctx = tflog.SubsystemSetField(ctx, clientSubsystem, "component", "client")
	fields := make(map[string]any, len(l.fields)+record.NumAttrs())
	for _, field := range l.fields {
		fields[field.Key] = field.Value.Any()
	}
	record.Attrs(func(field slog.Attr) bool {
		fields[field.Key] = field.Value.Any()
		return true
	})
	switch {
	case record.Level >= slog.LevelError:
		tflog.SubsystemError(ctx, clientSubsystem, record.Message, fields)
	case record.Level >= slog.LevelWarn:
		tflog.SubsystemWarn(ctx, clientSubsystem, record.Message, fields)
	case record.Level >= slog.LevelInfo:
		tflog.SubsystemInfo(ctx, clientSubsystem, record.Message, fields)
	default:
		tflog.SubsystemDebug(ctx, clientSubsystem, record.Message, fields)
	}
	return nil
}

func (l clientLog) WithAttrs(fields []slog.Attr) slog.Handler {
	return clientLog{fields: append(slices.Clip(l.fields), fields...)}
}

// WithGroup returns the same handler. Fields are flat, because Terraform's masks
// do not apply to nested ones.
func (l clientLog) WithGroup(string) slog.Handler { return l }
