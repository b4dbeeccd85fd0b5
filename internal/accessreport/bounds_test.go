package accessreport

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
)

// TestDecodeIsBounded decodes texts that are designed to need much more memory than their
// size.
func TestDecodeIsBounded(t *testing.T) {
	const size = 16 << 20
	header := strings.Join(ColumnNames(), ",") + "\n"
	fill := func(prefix, unit string) string { return prefix + strings.Repeat(unit, (size-len(prefix))/len(unit)) }
	for name, text := range map[string]string{
		"line ends":          fill(header, "\n"),
		"commas":             fill("", ","),
		"commas in a row":    fill(header, ","),
		"quotes":             fill(header, `"`),
		"short rows":         fill(header, "a,,,b,,c,,\n"),
		"rows":               fill(header, "larry.linuxadmin,human,ACTIVE,web-01,server,root,user,MFA\n"),
		"one cell":           fill(header, "x"),
		"one quoted cell":    fill(header+`"`, "x"),
		"blanks":             fill("User Name , Account , Resource Name , Privileges , Conditions\n", " "),
		"long headers":       fill(strings.TrimSpace(header)+","+strings.Repeat("x", 1<<18)+"\n", "a,,,b,,c,,,\n"),
		"different cells":    fill(header, "a,,,b,,c,,d\ne,,,f,,g,,h\n"),
		"a header of blanks": fill("", " ,"),
		"headers":            fill(header, header),
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			report, err := Decode(t.Context(), text, nil)
			runtime.ReadMemStats(&after)
			if got, limit := after.TotalAlloc-before.TotalAlloc, uint64(4*len(text)+freeMemory); got > limit {
				t.Errorf("got %d MiB allocated, want at most %d", got>>20, limit>>20)
			}
			if format, ok := errors.AsType[*FormatError](err); err != nil && (!ok || len(format.Error()) > 10_000) {
				t.Errorf("got a %T of %d bytes, want a *FormatError of at most 10,000", err, len(err.Error()))
			}
			runtime.KeepAlive(report)
		})
	}
}

// steps is a context that ends after a number of checks.
type steps struct {
	context.Context //nolint:containedctx // it is one
	left            atomic.Int64
}

func (s *steps) Err() error {
	if s.left.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}

// Decode stops at any check of the context.
func TestDecodeStopsWithItsContext(t *testing.T) {
	header := strings.Join(ColumnNames(), ",") + "\n"
	for name, text := range map[string]string{
		"rows":      header + strings.Repeat("larry,human,ACTIVE,web-01,server,root,user,\n", 1<<16),
		"one cell":  header + "a,,,b,,c,," + strings.Repeat("x", 1<<19) + "\n",
		"one quote": header + "a,,,b,,c,,\"" + strings.Repeat("x\n", 1<<18) + "\"\n",
	} {
		t.Run(name, func(t *testing.T) {
			all := &steps{Context: t.Context()}
			all.left.Store(1 << 40)
			if _, err := Decode(all, text, nil); err != nil {
				t.Fatal(err)
			}
			checks := 1<<40 - all.left.Load()
			if least := int64(len(text) >> 20); checks < least {
				t.Errorf("got %d checks of the context in %d bytes, want at least %d", checks, len(text), least)
			}
			for _, after := range []int64{0, checks / 2, checks - 1} {
				ctx := &steps{Context: t.Context()}
				ctx.left.Store(after)
				if report, err := Decode(ctx, text, nil); !errors.Is(err, context.Canceled) || report != nil {
					t.Errorf("after %d of %d checks: got %v, want %v", after, checks, err, context.Canceled)
				}
			}
		})
	}
}

// The context ends while Decode looks for the header. That is not an error in the text.
func TestEndedContextIsNotAFormatError(t *testing.T) {
	for name, text := range map[string]string{
		"blanks":             strings.Repeat(" ", 4<<20),
		"a header of blanks": strings.Repeat(strings.Repeat(" ", 1<<19)+",", 8),
		"other columns":      strings.Repeat("x", 1<<19) + "," + strings.Repeat("y", 1<<19) + "\na,b\n",
	} {
		t.Run(name, func(t *testing.T) {
			all := &steps{Context: t.Context()}
			all.left.Store(1 << 40)
			if _, err := Decode(all, text, nil); err == nil {
				t.Fatal("got no error, want one about the text")
			}
			checks := 1<<40 - all.left.Load()
			if least := int64(len(text) >> 20); checks < least {
				t.Errorf("got %d checks of the context in %d bytes, want at least %d", checks, len(text), least)
			}
			for after := range checks {
				ctx := &steps{Context: t.Context()}
				ctx.left.Store(after)
				if _, err := Decode(ctx, text, nil); !errors.Is(err, context.Canceled) {
					t.Fatalf("after %d of %d checks: got %.100v, want %v", after, checks, err, context.Canceled)
				}
			}
		})
	}
}

// There are many rows, so an allocation for each would exceed the limit.
func TestDecodeAllocatesLittle(t *testing.T) {
	text := strings.Join(ColumnNames(), ",") + "\n" + strings.Repeat("Larry.LinuxAdmin,human,ACTIVE,web-01.example.com,server,root,user,MFA\n", 10_000)
	got := testing.AllocsPerRun(2, func() {
		if _, err := Decode(t.Context(), text, nil); err != nil {
			t.Fatal(err)
		}
	})
	if got > 1000 {
		t.Errorf("got %.0f allocations for 10,000 rows, want at most 1,000", got)
	}
}
