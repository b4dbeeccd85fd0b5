package opasim

import (
	"cmp"
	"strconv"
	"sync"
	"time"
)

// Statuses of a report (§1.2).
const (
	StatusCreated           = "CREATED"
	StatusInProgress        = "IN PROGRESS"
	StatusError             = "ERROR"
	StatusCompleted         = "COMPLETED"
	StatusCompletedButEmpty = "COMPLETED_BUT_EMPTY"
)

// reports holds every report of the team, oldest first. None is ever removed:
// the API has no way to (§1).
type reports struct {
	mu       sync.Mutex
	all      []*report
	byID     map[string]*report // the ids in lower case
	attempts map[string]int     // how many, by subject
}

// report is what is fixed when a report is created. Its status follows from the
// clock whenever it is asked for, so that nothing runs meanwhile.
type report struct {
	id         string
	target     target
	created    time.Time
	generation time.Duration
	final      string
	deletedAt  string
	world      *World
}

// target is what a report is on.
type target struct {
	kind         string // "user" or "resource"
	id           string
	resourceType string
}

// typeKeys are the keys of the resource type, one for each kind (§1.1).
var typeKeys = map[string]string{"user": "resource_type_filter", "resource": "resource_type"}

func (t target) wire() map[string]any {
	return map[string]any{t.kind: map[string]string{"id": t.id, typeKeys[t.kind]: t.resourceType}}
}

func (t target) ways(w *World) []way {
	if t.kind == "user" {
		return w.userWays(t.id, t.resourceType)
	}
	return w.resourceWays(t.id, t.resourceType)
}

// state tells the status at a time, and since when it is so.
func (r *report) state(now time.Time) (status string, since time.Time) {
	started, finished := r.created.Add(r.generation/4), r.created.Add(r.generation)
	switch {
	case now.Before(started):
		return StatusCreated, r.created
	case now.Before(finished):
		return StatusInProgress, started
	}
	return r.final, finished
}

// wireReport is a report as the API writes it at a time (§1.2). deleted_at is not
// in the specification; it is left out where it would be null.
func (s *Sim) wireReport(now time.Time) func(*report) map[string]any {
	return func(r *report) map[string]any {
		status, since := r.state(now)
		object := map[string]any{
			"id": r.id, "details": r.target.wire(), "status": status,
			"created_at": timestamp(r.created.Add(s.opts.DatabaseSkew)), "updated_at": timestamp(since.Add(s.opts.DatabaseSkew)),
		}
		if s.opts.NullCreatedAt {
			object["created_at"] = nil
		}
		if s.opts.NoReportDetails {
			delete(object, "details")
		}
		if deletedAt := s.deletedAt(r.deletedAt); deletedAt != nil {
			object["deleted_at"] = deletedAt
		}
		return object
	}
}

// addReport gives a report its id and, unless it has one, its final status.
func (s *Sim) addReport(r *report) {
	attempt := s.reports.attempt(r.target.id)
	if r.final == "" && s.opts.FinalStatus != nil {
		r.final = s.opts.FinalStatus(r.target.id, attempt)
	}
	if r.final == "" {
		r.final = StatusCompletedButEmpty
		if len(r.target.ways(r.world)) > 0 {
			r.final = StatusCompleted
		}
	}
	s.reports.mu.Lock()
	defer s.reports.mu.Unlock()
	r.id = idOf("access_report", s.opts.Team, strconv.Itoa(len(s.reports.all)+1))
	s.reports.all = append(s.reports.all, r)
	s.reports.byID[r.id] = r
}

// attempt counts a report on a subject and returns the count.
func (r *reports) attempt(subject string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.attempts[subject]++
	return r.attempts[subject]
}

// pendingReports is how many reports are being generated.
func (s *Sim) pendingReports(now time.Time) int {
	s.reports.mu.Lock()
	defer s.reports.mu.Unlock()
	n := 0
	for _, r := range s.reports.all {
		if now.Before(r.created.Add(r.generation)) {
			n++
		}
	}
	return n
}

// PastReport is a report for [Sim.AddReport].
type PastReport struct {
	// UserID or ResourceID is the subject; it must be in the world.
	UserID, ResourceID string
	// ResourceType is the type in its details; "" is [ServerType]. No report of
	// another type has rows.
	ResourceType string
	// Status is its status now and for ever, also one that is not final, such as
	// [StatusInProgress]; "" leaves it to the world.
	Status string
	// Age is how long ago it was created, by the server's clock.
	Age time.Duration
	// Deleted gives it a deleted_at.
	Deleted bool
}

// AddReport puts a report into the tenant as if someone had created it before,
// and returns its id. Whatever its status, [Sim.MaxPending] does not count it.
func (s *Sim) AddReport(p PastReport) string {
	r := &report{
		target:  target{kind: "user", id: p.UserID, resourceType: cmp.Or(p.ResourceType, ServerType)},
		created: s.now().Add(-p.Age), final: p.Status, world: s.World(),
	}
	if p.ResourceID != "" {
		r.target.kind, r.target.id = "resource", p.ResourceID
	}
	if p.Deleted {
		r.deletedAt = timestamp(s.now())
	}
	s.addReport(r)
	return r.id
}
