package opasim

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// createReport is POST access_reports (§1.1). Every call makes a new report, on
// users and servers of every status.
func (s *Sim) createReport(c *call) *response {
	t, refusal := s.parseTarget(c)
	if refusal != nil {
		return refusal
	}
	if !uuidShape.MatchString(t.id) {
		return fail(http.StatusBadRequest, badRequest, "%s.id is not a UUID.", t.kind)
	}
	if t.resourceType != ServerType {
		return fail(http.StatusBadRequest, badRequest, "%s.%s must be %q.", t.kind, typeKeys[t.kind], ServerType)
	}
	if t.kind == "user" && c.world.userByID(t.id) == nil || t.kind == "resource" && c.world.serverByID(t.id) == nil {
		return fail(http.StatusNotFound, notFound, "The %s does not exist or you are not authorized.", t.kind)
	}
	t.id = strings.ToLower(t.id)
	if s.opts.FailCreate != nil {
		if status := s.opts.FailCreate(t.id); status != 0 {
			return Fault{Status: status}.answer()
		}
	}
	generation := s.opts.Generation
	if s.opts.GenerationFor != nil {
		generation = s.opts.GenerationFor(t.id)
	}
	r := &report{target: t, created: c.now, generation: generation, world: c.world}
	s.addReport(r)
	s.log.pending(s.pendingReports(c.now))
	return respondJSON(http.StatusCreated, s.wireReport(c.now)(r))
}

// parseTarget reads the body of a create.
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
		return malformed("%s wants id and %s", kind, typeKeys[kind])
	}
	return t, nil
}

// listReports is GET access_reports (§1.3): those of every caller, deleted ones
// too.
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
	page, links, refusal := paginate(s, c, all, func(r *report) string { return r.id }, s.wireListedReport(c.now))
	switch {
	case refusal != nil:
		return refusal
	case s.opts.NestedList:
		return s.respondList([][]any{page}, links)
	}
	return s.respondList(page, links)
}

// wireListedReport is a report as the list has it.
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

// getReport is GET access_reports/{id}.
func (s *Sim) getReport(c *call) *response {
	r := s.findReport(c)
	if r == nil {
		return noReport()
	}
	return respondJSON(http.StatusOK, s.wireReport(c.now)(r))
}

// downloadReport is GET access_reports/{id}/report (§1.4): the CSV of a report
// that is COMPLETED, also one without rows if FinalStatus says so.
func (s *Sim) downloadReport(c *call) *response {
	r := s.findReport(c)
	if r == nil {
		return noReport()
	}
	if status, _ := r.state(c.now); status != StatusCompleted {
		return fail(s.opts.NotReadyStatus, errorTypes[s.opts.NotReadyStatus], "The report is %s.", status)
	}
	ways := r.target.ways(r.world)
	if s.opts.Shuffle {
		s.shuffleMu.Lock()
		s.shuffle.Shuffle(len(ways), func(i, j int) { ways[i], ways[j] = ways[j], ways[i] })
		s.shuffleMu.Unlock()
	}
	columns := s.opts.CSV.UserColumns
	if r.target.kind == "resource" {
		columns = s.opts.CSV.ResourceColumns
	}
	return respond(http.StatusOK, s.opts.CSV.mediaType(), s.opts.CSV.write(columns, ways))
}

func noReport() *response {
	return fail(http.StatusNotFound, notFound, "The access report does not exist or you are not authorized.")
}
