package client

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// The statuses of a report (API.md, report-status). The last three are final. Before,
// a report has one of the others, or one that is not documented.
const (
	StatusCreated    = "CREATED"
	StatusInProgress = "IN PROGRESS"

	StatusError     = "ERROR"
	StatusCompleted = "COMPLETED"
	StatusEmpty     = "COMPLETED_BUT_EMPTY"
)

// Kind is the kind of a subject.
type Kind string

// The two kinds of subjects.
const (
	UserSubject     Kind = "user"
	ResourceSubject Kind = "resource"
)

// Subject is the subject of a report and the type of resources that it covers.
type Subject struct {
	Kind         Kind
	ID           string
	ResourceType string // such as server
}

// same reports whether two subjects are the same. Ids are UUIDs, so case does not
// matter. A resource type that the other does not have matches any.
func (s Subject) same(other Subject) bool {
	return s.Kind == other.Kind && strings.EqualFold(s.ID, other.ID) &&
		(other.ResourceType == "" || strings.EqualFold(s.ResourceType, other.ResourceType))
}

// target is the body of a create request, and the form of a report's details
// (API.md, create-body, report-details).
type target struct {
	User     *subjectFields `json:"user,omitempty"`
	Resource *subjectFields `json:"resource,omitempty"`
}

// subjectFields has both keys of the type: which one is used differs by kind.
type subjectFields struct {
	ID                 string `json:"id"`
	ResourceTypeFilter string `json:"resource_type_filter,omitempty"`
	ResourceType       string `json:"resource_type,omitempty"`
}

func (s Subject) target() target {
	if s.Kind == UserSubject {
		return target{User: &subjectFields{ID: s.ID, ResourceTypeFilter: s.ResourceType}}
	}
	return target{Resource: &subjectFields{ID: s.ID, ResourceType: s.ResourceType}}
}

func (t target) subject() Subject {
	switch {
	case t.User != nil && t.User.ID != "":
		return Subject{Kind: UserSubject, ID: t.User.ID, ResourceType: t.User.ResourceTypeFilter}
	case t.Resource != nil && t.Resource.ID != "":
		return Subject{Kind: ResourceSubject, ID: t.Resource.ID, ResourceType: t.Resource.ResourceType}
	}
	return Subject{}
}

// ambiguous reports whether the subject may be either of two.
func (t target) ambiguous() bool {
	return t.User != nil && t.User.ID != "" && t.Resource != nil && t.Resource.ID != ""
}

// Report is a report as the API returns it. Any field may be missing
// (API.md, report-fields).
type Report struct {
	ID        string `json:"id"`
	Details   target `json:"details"`
	Status    string `json:"status"`
	CreatedAt string `json:"created_at"` // RFC 3339, as the API writes it
	UpdatedAt string `json:"updated_at"`
	DeletedAt string `json:"deleted_at"`
}

func (r Report) key() string { return strings.ToLower(r.ID) }

// newer returns the more recent of two copies of a report: a final status does not change, whatever a later page contains.
func (r Report) newer(later Report) Report {
	if isDeleted(r.DeletedAt) || r.Done() && !later.Done() && !isDeleted(later.DeletedAt) {
		return r
	}
	return later
}

// Done reports whether the status is final.
func (r Report) Done() bool {
	return r.Status == StatusError || r.Status == StatusCompleted || r.Status == StatusEmpty
}

// about reports whether the subject of the report is s, or is not known.
func (r Report) about(s Subject) bool {
	reported := r.Subject()
	return s == Subject{} || reported.ID == "" || s.same(reported)
}

// Subject returns the subject of the report, or the zero value if it is not known.
func (r Report) Subject() Subject { return r.Details.subject() }

// Created returns when the report was created, and whether that is known.
func (r Report) Created() (time.Time, bool) {
	created, err := time.Parse(time.RFC3339, r.CreatedAt)
	return created, err == nil
}

// MaxClockDifference is the maximum difference between the server's clocks. A report that is
// further in the future is not reused (API.md, report-clock).
const MaxClockDifference = 5 * time.Minute

// isFuture reports whether a time is later than now, the server's time.
func isFuture(t, now time.Time) bool { return t.After(now.Add(MaxClockDifference)) }

// createReport requests a new report. If it fails, the report may exist nevertheless.
func (r *run) createReport(ctx context.Context, s Subject) (Report, time.Duration, error) {
	return r.report(ctx, s, request{
		method:    http.MethodPost,
		url:       r.path("access_reports"),
		body:      s.target(),
		once:      true,
		retryable: []int{http.StatusConflict}, // possibly too many at a time (API.md, report-concurrency)
	})
}

// getReport returns the current state of a report. The subject is zero if it is not
// known. A 404 may be retryable, because a new report may not be visible yet
// (API.md, report-read-lag).
func (r *run) getReport(ctx context.Context, s Subject, id string, retryable ...int) (Report, time.Duration, error) {
	return r.report(ctx, s, request{method: http.MethodGet, url: r.path("access_reports", id), poll: true, retryable: retryable})
}

// report sends a request whose response is a report on the subject. It also returns
// the delay before the next request that the server requested.
func (r *run) report(ctx context.Context, s Subject, req request) (Report, time.Duration, error) {
	req.progress = r.progress
	resp, err := r.do(ctx, req)
	if err != nil {
		return Report{}, 0, err
	}
	var report Report
	if err := resp.decodeJSON(&report); err != nil {
		return Report{}, 0, err
	}
	switch {
	case report.ID == "":
		return Report{}, 0, protocolErrorf("the report has no ID")
	case report.Details.ambiguous():
		return Report{}, 0, protocolErrorf("the report is about both a user and a resource")
	case !report.about(s):
		return Report{}, 0, &ProtocolError{Problem: fmt.Sprintf("report %s is about another subject", r.secrets.redact(report.ID)), complete: true}
	}
	return report, resp.retryAfter, nil
}

// downloadReport returns the CSV of a completed report.
func (r *run) downloadReport(ctx context.Context, id string, retryable ...int) (string, error) {
	return r.download(ctx, request{url: r.path("access_reports", id, "report"), retryable: retryable})
}

// download requests a CSV.
func (r *run) download(ctx context.Context, q request) (string, error) {
	q.method, q.accept, q.progress = http.MethodGet, mediaCSV, r.progress
	resp, err := r.do(ctx, q)
	if err != nil {
		return "", err
	}
	return resp.text(ctx)
}

// result returns a completed report with its CSV.
func (r *run) result(ctx context.Context, report Report, retryable ...int) (*Result, error) {
	result := &Result{Report: report, Summary: r.secrets.report(report), secrets: &r.secrets}
	if report.Status == StatusCompleted {
		var err error
		if result.CSV, err = r.downloadReport(ctx, report.ID, retryable...); err != nil {
			return nil, fmt.Errorf("downloading report %s: %w", r.secrets.redact(report.ID), err)
		}
	}
	return result, nil
}
