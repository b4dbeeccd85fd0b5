package client

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"time"
)

// maxCreates is the maximum number of create requests for one report if responses
// are lost (API.md, create-not-idempotent). A report cannot be deleted.
const maxCreates = 2

// create creates a report. It also returns the delay before the first poll that the
// server requested. known has ids of reports that the new one cannot be. If the
// response is lost, the report may exist: create searches the list of reports for it
// before it sends the request again.
func (r *run) create(ctx context.Context, s Subject, known map[string]bool) (Report, time.Duration, error) {
	q := &search{subject: s, since: time.Now(), known: maps.Clone(known), listed: map[string]bool{}}
	for sent := 1; ; sent++ { // findCreated waits
		report, retryAfter, err := r.createReport(ctx, s)
		if err == nil || !mayHaveCreated(err) || ctx.Err() != nil {
			return report, retryAfter, err
		}
		r.log.LogAttrs(ctx, slog.LevelWarn, "The response to the creation of a report was lost; looking for the report", slog.String("error", err.Error()))
		report, found, searchErr := r.findCreated(ctx, q, retryAfterOf(err))
		switch {
		case found:
			return report, 0, nil
		case searchErr != nil:
			return Report{}, 0, fmt.Errorf("%w; checking whether OPA created the report nevertheless: %w", err, searchErr)
		case sent == maxCreates:
			return Report{}, 0, fmt.Errorf("%w; the request was sent %d times, and the list of reports shows no new report on the subject", err, sent)
		}
		q.markResent()
	}
}

// retryAfterOf returns the Retry-After delay of an error response.
func retryAfterOf(err error) time.Duration {
	if apiErr := asAPIError(err); apiErr != nil {
		return apiErr.retryAfter
	}
	return 0
}

// mayHaveCreated reports whether a failed create may have created a report.
func mayHaveCreated(err error) bool {
	if _, ok := errors.AsType[*SignInError](err); ok {
		return false
	}
	if noResponse, ok := errors.AsType[*NoResponseError](err); ok {
		return noResponse.Sent
	}
	if apiErr := asAPIError(err); apiErr != nil {
		return slices.Contains(retryableStatuses, apiErr.StatusCode)
	}
	protocolErr, ok := errors.AsType[*ProtocolError](err)
	return ok && !protocolErr.complete
}

// search is the search for the report of a create whose response was lost.
type search struct {
	subject Subject
	since   time.Time       // when the create was first sent, by our clock
	known   map[string]bool // keys of reports that it cannot be
	listed  map[string]bool // keys of all reports that were listed since
	// listedBefore are the keys that were listed before the create was sent again; nil
	// until then. What is listed later, and was not listed before, is new.
	listedBefore map[string]bool
}

// markResent records that the create request is sent again.
func (q *search) markResent() {
	q.listedBefore = q.listed
	q.listed = map[string]bool{}
}

// searchDelays are the delays after which the list of reports is read, because it may
// lag (API.md, report-list-lag).
var searchDelays = []time.Duration{500 * time.Millisecond, time.Second, 2 * time.Second, 3 * time.Second, 4 * time.Second}

// findCreated reads the list of reports until it has the report, at most once for
// each of searchDelays.
func (r *run) findCreated(ctx context.Context, q *search, retryAfter time.Duration) (report Report, found bool, err error) {
	waitErr := repeat(ctx, func(n int) waiter {
		if n > 1 { // before, the list cannot have the report yet
			listing, listErr := r.listReports(ctx, r.progress)
			if err = listErr; err == nil {
				report, found, err = r.pick(ctx, q, listing)
			}
			if found || err != nil || n > len(searchDelays) {
				return nil
			}
			retryAfter = 0
		}
		delay := searchDelays[n-1]
		return after(max(retryAfter, randomBetween(delay, delay*5/4)))
	})
	if waitErr != nil {
		return Report{}, false, waitErr
	}
	return report, found, err
}

// maxCandidates is the maximum number of reports to read one by one after the list.
const maxCandidates = 10

