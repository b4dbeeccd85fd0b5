package opasim

import (
	"cmp"
	"strconv"
	"sync"
	"time"
)

// Statuses of a report (API.md, report-status).
const (
	StatusCreated           = "CREATED"
	StatusInProgress        = "IN PROGRESS"
	StatusError             = "ERROR"
	StatusCompleted         = "COMPLETED"
	StatusCompletedButEmpty = "COMPLETED_BUT_EMPTY"
)

// reports contains all reports of the team, oldest first. No report is ever
// removed (API.md, report-no-delete).
type reports struct {
	mu       sync.Mutex
	all      []*report
	byID     map[string]*report // by id in lower case
	attempts map[string]int     // number of reports by subject
}

// report is an access report. Its status is computed from the clock, so that no
// goroutine runs while it is in progress.
type report struct {
	id         string
	target     target
	attempt    int // counts the reports on the subject from 1
	created    time.Time
	generation time.Duration
	statuses   [2]string // until it is complete
	final      string
	deletedAt  string
	world      *World
}

// target is the subject of a report.
type target struct {
	kind         string // "user" or "resource"
	id           string
	resourceType string
}

// typeKeys are the keys of the resource type by kind of subject (API.md, create-body).
var typeKeys = map[string]string{"user": "resource_type_filter", "resource": "resource_type"}

func (t target) wire() map[string]any {
	return map[string]any{t.kind: map[string]string{"id": t.id, typeKeys[t.kind]: t.resourceType}}
}

func (t target) entitlements(w *World) []entitlement {
	if t.kind == "user" {
		return w.userEntitlements(t.id, t.resourceType)
	}
	return w.resourceEntitlements(t.id, t.resourceType)
}

// state returns the status at a time, and the time at which the status began.
func (r *report) state(now time.Time) (status string, since time.Time) {
	started, finished := r.created.Add(r.generation/4), r.created.Add(r.generation)
	switch {
	case now.Before(started):
		return r.statuses[0], r.created
	case now.Before(finished):
		return r.statuses[1], started
	}
	return r.final, finished
}

// wireReport returns a function that returns the JSON of a report at a time
// (API.md, report-fields). It omits deleted_at if it would be null, because it is not
// documented (API.md, report-deleted-at).
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

// addReport adds a report to the tenant and sets its id. It also sets its final
// status, unless it is set.
func (s *Sim) addReport(r *report) {
	r.attempt = s.reports.attempt(r.target.id)
	r.statuses = [2]string{s.opts.FirstStatus, s.opts.SecondStatus}
	if r.final == "" && s.opts.FinalStatus != nil {
		r.final = s.opts.FinalStatus(r.target.id, r.attempt)
	}
	if r.final == "" {
		r.final = StatusCompletedButEmpty
		if len(s.entitlements(r)) > 0 {
			r.final = StatusCompleted
		}
	}
	s.reports.mu.Lock()
	defer s.reports.mu.Unlock()
	r.id = idOf("access_report", s.opts.Team, strconv.Itoa(len(s.reports.all)+1))
	s.reports.all = append(s.reports.all, r)
	s.reports.byID[r.id] = r
}

// entitlements returns the entitlements in a report.
func (s *Sim) entitlements(r *report) []entitlement {
	all := r.target.entitlements(r.world)
	if s.replay != nil {
		all = s.replay.rows.replay(r.world, r.target.kind, all)
	}
	if s.opts.OmitRow == nil {
		return all
	}
	return filter(all, func(e entitlement) bool {
		return !s.opts.OmitRow(r.target.kind, r.target.id, r.attempt, s.dialect(r).row(e))
	})
}

// dialect returns the dialect of a report.
func (s *Sim) dialect(r *report) CSV {
	if r.target.kind == "resource" {
		return *s.opts.ResourceCSV
	}
	return s.opts.CSV
}

// attempt increments and returns the number of reports on a subject.
func (r *reports) attempt(subject string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.attempts[subject]++
	return r.attempts[subject]
}

// pendingReports returns the number of reports in progress.
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

// PastReport describes a report for [Sim.AddReport].
type PastReport struct {
	// UserID or ResourceID is the id of the subject, which must be in the world.
	UserID, ResourceID string
	// ResourceType is the type in its details. "" means [ServerType]. A report with
	// another type has no rows.
	ResourceType string
	// Status is its status, which never changes, even if it is not final, such as
	// [StatusInProgress]. "" means COMPLETED, or COMPLETED_BUT_EMPTY without rows.
	Status string
	// Age is the time since its creation, by the server's clock.
	Age time.Duration
	// Deleted sets deleted_at.
	Deleted bool
	// World has the access in the report. nil means the current world.
	World *World
}

// AddReport adds a report, as if another client had created it before, and returns
// its id. [Sim.MaxPending] does not count it, whatever its status is.
func (s *Sim) AddReport(p PastReport) string {
	r := &report{
		target:  target{kind: "user", id: p.UserID, resourceType: cmp.Or(p.ResourceType, ServerType)},
		created: s.now().Add(-p.Age), final: p.Status, world: cmp.Or(p.World, s.World()),
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

// addPast adds the reports of a world of the past.
func (s *Sim) addPast(past Past) {
	for _, user := range past.World.Users() {
		if user.Status != Deleted {
			s.AddReport(PastReport{UserID: user.ID, Age: past.Age, World: past.World})
		}
	}
	for _, server := range past.World.AllServers() {
		if server.DeletedAt == "" {
			s.AddReport(PastReport{ResourceID: server.ID, Age: past.Age, World: past.World})
		}
	}
}
