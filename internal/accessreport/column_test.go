package accessreport

import (
	"slices"
	"testing"
)

// Each column has its own name, spellings, cell, bit and place in the order.
func TestColumns(t *testing.T) {
	claimed := map[string]Column{}
	cells := map[*string]Column{}
	var row Row
	for c := range AllColumns() {
		own := columns[c].spellings[0]
		if normalize(columns[c].name) != own || normalize(columns[c].heading) != own {
			t.Errorf("%s: heading %q and first spelling %q are not the same name", c, columns[c].heading, own)
		}
		for _, spelling := range columns[c].spellings {
			if other, twice := claimed[spelling]; twice {
				t.Errorf("%q is a spelling of %s and of %s", spelling, other, c)
			}
			claimed[spelling] = c
		}
		if other, twice := cells[columns[c].cell(&row)]; twice {
			t.Errorf("%s and %s are the same field", other, c)
		}
		cells[columns[c].cell(&row)] = c
		if only := Columns(0).With(c); only == 0 || !only.Has(c) || only.Has((c+1)%columnCount) {
			t.Errorf("the set of %s alone is %b", c, only)
		}
		var more Row
		more.SetCell(c, "x")
		if compare(&row, &more) >= 0 || compare(&more, &row) <= 0 {
			t.Errorf("%s takes no part in sorting", c)
		}
	}
	for i, order := range orders {
		var places []int
		for c := range columnCount {
			if order.place[c] != absent {
				places = append(places, order.place[c])
			}
		}
		slices.Sort(places)
		for want, got := range places {
			if got != want || len(places) != order.width {
				t.Fatalf("order %d: got places %v of %d, want each once", i, places, order.width)
			}
		}
	}
}