// pick returns the newest report of a list that the create must have made.
func (r *run) pick(ctx context.Context, q *search, list listing) (Report, bool, error) {
	candidates, err := r.completeCandidates(ctx, q.candidates(list))
	if err != nil {
		return Report{}, false, err
	}
	var dated, undated []Report
	for _, report := range candidates {
		_, isDated := report.Created()
		switch {
		case !q.isNew(report, list.date):
			if report.Done() {
				q.known[report.key()] = true // it does not change any more
			}
		case isDated:
			dated = append(dated, report)
		default:
			undated = append(undated, report)
		}
	}
	switch {
	case len(dated) > 0:
		return slices.MaxFunc(dated, compareCreated), true, nil
	case len(undated) == 1, len(undated) > 1 && q.listedBefore != nil:
		return undated[0], true, nil
	}
	return Report{}, false, nil // none, or several without a date, some of which may be old
}

// completeCandidates returns the reports with the fields that the list does not have.
// It reads at most maxCandidates reports and omits the others that have missing fields.
func (r *run) completeCandidates(ctx context.Context, candidates []Report) ([]Report, error) {
	var complete []Report
	reads := 0
	for _, report := range candidates {
		if report.Subject().ID != "" && report.CreatedAt != "" {
			complete = append(complete, report)
			continue
		}
		reads++
		if reads > maxCandidates {
			continue
		}
		full, _, err := r.getReport(ctx, Subject{}, report.ID)
		switch {
		case isStatus(err, http.StatusNotFound):
		case err != nil:
			return nil, err
		case full.key() != report.key():
			return nil, protocolErrorf("the response is about report %s", r.secrets.redact(full.ID))
		default:
			complete = append(complete, full)
		}
	}
	return complete, nil
}

// compareCreated compares two reports by the time of their creation.
func compareCreated(a, b Report) int {
	createdA, _ := a.Created()
	createdB, _ := b.Created()
	return createdA.Compare(createdB)
}

// candidates returns the reports of a list that the create may have made, judged by the
// fields that they have. Unfinished reports come first.
func (q *search) candidates(list listing) []Report {
	var unfinished, finished []Report
	for _, report := range list.reports {
		key := report.key()
		q.listed[key] = true
		reported := report.Subject()
		_, isDated := report.Created()
		switch {
		case q.known[key], q.listedBefore[key], isDeleted(report.DeletedAt):
		case reported.ID != "" && !q.subject.same(reported), isDated && !q.isRecent(report, list.date):
		case report.Done():
			finished = append(finished, report)
		default:
			unfinished = append(unfinished, report)
		}
	}
	return append(unfinished, finished...)
}

// isNew reports whether a report is about the subject and was created by the request,
// or by another client at the same time.
func (q *search) isNew(report Report, now time.Time) bool {
	return !isDeleted(report.DeletedAt) && q.subject.same(report.Subject()) && q.isRecent(report, now)
}

// The clock of reports and the one of the Date header may differ (API.md, report-clock).
const (
	// One second because the Date header has no fraction, and one for servers whose
	// clocks differ a little.
	clockTolerance = 2 * time.Second
	// A report that is still in progress shows the current access, even if its date is
	// before the request.
	unfinishedTolerance = time.Minute
	// A report that was not listed before is new if its date is at most an hour before
	// the request.
	unlistedTolerance = time.Hour
)

// isRecent reports whether a report was created since the create was first sent. now
// is the server's time. A finished report that is older might show outdated access: a
// second report is better than an old one that is presented as new.
func (q *search) isRecent(report Report, now time.Time) bool {
	created, ok := report.Created()
	if !ok {
		return q.listedBefore != nil || report.Status == StatusCreated || report.Status == StatusInProgress
	}
	tolerance := clockTolerance
	switch {
	case q.listedBefore != nil:
		tolerance = unlistedTolerance
	case !report.Done():
		tolerance = unfinishedTolerance
	}
	return !created.Before(now.Add(-time.Since(q.since)-tolerance)) && !isFuture(created, now)
}
