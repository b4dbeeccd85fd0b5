package accessreport

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"
)

// hostileTexts are texts of about a size that would take far more than their size,
// or long, if they were read naively; with the error that is wanted, if any.
func hostileTexts(size int) map[string]struct{ text, want string } {
	const header = "User,Server,Account,Privileges,Conditions"
	fill := func(part string) string { return strings.Repeat(part, size/len(part)) }
	wide := strings.Builder{}
	wide.WriteString(header)
	for i := range 900 {
		fmt.Fprintf(&wide, ",%s%d", strings.Repeat("x", 900), i)
	}
	distinct := strings.Builder{}
	for i := 0; distinct.Len() < size; i++ {
		fmt.Fprintf(&distinct, "\naaaaaaaaaa,bbbbbbbbbb,cccccccccc,dddddddddd,%d", i)
	}
	return map[string]struct{ text, want string }{
		"line ends alone":          {fill("\n"), "the text is empty: not even a header is there"},
		"line ends after a row":    {header + "\na,b,c,d,e" + fill("\n"), ""},
		"line ends between rows":   {header + strings.Repeat("\na,b,c,d,e", 2*firstRows) + fill("\r\n"), ""},
		"commas":                   {fill(","), "line 1: a record has more than 1,000 cells"},
		"commas after a header":    {header + "\n" + fill(","), "line 2: a record has more than 1,000 cells"},
		"all delimiters":           {fill(",;\t"), "line 1: a record has more than 1,000 cells"},
		"one cell":                 {fill("x"), "line 1: a cell is longer than 1 MiB"},
		"one cell after a header":  {header + "\n" + fill("x"), "line 2: a cell is longer than 1 MiB"},
		"a quote that stays open":  {header + "\n\"" + fill("x\n"), "line 2: a cell is longer than 1 MiB, or its quote is never closed"},
		"doubled quotes":           {header + "\n\"" + fill(`""`), "line 2: a cell is longer than 1 MiB, or its quote is never closed"},
		"cells of doubled quotes":  {header + fill("\n"+strings.Repeat(`"""aaaaaaaa",`, 4)+`""""`), ""},
		"line ends in quotes":      {header + "\n" + fill("a,b,c,d,\""+strings.Repeat("\n", 1<<19)+"\"\n"), ""},
		"blanks":                   {"User , Server , Account , Privileges , Conditions\n" + fill("a,b,c,d,"+strings.Repeat(" ", 1<<19)+"\n"), ""},
		"a blank header":           {fill(strings.Repeat(" ", 1<<19) + ","), "line 1: a cell is longer than 1 MiB"},
		"a header of long cells":   {header + "," + fill(strings.Repeat("x", 1<<19)+","), "line 1: cell 6 of the header is longer than 1000 bytes"},
		"short rows":               {header + fill("\na,b,c,,"), "memory"},
		"rows with distinct texts": {header + distinct.String(), ""},
		"long headers":             {wide.String() + fill("\na,b,c,d,"+strings.Repeat(",", 900)), ""},
		"short rows with an extra": {header + ",x" + fill("\na,b,c,,,yyy"), "memory"},
	}
}

func TestDecodeIsBoundedByTheText(t *testing.T) {
	for name, test := range hostileTexts(8 << 20) {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			report, err := Decode(t.Context(), test.text, nil)
			runtime.ReadMemStats(&after)
			switch {
			case test.want == "" && err != nil:
				t.Errorf("got %v, want no error", err)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("got %.300v, want %s", err, test.want)
			}
			// The text itself is the fourth time its size.
			if got, most := after.TotalAlloc-before.TotalAlloc, uint64(3*len(test.text)+64<<20); got > most {
				t.Errorf("got %d MiB allocated for a text of %d MiB, want at most %d", got>>20, len(test.text)>>20, most>>20)
			}
			runtime.KeepAlive(report)
		})
	}
}

// countdown is a context that ends at the n-th look at it.
type countdown struct {
	context.Context

	looks, end int
}

func (c *countdown) Err() error {
	if c.looks++; c.end > 0 && c.looks >= c.end {
		return context.Canceled
	}
	return nil
}

// However long a text, its parts are read with a look at the context between
// them, and the first look that finds it ended is the last.
func TestDecodeEndsWithItsContext(t *testing.T) {
	for name, test := range hostileTexts(4 << 20) {
		t.Run(name, func(t *testing.T) {
			all := &countdown{Context: t.Context()}
			if _, err := Decode(all, test.text, nil); errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			if least := len(test.text) / checkEvery; all.looks < least {
				t.Errorf("got %d looks at the context, want at least %d", all.looks, least)
			}
			for _, end := range []int{1, all.looks / 2, all.looks - 1, all.looks} {
				ctx := &countdown{Context: t.Context(), end: max(1, end)}
				if _, err := Decode(ctx, test.text, nil); !errors.Is(err, context.Canceled) {
					t.Errorf("got %v after %d looks, want %v", err, end, context.Canceled)
				}
				if ctx.looks > ctx.end+3 {
					t.Errorf("got %d looks at a context that ended at look %d", ctx.looks, ctx.end)
				}
			}
		})
	}
}

func TestSortEndsWithItsContext(t *testing.T) {
	rows := make([]Row, 100_000)
	for i := range rows {
		rows[i].UserName = fmt.Sprint((i * 7919) % len(rows))
	}
	all := &countdown{Context: t.Context()}
	sorted := append([]Row(nil), rows...)
	if err := SortContext(all, sorted); err != nil || all.looks < 100 {
		t.Errorf("got %v after %d looks, want at least 100", err, all.looks)
	}
	for i := 1; i < len(sorted); i++ {
		if compare(&sorted[i-1], &sorted[i]) > 0 {
			t.Fatalf("row %d is not in its place", i)
		}
	}
	ctx := &countdown{Context: t.Context(), end: 50}
	if err := SortContext(ctx, rows); !errors.Is(err, context.Canceled) || ctx.looks > 52 {
		t.Errorf("got %v after %d looks, want %v", err, ctx.looks, context.Canceled)
	}
}

// checkBounds checks that a text, and the same many times over, is decoded
// without more memory and time than its size allows.
func checkBounds(t *testing.T, text string) {
	t.Helper()
	for _, text := range []string{text, strings.Repeat(text, 1+(64<<10)/(1+len(text)))} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		_, _ = Decode(t.Context(), text, nil)
		took := time.Since(start)
		runtime.ReadMemStats(&after)
		// A row takes 160 bytes and may be 8 bytes long.
		if got, most := after.TotalAlloc-before.TotalAlloc, uint64(64*len(text)+512<<10); got > most {
			t.Fatalf("got %d bytes allocated for %d bytes, want at most %d", got, len(text), most)
		}
		if most := time.Second + time.Duration(len(text))*10*time.Microsecond; took > most {
			t.Fatalf("got %v for %d bytes, want at most %v", took, len(text), most)
		}
	}
}
