package opasim

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// SimulatedConnection is the connection of workloads of a tenant that replays a profile
// which was created with one.
const SimulatedConnection = "simulated"

// options returns the options of a tenant that replays the profile. Options that are set
// take precedence.
func (p *Profile) options(o Options) Options {
	if o.World == nil {
		o.World = DefaultWorld()
	}
	p.setLists(&o)
	p.setReports(&o)
	p.setTiming(&o)
	o.CSV, o.ResourceCSV = p.dialects(o.CSV)
	if p.UsesWorkload() {
		o.WorkloadConnection = cmp.Or(o.WorkloadConnection, SimulatedConnection)
	}
	return o
}

// setLists sets the options of lists.
func (p *Profile) setLists(o *Options) {
	o.NestedList = o.NestedList || p.hasNestedList()
	o.OnlyServiceUsers = o.OnlyServiceUsers || p.observed("users-service-users") == "include_service_users returns only service users"
	o.ActiveByDefault = o.ActiveByDefault || p.observed("users-default-status") == "the list has active users only"
	o.LinkLines = o.LinkLines || p.observed("link-pagination") == "several header lines"
	o.NoCount = o.NoCount || !p.held("page-size")
	o.NoUsersByID = o.NoUsersByID || !p.held("users-by-id")
	o.IgnoreServerFilters = o.IgnoreServerFilters || !p.held("users-filters") || !p.held("servers-filters")
	if o.PageSize == 0 {
		o.PageSize = p.file.Timing.PageSize
		o.DeclaredPages = o.DeclaredPages || p.observed("link-undeclared") == ""
	}
	o.ListOrder = cmp.Or(o.ListOrder, map[string]ListOrder{
		"newest first": NewestFirst, "oldest first": OldestFirst, "other": Unordered,
	}[p.observed("report-list-order")])
	if !p.held("report-list-lag") && o.ListLag == 0 {
		o.ListLag = 10 * time.Minute
	}
	if p.hasOldReports() && o.Past == nil {
		o.Past = []Past{{World: o.World, Age: 30 * 24 * time.Hour}}
	}
	o.ZeroDeletedAt = o.ZeroDeletedAt || p.hasZeroTimestamps()
}

// hasOldReports reports whether the list of reports was never empty.
func (p *Profile) hasOldReports() bool {
	request := p.requests["GET /access_reports"]
	if request == nil {
		return false
	}
	filled := false
	for _, r := range request.Responses {
		switch {
		case r.failed("GET /access_reports"):
		case r.shape.element() == nil:
			return false
		default:
			filled = true
		}
	}
	return filled
}

// hasNestedList reports whether the list of reports was nested, even if it was empty.
func (p *Profile) hasNestedList() bool {
	request := p.requests["GET /access_reports"]
	return request != nil && slices.ContainsFunc(request.Responses, func(r profileResponse) bool {
		if r.shape == nil || r.shape.object["list"].shape == nil {
			return false
		}
		list := r.shape.object["list"].shape.list
		return list != nil && list.list != nil
	})
}

// hasZeroTimestamps reports whether the tenant writes zero timestamps
// (API.md, zero-timestamp).
func (p *Profile) hasZeroTimestamps() bool {
	for _, request := range p.file.Requests {
		for _, r := range request.Responses {
			if r.kind == jsonBody && strings.Contains(string(r.Body), "zero timestamp") {
				return true
			}
		}
	}
	return false
}

// setReports sets the options of reports.
func (p *Profile) setReports(o *Options) {
	status, word, ok := strings.Cut(p.observed("create-response"), ", status ")
	if code, err := strconv.Atoi(status); ok && err == nil {
		o.CreateStatus = cmp.Or(o.CreateStatus, code)
	}
	if ok && word != StatusCreated && !isFinal(word) {
		o.FirstStatus = cmp.Or(o.FirstStatus, statusOf(word))
	}
	if !p.held("report-status") && statusOf(word) == word {
		o.SecondStatus = cmp.Or(o.SecondStatus, otherStatus)
	}
	if p.earlyCSV() {
		o.NotReadyCSV = true
	}
	if o.FinalStatus == nil {
		o.FinalStatus = p.finalStatus(o.World)
	}
	if o.Generation == 0 && o.GenerationFor == nil {
		o.GenerationFor = p.generation(o.World, ok && isFinal(word))
	}
}

