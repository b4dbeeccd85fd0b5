package accessreport

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"testing"
)

// manyRows returns n unsorted rows.
func manyRows(n int) []Row {
	rows := make([]Row, n)
	for i := range rows {
		rows[i] = larry
		rows[i].ResourceName = strconv.Itoa(i * 7919 % n)
	}
	return rows
}

func TestSortStopsWithItsContext(t *testing.T) {
	rows := manyRows(100_000)
	all := &steps{Context: t.Context()}
	all.left.Store(1 << 40)
	sorted := slices.Clone(rows)
	if err := SortContext(all, sorted); err != nil {
		t.Fatal(err)
	}
	if checks := 1<<40 - all.left.Load(); checks < 100 {
		t.Errorf("got %d checks of the context, want at least 100", checks)
	}
	if !slices.IsSortedFunc(sorted, func(a, b Row) int { return a.compare(&b) }) {
		t.Error("got unsorted rows, want them sorted")
	}
	ended := &steps{Context: t.Context()}
	ended.left.Store(50)
	unsorted := slices.Clone(rows)
	if err := SortContext(ended, unsorted); !errors.Is(err, context.Canceled) || !slices.Equal(unsorted, rows) {
		t.Errorf("got %v, want %v and unchanged rows", err, context.Canceled)
	}
}

// Comparing rows does not allocate.
func TestSortAllocatesLittle(t *testing.T) {
	rows := manyRows(10_000)
	if got := testing.AllocsPerRun(2, func() { Sort(slices.Clone(rows)) }); got > 100 {
		t.Errorf("got %.0f allocations for 10,000 rows, want at most 100", got)
	}
}

func BenchmarkSort(b *testing.B) {
	rows := manyRows(100_000)
	b.ReportAllocs()
	for b.Loop() {
		Sort(slices.Clone(rows))
	}
}
