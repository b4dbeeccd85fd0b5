package accessreport

// Difference is the difference between two lists of rows. Each part is sorted and
// contains duplicates.
type Difference struct {
	Added     []Row // only after
	Removed   []Row // only before
	Unchanged []Row // in both
}

// Diff compares rows by all their cells, in any order. Duplicates count: a row that
// occurred once and now occurs three times was added twice. A missing cell differs from
// an empty one.
func Diff(before, after []Row) Difference {
	left := make(map[Row]int, len(before)) // rows of before that are not matched by after
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

// identity returns a row with its cells only, so that == compares cells.
func identity(row Row) Row {
	row.Requirements, row.SubjectID = Requirements{}, ""
	return row
}