// otherStatus is a status that no client knows.
const otherStatus = "SIMULATED"

// statusOf returns the status for its word in a profile.
func statusOf(word string) string {
	if word == "other" {
		return otherStatus
	}
	return word
}

func isFinal(status string) bool {
	return status == StatusError || status == StatusCompleted || status == StatusCompletedButEmpty
}

// finalStatus returns the function for FinalStatus: the status of the report of the same
// kind, unless it depends on the rows of the subject.
func (p *Profile) finalStatus(w *World) func(string, int) string {
	return func(id string, _ int) string {
		r := p.file.Reports
		kind, status, csv, rows := "resource", r.ResourceStatus, r.Resource, len(w.resourceEntitlements(id, ServerType))
		if w.userByID(id) != nil {
			kind, status, csv, rows = "user", r.UserStatus, r.User, len(w.userEntitlements(id, ServerType))
		}
		switch {
		case status == StatusError || status == "other":
			return statusOf(status)
		case (rows == 0 || p.empty(kind)) && status == StatusCompleted && csv.empty():
			return StatusCompleted
		}
		return ""
	}
}

// empty reports whether the reports of a kind have no rows, whatever access there is. If only
// one of the two reports has none, and they do not contradict each other, this depends on the
// user and the server.
func (p *Profile) empty(kind string) bool {
	r := p.file.Reports
	user := r.UserStatus == StatusCompletedButEmpty || r.User.empty()
	resource := r.ResourceStatus == StatusCompletedButEmpty || r.Resource.empty()
	if kind == "user" {
		return user && (resource || r.Resource == nil || r.MissingRows == kind)
	}
	return resource && (user || r.User == nil || r.MissingRows == kind)
}

// empty reports whether a report was downloaded and has no rows.
func (c *profileCSV) empty() bool { return c != nil && c.Rows == "none" }

// generation returns the function for GenerationFor. atOnce reports whether the report on
// the user was complete at once.
func (p *Profile) generation(w *World, atOnce bool) func(string) time.Duration {
	// unknown is for a report whose timestamps do not say how long it took.
	const unknown, never = 500 * time.Millisecond, 24 * time.Hour
	of := func(ms int, status string) time.Duration {
		switch {
		case status != "" && status != "other" && !isFinal(status):
			return never
		case ms > 0:
			return within(ms)
		case atOnce || status == "":
			return 0
		}
		return unknown
	}
	r, t := p.file.Reports, p.file.Timing
	user, resource := of(t.UserReportMS, r.UserStatus), of(t.ResourceReportMS, r.ResourceStatus)
	return func(id string) time.Duration {
		if w.userByID(id) != nil {
			return user
		}
		return resource
	}
}

// within returns a duration that is rounded up to a step of 1, 2, 5, 10, 20 and so on
// milliseconds. A long one is as short as possible.
func within(step int) time.Duration {
	below := 0
	for n := 1; n < step; n *= 10 {
		for _, factor := range []int{1, 2, 5} {
			if factor*n < step {
				below = factor * n
			}
		}
	}
	if step > 1000 {
		return time.Duration(below+1) * time.Millisecond
	}
	return time.Duration(step) * time.Millisecond
}

// setTiming sets the options of clocks and limits.
func (p *Profile) setTiming(o *Options) {
	t := p.file.Timing
	o.TokenLifetime = cmp.Or(o.TokenLifetime, time.Duration(t.TokenLifetimeS)*time.Second)
	o.ClockSkew = cmp.Or(o.ClockSkew, skew(t.ClockSkewS))
	o.DatabaseSkew = cmp.Or(o.DatabaseSkew, skew(t.ReportClockSkewS))
	if o.RateLimit.PerSecond == 0 {
		o.RateLimit.PerSecond = float64(t.RateLimit)
	}
}

// skew returns a difference of clocks for a number of seconds. Date headers have whole
// seconds, so a difference of exactly five seconds, the least in a profile, would not
// always be observed. It is a fraction larger.
func skew(seconds int) time.Duration {
	const fraction = 900 * time.Millisecond
	switch {
	case seconds > 0:
		return time.Duration(seconds)*time.Second + fraction
	case seconds < 0:
		return time.Duration(seconds)*time.Second - fraction
	}
	return 0
}
