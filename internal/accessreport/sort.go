package accessreport

import (
	"context"
	"slices"
)

// Sort puts rows in the order of all their columns, so that the order in which
// a tenant writes them never shows as a change.
func Sort(rows []Row) { sortUnless(rows, func() bool { return false }) }

// SortContext sorts like Sort, but ends with the context and returns its error.
// The rows are then in their old order.
func SortContext(ctx context.Context, rows []Row) error {
	if !sortUnless(rows, func() bool { return ctx.Err() != nil }) {
		return ctx.Err()
	}
	return nil
}

// checkCompared is the number of comparisons between two checks for the end.
const checkCompared = 1024

// sortUnless sorts rows unless it is to end before that, and reports whether it did.
func sortUnless(rows []Row, end func() bool) bool {
	order := make([]int, len(rows)) // sorting the rows themselves would copy them all the time, and allocate
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
			return 0 // sorts the rest at once
		}
		return rows[a].compare(&rows[b])
	})
	if !ended {
		permute(rows, order)
	}
	return !ended
}

// permute puts at each place the row that order has there. It uses up order.
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
