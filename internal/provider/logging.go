package provider

import (
	"context"
	"log/slog"
	"slices"

	"github.com/hashicorp/terraform-plugin-log/tflog"
)

// clientSubsystem is the name under which the client's logs stand.
const clientSubsystem = "opa_client"

// withClientLog readies a context for the client's logs. The client logs no
// header and no body; the masks are for what may yet slip through.
func withClientLog(ctx context.Context, secrets []string) context.Context {
	ctx = tflog.NewSubsystem(ctx, clientSubsystem, tflog.WithRootFields())
	ctx = tflog.SubsystemMaskFieldValuesWithFieldKeys(ctx, clientSubsystem, "authorization", "key_secret", "bearer_token")
	ctx = tflog.SubsystemMaskAllFieldValuesStrings(ctx, clientSubsystem, secrets...)
	return tflog.SubsystemMaskMessageStrings(ctx, clientSubsystem, secrets...)
}

// clientLog hands the client's log records to Terraform's log, with flat fields.
type clientLog struct {
	fields []slog.Attr
}

// Enabled leaves the choice of the level to Terraform.
func (l clientLog) Enabled(context.Context, slog.Level) bool { return true }

func (l clientLog) Handle(ctx context.Context, record slog.Record) error {
	// The masks write into the context's fields, which all who read at the same
	// time share. Setting a field makes a copy of them for this record.
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

// WithGroup gives the same handler: fields are flat, since Terraform's masks do
// not reach into nested ones.
func (l clientLog) WithGroup(string) slog.Handler { return l }
