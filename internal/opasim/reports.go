package opasim

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// createReport handles POST access_reports (API.md, create-body). Every call creates
// a new report (API.md, create-not-idempotent), for users and servers of every
// status (API.md, create-inactive-subject).
func (s *Sim) createReport(c *call) *response {
	t, failure := s.parseTarget(c)
	if failure != nil {
		return failure
	}
	if !uuidShape.MatchString(t.id) {
		return errorResponse(http.StatusBadRequest, badRequest, "%s.id is not a UUID.", t.kind)
	}
	if t.resourceType != ServerType {
		return errorResponse(http.StatusBadRequest, badRequest, "%s.%s must be %q.", t.kind, typeKeys[t.kind], ServerType)
	}
	if t.kind == "user" && c.world.userByID(t.id) == nil || t.kind == "resource" && c.world.serverByID(t.id) == nil {
		return errorResponse(http.StatusNotFound, notFound, "The %s does not exist or you are not authorized.", t.kind)
	}
	t.id = strings.ToLower(t.id)
	if s.opts.FailCreate != nil {
		if status := s.opts.FailCreate(t.id); status != 0 {
			return Fault{Status: status}.response()
		}
	}
	generation := s.opts.Generation
	if s.opts.GenerationFor != nil {
		generation = s.opts.GenerationFor(t.id)
	}
	r := &report{target: t, created: c.now, generation: generation, world: c.world}
	s.addReport(r)
	s.log.pending(s.pendingReports(c.now))
	return respondJSON(s.opts.CreateStatus, s.wireReport(c.now)(r))
}

// parseTarget parses the body of a create.
func (s *Sim) parseTarget(c *call) (target, *response) {
	malformed := func(format string, args ...any) (target, *response) {
		return target{}, s.violation(c, http.StatusBadRequest, badRequest, "body: "+format, args...)
	}
	body, err := strictObject[map[string]string](c.body, "user", "resource")
	if err != nil {
		return malformed("%v", err)
	}
	if len(body) != 1 {
		return malformed("want exactly one of user and resource")
	}
	kind := "user"
	if _, ok := body["resource"]; ok {
		kind = "resource"
	}
	for name := range body[kind] {
		if name != "id" && name != typeKeys[kind] {
			return malformed("unknown field %q in %s", name, kind)
		}
	}
	t := target{kind: kind, id: body[kind]["id"], resourceType: body[kind][typeKeys[kind]]}
	if t.id == "" || t.resourceType == "" {
		return malformed("%s: want id and %s", kind, typeKeys[kind])
	}
	return t, nil
}

// listReports handles GET access_reports: the reports of all clients, including
// deleted ones (API.md, report-list-scope, report-list-shape).
func (s *Sim) listReports(c *call) *response {
	s.reports.mu.Lock()
	all := filter(s.reports.all, func(r *report) bool { return !r.created.Add(s.opts.ListLag).After(c.now) })
	s.reports.mu.Unlock()
	slices.SortStableFunc(all, func(a, b *report) int {
		if s.opts.ListOrder == Unordered {
			return strings.Compare(a.id, b.id)
		}
		return a.created.Compare(b.created)
	})
	if s.opts.ListOrder == NewestFirst {
		slices.Reverse(all)
	}
	page, links, failure := paginate(s, c, all, func(r *report) string { return r.id }, s.wireListedReport(c.now))
	switch {
	case failure != nil:
		return failure
	case s.opts.NestedList:
		return s.respondList([][]any{page}, links)
	}
	return s.respondList(page, links)
}

// wireListedReport is like wireReport, for a report in the list.
func (s *Sim) wireListedReport(now time.Time) func(*report) any {
	wire := s.wireReport(now)
	return func(r *report) any {
		object := wire(r)
		if s.opts.ListPartialReports {
			delete(object, "details")
		}
		return object
	}
}

func (s *Sim) findReport(c *call) *report {
	s.reports.mu.Lock()
	defer s.reports.mu.Unlock()
	return s.reports.byID[strings.ToLower(c.args["id"])]
}

// getReport handles GET access_reports/{id}.
func (s *Sim) getReport(c *call) *response {
	r := s.findReport(c)
	if r == nil {
		return reportNotFound()
	}
	return respondJSON(http.StatusOK, s.wireReport(c.now)(r))
}

// downloadReport handles GET access_reports/{id}/report: the CSV of a report that is
// COMPLETED (API.md, download-early). It may have no rows if FinalStatus set the
// status (API.md, download-no-body).
func (s *Sim) downloadReport(c *call) *response {
	r := s.findReport(c)
	if r == nil {
		return reportNotFound()
	}
	if status, _ := r.state(c.now); status != StatusCompleted {
		return s.notReady(c, r, status)
	}
	if failure := s.replay.late(r.id, c.now); failure != nil {
		return failure
	}
	entitlements := s.entitlements(r)
	if s.opts.Shuffle {
		s.shuffleMu.Lock()
		s.shuffle.Shuffle(len(entitlements), func(i, j int) { entitlements[i], entitlements[j] = entitlements[j], entitlements[i] })
		s.shuffleMu.Unlock()
	}
	return s.respondCSV(http.StatusOK, r, entitlements)
}

// notReady returns the response to a download of a report that is not COMPLETED.
func (s *Sim) notReady(c *call, r *report, status string) *response {
	if s.opts.NotReadyCSV {
		return s.respondCSV(http.StatusOK, r, nil)
	}
	if early := s.replay.early(c.now); early != nil {
		return early
	}
	return errorResponse(s.opts.NotReadyStatus, errorTypes[s.opts.NotReadyStatus], "The report is %s.", status)
}

// respondCSV returns a download with entitlements.
func (s *Sim) respondCSV(status int, r *report, entitlements []entitlement) *response {
	dialect := s.dialect(r)
	columns := dialect.UserColumns
	if r.target.kind == "resource" {
		columns = dialect.ResourceColumns
	}
	return respond(status, dialect.mediaType(), dialect.encode(columns, entitlements))
}

func reportNotFound() *response {
	return errorResponse(http.StatusNotFound, notFound, "The access report does not exist or you are not authorized.")
}
