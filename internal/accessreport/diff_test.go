package accessreport

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// A letter stands for a row.
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
			t.Errorf("from %q to %q: added, removed, unchanged are %q", test.before, test.after, got)
		}
	}
}

func TestDiffComparesEveryCell(t *testing.T) {
	for c := range columnCount {
		other := larry
		*other.cell(c) += " "
		if d := Diff([]Row{larry}, []Row{other}); len(d.Added) != 1 || len(d.Removed) != 1 || d.Unchanged != nil {
			t.Errorf("%s: %+v", c, d)
		}
	}
	empty, lacking := larry, larry
	empty.UserType, lacking.UserType, lacking.MissingColumns = "", "", lacking.MissingColumns.With(UserType)
	if d := Diff([]Row{empty}, []Row{lacking}); len(d.Added) != 1 || len(d.Removed) != 1 {
		t.Errorf("null is not empty: %+v", d)
	}
	understood := larry
	understood.Requirements = Requirements{}
	if d := Diff([]Row{larry}, []Row{understood}); len(d.Unchanged) != 1 {
		t.Errorf("what is understood of a cell is no cell: %+v", d)
	}
}

// What is removed and what is unchanged was there before, what is added and what
// is unchanged is there after; and no row is both added and removed.
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
				t.Fatalf("%+v is added and removed", row)
			}
		}
	})
}
