package accessreport

// Difference is how rows have changed: each part sorted, and each row in it as
// often as it counts.
type Difference struct {
	Added     []Row // only after
	Removed   []Row // only before
	Unchanged []Row // in both
}

// Diff compares rows by all their cells, in any order. A row that stands several
// times counts as often: one that stood once and now stands three times was
// added twice. A cell that a row lacks differs from an empty one.
func Diff(before, after []Row) Difference {
	left := make(map[Row]int, len(before)) // of before, how many are not in after
	for _, row := range before {
		left[identity(row)]++
	}
	var d Difference
	for _, row := range after {
		if id := identity(row); left[id] > 0 {
			left[id]--
			d.Unchanged = append(d.Unchanged, row)
		} else {
			d.Added = append(d.Added, row)
		}
	}
	for _, row := range before {
		if id := identity(row); left[id] > 0 {
			left[id]--
			d.Removed = append(d.Removed, row)
		}
	}
	Sort(d.Added)
	Sort(d.Removed)
	Sort(d.Unchanged)
	return d
}

// identity is a row without what is only understood of its cells.
func identity(row Row) Row {
	row.Requirements = Requirements{}
	return row
}
