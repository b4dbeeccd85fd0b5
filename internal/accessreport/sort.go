package accessreport

import (
	"context"
	"slices"
)

// Sort sorts rows by all their columns, so that a change of the order in the report is
// not a change of the result (API.md, csv-row-order).
func Sort(rows []Row) { sortUnless(rows, func() bool { return false }) }

// SortContext sorts like Sort. If the context ends, it returns its error and leaves the
// rows unchanged.
func SortContext(ctx context.Context, rows []Row) error {
	if !sortUnless(rows, func() bool { return ctx.Err() != nil }) {
		return ctx.Err()
	}
	return nil
}

// checkCompared is the number of comparisons between two checks of the context.
const checkCompared = 1024

// sortUnless sorts rows, unless end returns true before, and reports whether it sorted.
func sortUnless(rows []Row, end func() bool) bool {
	order := make([]int, len(rows)) // sorting the rows themselves would copy them often, and allocate
	for i := range order {
		order[i] = i
	}
	compared, ended := 0, false
	slices.SortFunc(order, func(a, b int) int {
		compared++
		if compared%checkCompared == 0 && !ended {
			ended = end()
		}
		if ended {
			return 0 // ends the sort
		}
		return rows[a].compare(&rows[b])
	})
	if !ended {
		permute(rows, order)
	}
	return !ended
}

// permute moves to each index i the row at order[i]. It overwrites order.
func permute(rows []Row, order []int) {
	for start := range order {
		if order[start] == start {
			continue
		}
		first := rows[start]
		for to := start; ; {
			from := order[to]
			order[to] = to
			if from == start {
				rows[to] = first
				break
			}
			rows[to] = rows[from]
			to = from
		}
	}
}
