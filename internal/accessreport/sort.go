package accessreport

import (
	"context"
	"slices"
)

// Sort puts rows in the order of all their columns, so that the order in which
// a tenant writes them never shows as a change.
func Sort(rows []Row) {
	_ = SortContext(context.Background(), rows) // which never ends
}

// SortContext is Sort, but returns the error of ctx soon after it has ended. The
// rows are then in any order.
func SortContext(ctx context.Context, rows []Row) error {
	order := make([]int, len(rows)) // sorting rows themselves would copy them all the time
	for i := range order {
		order[i] = i
	}
	compared, ended := 0, false
	slices.SortFunc(order, func(a, b int) int {
		if compared++; compared%checkCompared == 0 && !ended {
			ended = ctx.Err() != nil
		}
		if ended {
			return 0 // sorts the rest at once
		}
		return compare(&rows[a], &rows[b])
	})
	if ended {
		return ctx.Err() //nolint:wrapcheck // callers compare it
	}
	permute(rows, order)
	return nil
}

// checkCompared is how many comparisons are made between two looks at the context.
const checkCompared = 1024

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
