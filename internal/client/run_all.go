package client

import (
	"context"
	"sync"
	"time"
)

// RunAllOptions configures RunAll.
type RunAllOptions struct {
	// MaxAge is the maximum age of a report to reuse. If it is 0, all reports are created.
	MaxAge time.Duration
	// AsOf, if it is not nil, selects the newest report that was created at or before that
	// time. In this case, no report is created, and MaxAge is ignored.
	AsOf *time.Time
	// Check, if not nil, is called with the index of a subject and its completed report.
	// Calls can be concurrent. If Check returns an error for a report that MaxAge allows,
	// RunAll creates a new report. Otherwise, the error becomes Outcome.Err. The Result of
	// the outcome then has no CSV, so that not all of them are in memory until the end.
	Check func(ctx context.Context, i int, result *Result) error
}

// Outcome is the result of one report of RunAll. Exactly one of Result and Err is not nil.
type Outcome struct {
	Result *Result
	Err    error
}

// RunAll runs reports on many subjects at the same time, and returns their outcomes
// in the order of the subjects. A fatal error ends all runs that are not completed, and
// is their outcome (see IsFatal).
func (c *Client) RunAll(ctx context.Context, subjects []Subject, options RunAllOptions) []Outcome {
	outcomes := make([]Outcome, len(subjects))
	indexes := make([]int, len(subjects))
	for i := range indexes {
		indexes[i] = i
	}
	progress := &batchProgress{log: c.log, total: len(subjects)}
	defer progress.watch(ctx)()
	fatal := ForEach(ctx, indexes, func(ctx context.Context, i int) error {
		result, err := c.runChecked(ctx, subjects[i], i, options)
		outcomes[i] = Outcome{result, err}
		progress.ended(err)
		return err
	})
	for i, outcome := range outcomes {
		if fatal != nil && outcome.Err != nil {
			outcomes[i].Err = fatal
		}
	}
	return outcomes
}

// runChecked runs a report of RunAll.
func (c *Client) runChecked(ctx context.Context, s Subject, i int, options RunAllOptions) (*Result, error) {
	j := job{subject: s, maxAge: options.MaxAge}
	if options.AsOf != nil {
		j = job{subject: s, existing: true, asOf: options.AsOf.UTC()}
	}
	for ; ; j.maxAge = 0 {
		result, err := c.runShared(ctx, j)
		if err != nil {
			return nil, err
		}
		if options.Check != nil {
			err = options.Check(ctx, i, result)
		}
		switch {
		case err == nil && options.Check != nil:
			withoutCSV := *result // other calls may share the result
			withoutCSV.CSV = ""
			return &withoutCSV, nil
		case err == nil:
			return result, nil
		case !result.Reused || j.maxAge == 0:
			return nil, err
		}
	}
}

// ForEach calls do for all elements concurrently, and returns when all calls have
// returned. A fatal error cancels the other calls and is returned. The limits of the
// client bound how many requests are sent at the same time.
func ForEach[T any](ctx context.Context, elements []T, do func(context.Context, T) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wait sync.WaitGroup
	for _, element := range elements {
		wait.Go(func() {
			if err := do(ctx, element); IsFatal(err) {
				cancel(err)
			}
		})
	}
	wait.Wait()
	if cause := context.Cause(ctx); IsFatal(cause) {
		return cause
	}
	return nil
}
