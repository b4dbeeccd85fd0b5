package accessreport

import (
	"maps"
	"testing"

	"pgregory.net/rapid"
)

func TestExtra(t *testing.T) {
	cells := rapid.MapOfN(rapid.String(), rapid.String(), 0, 4)
	rapid.Check(t, func(t *rapid.T) {
		first, second := cells.Draw(t, "first"), cells.Draw(t, "second")
		a, b := NewExtra(first), NewExtra(second)
		if got := maps.Collect(a.All()); !maps.Equal(got, first) || a.Len() != len(first) {
			t.Fatalf("got %q, want %q", got, first)
		}
		if got, want := a == b, maps.Equal(first, second); got != want || (a.compare(b) == 0) != want {
			t.Fatalf("%q == %q: got %t, order %d, want %t", first, second, got, a.compare(b), want)
		}
		if got, want := a.compare(b), -b.compare(a); got != want {
			t.Fatalf("order of %q and %q: got %d, want %d", first, second, got, want)
		}
	})
}
