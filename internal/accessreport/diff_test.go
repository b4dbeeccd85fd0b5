package accessreport

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// A letter represents a row.
func TestDiff(t *testing.T) {
	rows := func(letters string) (rows []Row) {
		for letter := range strings.SplitSeq(letters, "") {
			rows = append(rows, Row{UserName: letter})
		}
		return rows
	}
	letters := func(rows []Row) string {
		var b strings.Builder
		for _, row := range rows {
			b.WriteString(row.UserName)
		}
		return b.String()
	}
	for _, test := range []struct{ before, after, added, removed, unchanged string }{
		{"", "", "", "", ""},
		{"", "ba", "ab", "", ""},
		{"ba", "", "", "ab", ""},
		{"abc", "cba", "", "", "abc"},
		{"abc", "bcd", "d", "a", "bc"},
		{"a", "aaa", "aa", "", "a"},
		{"aabb", "abbb", "b", "a", "abb"},
	} {
		d := Diff(rows(test.before), rows(test.after))
		if got := []string{letters(d.Added), letters(d.Removed), letters(d.Unchanged)}; !slices.Equal(got, []string{test.added, test.removed, test.unchanged}) {
			t.Errorf("from %q to %q: got added, removed and unchanged %q, want %q", test.before, test.after, got, []string{test.added, test.removed, test.unchanged})
		}
	}
}

func TestDiffComparesEveryCell(t *testing.T) {
	for c := range columnCount {
		other := larry
		*other.cell(c) += " "
		if d := Diff([]Row{larry}, []Row{other}); len(d.Added) != 1 || len(d.Removed) != 1 || d.Unchanged != nil {
			t.Errorf("%s: got %+v, want one row added and one removed", c, d)
		}
	}
	empty, missing := larry, larry
	empty.UserType, missing.UserType, missing.MissingColumns = "", "", missing.MissingColumns.With(UserType)
	if d := Diff([]Row{empty}, []Row{missing}); len(d.Added) != 1 || len(d.Removed) != 1 {
		t.Errorf("got %+v, want a missing cell to differ from an empty one", d)
	}
	understood := larry
	understood.Requirements = Requirements{}
	if d := Diff([]Row{larry}, []Row{understood}); len(d.Unchanged) != 1 {
		t.Errorf("got %+v, want the requirements ignored", d)
	}
}

// The rows before are those removed and unchanged, the rows after are those added and
// unchanged, and no row is both added and removed.
func TestDiffIsExact(t *testing.T) {
	few := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Row {
		return Row{UserName: rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "user"), Conditions: rapid.SampledFrom([]string{"", "MFA"}).Draw(t, "conditions")}
	}), 0, 12)
	rapid.Check(t, func(t *rapid.T) {
		before, after := few.Draw(t, "before"), few.Draw(t, "after")
		d := Diff(before, after)
		for name, sides := range map[string][2][]Row{
			"before": {before, slices.Concat(d.Removed, d.Unchanged)},
			"after":  {after, slices.Concat(d.Added, d.Unchanged)},
		} {
			Sort(sides[0])
			Sort(sides[1])
			if diff := cmp.Diff(sides[0], sides[1]); diff != "" && len(sides[0])+len(sides[1]) > 0 {
				t.Fatalf("%s: %s", name, diff)
			}
		}
		for _, row := range d.Added {
			if slices.Contains(d.Removed, row) {
				t.Fatalf("got %+v added and removed, want one of them", row)
			}
		}
	})
}
