package accessreport

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestExtra(t *testing.T) {
	if e := NewExtra(map[string]string{}); e != (Extra{}) || !e.IsZero() || e.Map() != nil || e.Len() != 0 {
		t.Errorf("no extra columns: got %v with %d, want the zero value", e.Map(), e.Len())
	}
	texts := rapid.MapOfN(rapid.StringOfN(rapid.SampledFrom([]rune("ab\x00\x80é")), 0, 4, -1), rapid.OneOf(rapid.String(), rapid.StringN(200, 300, -1)), 1, 5)
	rapid.Check(t, func(t *rapid.T) {
		first, second := texts.Draw(t, "first"), texts.Draw(t, "second")
		a, b := NewExtra(first), NewExtra(second)
		if diff := cmp.Diff(first, a.Map()); diff != "" || a.Len() != len(first) || a.IsZero() {
			t.Fatalf("%d columns: %s", a.Len(), diff)
		}
		var headers []string
		for header := range a.All() {
			headers = append(headers, header)
		}
		if want := slices.Sorted(maps.Keys(first)); !slices.Equal(headers, want) {
			t.Fatalf("got headers %q, want %q", headers, want)
		}
		if got, want := a == b, maps.Equal(first, second); got != want {
			t.Fatalf("equal: got %t, want %t", got, want)
		}
		if a != NewExtra(maps.Clone(first)) {
			t.Fatalf("the same texts make another Extra: %q", first)
		}
		if there, back := compareExtra(a, b), compareExtra(b, a); (there == 0) != (a == b) || there*back > 0 {
			t.Fatalf("got orders %d and %d", there, back)
		}
	})
}
