package client

import (
	"context"
	"sync"
	"time"
)

// RunAllOptions are the options of RunAll.
type RunAllOptions struct {
	// MaxAge is the maximum age of a report to reuse; 0 to create all reports.
	MaxAge time.Duration
	// Check is called with the index of a subject and its report as soon as that is
	// completed, concurrently with others; nil for none. If it returns an error for a
	// reused report, RunAll creates a new one. Otherwise the error is the outcome.
	Check func(ctx context.Context, i int, result *Result) error
}

// Outcome is the result of one report of RunAll: either Result or Err is nil.
type Outcome struct {
	Result *Result
	Err    error
}

// RunAll runs reports on many subjects at the same time, and returns their outcomes
// in the order of the subjects. It polls them together, so that they are not all
// polled continuously. A fatal error ends all runs that are not completed, and is
// their outcome (see IsFatal).
func (c *Client) RunAll(ctx context.Context, subjects []Subject, options RunAllOptions) []Outcome {
	var together *batch
	if len(subjects) > 1 {
		together = newBatch()
	}
	outcomes := make([]Outcome, len(subjects))
	places := make([]int, len(subjects))
	for i := range places {
		places[i] = i
	}
	fatal := ForEach(ctx, places, func(ctx context.Context, i int) error {
		result, err := c.runChecked(ctx, subjects[i], i, options, together)
		outcomes[i] = Outcome{result, err}
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
func (c *Client) runChecked(ctx context.Context, s Subject, i int, options RunAllOptions, together *batch) (*Result, error) {
	for maxAge := options.MaxAge; ; maxAge = 0 {
		result, err := c.runShared(ctx, job{subject: s, maxAge: maxAge}, together)
		if err != nil {
			return nil, err
		}
		if options.Check != nil {
			err = options.Check(ctx, i, result)
		}
		switch {
		case err == nil:
			return result, nil
		case !result.Reused || maxAge == 0:
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
