package client

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// The statuses of a report (section 1.2). It ends in one of the last three. Before,
// it has one of the others, or one that is not documented.
const (
	StatusCreated    = "CREATED"
	StatusInProgress = "IN PROGRESS"

	StatusError     = "ERROR"
	StatusCompleted = "COMPLETED"
	StatusEmpty     = "COMPLETED_BUT_EMPTY"
)

// Kind is what a report is about.
type Kind string

// The two kinds of subjects.
const (
	UserSubject     Kind = "user"
	ResourceSubject Kind = "resource"
)

// Subject is whom or what a report is about, and which type of resources it covers.
type Subject struct {
	Kind         Kind
	ID           string
	ResourceType string // such as server
}

// same compares subjects: ids are UUIDs, whose case means nothing. What the
// other does not tell is not held against it, but for its id.
func (s Subject) same(other Subject) bool {
	return s.Kind == other.Kind && strings.EqualFold(s.ID, other.ID) &&
		(other.ResourceType == "" || strings.EqualFold(s.ResourceType, other.ResourceType))
}

// target is the body that asks for a report, and what a report repeats of it in
// its details (section 1.1).
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

// Report is what the API says of a report (section 1.2). Everything may be missing.
type Report struct {
	ID        string `json:"id"`
	Details   target `json:"details"`
	Status    string `json:"status"`
	CreatedAt string `json:"created_at"` // RFC 3339, as the API writes it
	UpdatedAt string `json:"updated_at"`
	DeletedAt string `json:"deleted_at"`
}

func (r Report) key() string { return strings.ToLower(r.ID) }

// newer returns which of two copies is nearer to the report's end: a status that
// is final does not change any more, whatever a page that was read later says.
func (r Report) newer(later Report) Report {
	if isDeleted(r.DeletedAt) || r.Done() && !later.Done() && !isDeleted(later.DeletedAt) {
		return r
	}
	return later
}

// Done says whether the report's status is one that does not change any more.
func (r Report) Done() bool {
	return r.Status == StatusError || r.Status == StatusCompleted || r.Status == StatusEmpty
}

// about says whether the report is about the subject, as far as the report tells.
func (r Report) about(s Subject) bool {
	told := r.Subject()
	return s == Subject{} || told.ID == "" || s.same(told)
}

// Subject is what the report is about; zero where the report does not tell.
func (r Report) Subject() Subject { return r.Details.subject() }

// Created is when the report was made, and whether it tells.
func (r Report) Created() (time.Time, bool) {
	created, err := time.Parse(time.RFC3339, r.CreatedAt)
	return created, err == nil
}

// isFuture reports whether a report cannot have been created by now, the server's
// time: its clocks may differ, but not by that much.
func isFuture(created, now time.Time) bool { return created.After(now.Add(5 * time.Minute)) }

// createReport asks for a new report. What fails may still have made one.
func (c *Client) createReport(ctx context.Context, s Subject) (Report, time.Duration, error) {
	return c.report(ctx, s, request{
		method:  http.MethodPost,
		url:     c.path("access_reports"),
		body:    s.target(),
		once:    true,
		passing: []int{http.StatusConflict}, // too many at a time, perhaps (section 10, row 14)
	})
}

// getReport asks where a report stands. The subject is zero where it is not
// known. A 404 may be among the statuses that pass: a report that was just made
// may not be known everywhere yet.
func (c *Client) getReport(ctx context.Context, s Subject, id string, passing ...int) (Report, time.Duration, error) {
	return c.report(ctx, s, request{method: http.MethodGet, url: c.path("access_reports", id), passing: passing})
}

// report makes a request that is answered with a report on the subject, and
// gives with it the pause that the server asks for before the next.
func (c *Client) report(ctx context.Context, s Subject, r request) (Report, time.Duration, error) {
	answer, err := c.do(ctx, r)
	if err != nil {
		return Report{}, 0, err
	}
	var report Report
	if err := answer.decodeJSON(&report); err != nil {
		return Report{}, 0, err
	}
	switch {
	case report.ID == "":
		return Report{}, 0, protocolErrorf("a report without an id")
	case report.Details.ambiguous():
		return Report{}, 0, protocolErrorf("a report on both a user and a resource")
	case !report.about(s):
		return Report{}, 0, &ProtocolError{Problem: fmt.Sprintf("report %s is about another subject", c.secrets.redact(report.ID)), whole: true}
	}
	return report, answer.retryAfter, nil
}

// downloadReport gives the CSV of a report that is complete.
func (c *Client) downloadReport(ctx context.Context, id string, passing ...int) (string, error) {
	answer, err := c.do(ctx, request{method: http.MethodGet, url: c.path("access_reports", id, "report"), accept: mediaCSV, passing: passing})
	if err != nil {
		return "", err
	}
	return answer.text(ctx)
}

// result is a finished report with what it says. Among the statuses that pass
// may be those by which a file lags behind its report's status.
func (c *Client) result(ctx context.Context, report Report, passing ...int) (*Result, error) {
	result := &Result{Report: report, Summary: c.secrets.report(report), secrets: &c.secrets}
	if report.Status == StatusCompleted {
		var err error
		if result.CSV, err = c.downloadReport(ctx, report.ID, passing...); err != nil {
			return nil, fmt.Errorf("downloading report %s: %w", c.secrets.redact(report.ID), err)
		}
	}
	return result, nil
}
