package client

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"time"
)

// Result is a finished report and what it says.
type Result struct {
	Report Report
	// CSV is the text as downloaded, in UTF-8; "" for a report that OPA calls
	// empty, of which there is nothing to download.
	CSV string
}

// Run makes a report on the subject, waits until OPA has generated it and
// downloads it. Those who ask for the same at the same time get the same report.
//
// The context ends a run at any point, with an *InterruptedError.
func (c *Client) Run(ctx context.Context, s Subject) (*Result, error) {
	started := time.Now()
	kept, _ := c.running.LoadOrStore(s, new(progress))
	progress := kept.(*progress) //nolint:forcetypeassert,errcheck // nothing else is kept there
	result, _, err := c.runs.Do(ctx, s, func(ctx context.Context) (*Result, error) {
		progress.at(Report{})
		return c.run(withProgress(ctx, progress), s)
	})
	if ctx.Err() != nil && err != nil {
		report, failure := progress.last()
		return nil, &InterruptedError{Report: report, Elapsed: time.Since(started), Last: failure, Err: ctx.Err()}
	}
	return result, err
}

func (c *Client) run(ctx context.Context, s Subject) (*Result, error) {
	select {
	case c.pending <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	report, err := c.generate(ctx, s)
	<-c.pending
	if err != nil {
		return nil, err
	}
	result := &Result{Report: report}
	if report.Status == StatusCompleted {
		if result.CSV, err = c.downloadReport(ctx, report.ID); err != nil {
			return nil, fmt.Errorf("downloading report %s: %w", report.ID, err)
		}
	}
	return result, nil
}

// generate makes a report and waits for its end. For a report that ends in
// ERROR, which comes without a reason, one more is made.
func (c *Client) generate(ctx context.Context, s Subject) (Report, error) {
	known := map[string]bool{}
	for {
		report, err := c.create(ctx, s, known)
		if err != nil {
			return Report{}, fmt.Errorf("creating a report: %w", err)
		}
		known[report.ID] = true
		if report, err = c.wait(ctx, s, report); err != nil {
			return Report{}, fmt.Errorf("waiting for report %s: %w", report.ID, err)
		}
		switch {
		case report.Status != StatusError:
			return report, nil
		case len(known) > 1:
			return Report{}, &ReportFailedError{Report: report}
		}
	}
}

// create makes one report. Where the answer was lost, the report may be there
// all the same: it is looked for in the list before one more is made.
func (c *Client) create(ctx context.Context, s Subject, known map[string]bool) (Report, error) {
	for again := false; ; again = true {
		started := time.Now()
		report, _, err := c.createReport(ctx, s)
		if err == nil || !lost(err) || ctx.Err() != nil {
			return report, err
		}
		c.log.LogAttrs(ctx, slog.LevelWarn, "The answer to the creation of a report was lost; looking for the report", slog.String("error", err.Error()))
		if err := sleep(ctx, between(500*time.Millisecond, time.Second)); err != nil {
			return Report{}, err
		}
		report, found, listErr := c.findReport(ctx, s, started, known)
		switch {
		case listErr != nil:
			return Report{}, fmt.Errorf("%w; looking whether the report was made all the same: %w", err, listErr)
		case found:
			return report, nil
		case again:
			return Report{}, err
		}
	}
}

// lost says whether a creation that failed may have made a report.
func lost(err error) bool {
	if _, ok := errors.AsType[*SignInError](err); ok {
		return false
	}
	if silent, ok := errors.AsType[*NoAnswerError](err); ok {
		return silent.Sent
	}
	if refused := refusal(err); refused != nil {
		return slices.Contains(passing, refused.StatusCode)
	}
	_, garbled := errors.AsType[*ProtocolError](err)
	return garbled
}

// wait looks at a report until it is done. A status that is not known is waited
// on like one of those that pass.
func (c *Client) wait(ctx context.Context, s Subject, report Report) (Report, error) {
	started := time.Now()
	var hint time.Duration
	for {
		if progressOf(ctx).at(report) {
			c.log.LogAttrs(ctx, slog.LevelInfo, "Access report changed its status",
				slog.String("report_id", report.ID), slog.String("status", report.Status),
				slog.Int64("elapsed_ms", time.Since(started).Milliseconds()))
		}
		if report.Done() {
			return report, nil
		}
		if err := sleep(ctx, max(hint, pause(time.Since(started)))); err != nil {
			return report, err
		}
		next, asked, err := c.getReport(ctx, s, report.ID)
		if err != nil {
			return report, err
		}
		if next.ID != report.ID {
			return report, protocolErrorf("it is about report %s", c.secrets.clean(next.ID))
		}
		report, hint = next, asked
	}
}

// The pauses between two looks at a report.
const (
	firstPause = 400 * time.Millisecond
	maxPause   = 20 * time.Second
	// A pause is this part of the time waited so far: a report is noticed on
	// average within half of it after its end, however long it took, and the
	// number of looks grows with the logarithm of the time only.
	pauseShare = 0.165
)

// pause is how long to wait until the next look at a report that has been
// waited for so long. It is a fifth shorter or longer at random, so that many
// who wait do not look at the same time.
func pause(waited time.Duration) time.Duration {
	share := time.Duration(float64(waited) * pauseShare * (0.8 + 0.4*rand.Float64()))
	return min(max(share, firstPause-waited, 50*time.Millisecond), maxPause)
}
