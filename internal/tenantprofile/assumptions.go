package tenantprofile

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
)

// Decoded is a report that a client created. Report is nil if it was not downloaded, or
// cannot be decoded.
type Decoded struct {
	ID         string
	User       bool // on a user, not on a resource
	Incomplete bool // it was not downloaded after it was complete
	Report     *accessreport.Report
}

// Profile returns the profile of what was observed. credentials is how the client
// authenticates.
func (r *Recorder) Profile(version, credentials string, checks []Check, decoded []Decoded) Profile {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := Profile{
		SchemaVersion: SchemaVersion, Provider: version, Credentials: credentials,
		Checks: checks, Assumptions: r.assumptions(decoded), Requests: r.requests(), Timing: r.timing(decoded),
	}
	p.Reports = Reports{Conditions: []Conditions{}, Words: map[string][]string{}}
	var rows []accessreport.Row
	for _, d := range decoded {
		place, status := &p.Reports.Resource, &p.Reports.ResourceStatus
		if d.User {
			place, status = &p.Reports.User, &p.Reports.UserStatus
		}
		*status = r.lastStatus(d.ID)
		text, ok := r.downloads[strings.ToLower(d.ID)]
		if !ok || d.Incomplete {
			continue
		}
		*place = csvOf(text, d.Report)
		(*place).limitColumns()
		if d.Report != nil {
			rows = append(rows, d.Report.Rows...)
		}
	}
	p.Reports.MissingRows = missingRows(checks, decoded)
	if rows != nil {
		p.Reports.Conditions, p.Reports.Words = conditionsOf(rows), wordsOf(rows)
	}
	return p
}

// maxColumns is the number of columns of a report beyond which they are not in a profile.
const maxColumns = 1000

// limitColumns limits the number of columns, which is that of the header if there is one.
func (c *CSV) limitColumns() {
	c.Header = c.Header[:min(len(c.Header), maxColumns)]
	c.Columns = min(c.Columns, maxColumns)
	if len(c.Header) > 0 {
		c.Columns = len(c.Header)
	}
}

// lastStatus returns the last status of a report, "" if there is none.
func (r *Recorder) lastStatus(id string) (status string) {
	for _, e := range r.succeeded(createRequest, readRequest) {
		if strings.EqualFold(e.object.ID, id) {
			status = statusWord(e.object.Status)
		}
	}
	return status
}

// requests returns the kinds of requests and of their responses, sorted. Failures of a request
// are in the order in which they occurred first, because a later one may depend on it.
func (r *Recorder) requests() []Request {
	byRequest := map[string][]Response{}
	for i := range r.exchanges {
		e := &r.exchanges[i]
		name := e.withParameters()
		known := byRequest[name]
		if !slices.ContainsFunc(known, func(other Response) bool { return compareResponses(e.response, other) == 0 }) {
			byRequest[name] = append(known, e.response)
		}
	}
	requests := make([]Request, 0, len(byRequest))
	for name, responses := range byRequest {
		slices.SortStableFunc(responses, func(a, b Response) int {
			const failure = 300
			if a.Status >= failure && b.Status >= failure {
				return 0
			}
			return compareResponses(a, b)
		})
		requests = append(requests, Request{name, responses})
	}
	slices.SortFunc(requests, func(a, b Request) int { return strings.Compare(a.Request, b.Request) })
	return requests
}

func compareResponses(a, b Response) int {
	return cmp.Or(
		cmp.Compare(a.Status, b.Status), strings.Compare(a.MediaType, b.MediaType), strings.Compare(a.Framing, b.Framing),
		strings.Compare(a.ErrorType, b.ErrorType), slices.Compare(a.Headers, b.Headers), strings.Compare(jsonOf(a.Body), jsonOf(b.Body)),
	)
}

// assumptions returns the facts of API.md that were observed, sorted by name.
func (r *Recorder) assumptions(decoded []Decoded) []Assumption {
	list := []Assumption{}
	observe := func(name string, held bool, observed string) {
		if observed != "" {
			list = append(list, Assumption{name, held, observed})
		}
	}
	r.observeRequests(observe)
	r.observeReports(observe)
	r.observeDownloads(observe, decoded)
	slices.SortFunc(list, func(a, b Assumption) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// observer adds an assumption, unless observed is "".
type observer func(name string, held bool, observed string)

// of returns the exchanges of requests without transient failures, which show nothing about
// the tenant: they may be of a proxy, and another response follows if the request is retried.
func (r *Recorder) of(requests ...string) []*exchange {
	return slices.DeleteFunc(r.allOf(requests...), (*exchange).isTransient)
}

// allOf returns the exchanges of requests.
func (r *Recorder) allOf(requests ...string) []*exchange {
	return filter(r.all(), func(e *exchange) bool { return slices.Contains(requests, e.request) })
}

// all returns all exchanges.
func (r *Recorder) all() []*exchange {
	all := make([]*exchange, len(r.exchanges))
	for i := range r.exchanges {
		all[i] = &r.exchanges[i]
	}
	return all
}

func (e *exchange) isTransient() bool { return IsTransient(e.response.Status) }

// IsTransient reports whether an HTTP status is a failure that may be transient, so that it
// does not show how the tenant answers (API.md, retryable-statuses).
func IsTransient(status int) bool {
	const closedByClient = 499
	return status >= http.StatusInternalServerError ||
		slices.Contains([]int{http.StatusRequestTimeout, http.StatusTooManyRequests, closedByClient}, status)
}

// hasStatus returns a function that reports whether a response has one of the statuses.
func hasStatus(statuses ...int) func(*exchange) bool {
	return func(e *exchange) bool { return slices.Contains(statuses, e.response.Status) }
}

// succeeds reports whether the status is 2xx.
func (e *exchange) succeeds() bool { return e.response.Status/100 == 2 }

// succeeded returns the exchanges with a status of 2xx.
func (r *Recorder) succeeded(requests ...string) []*exchange {
	return filter(r.of(requests...), (*exchange).succeeds)
}

// filter returns the exchanges that are as described.
func filter(exchanges []*exchange, is func(*exchange) bool) (found []*exchange) {
	for _, e := range exchanges {
		if is(e) {
			found = append(found, e)
		}
	}
	return found
}

// choose returns one of two texts, or "" if there was nothing to observe.
func choose(exchanges []*exchange, held bool, yes, no string) string {
	if len(exchanges) == 0 {
		return ""
	}
	if held {
		return yes
	}
	return no
}

// observeRequests adds the facts about requests of all kinds.
func (r *Recorder) observeRequests(observe observer) {
	settled := filter(r.all(), func(e *exchange) bool { return !e.isTransient() })
	dated := !slices.ContainsFunc(settled, func(e *exchange) bool { return e.header.Get("Date") == "" })
	observe("server-clock", dated, choose(settled, dated, "every response has a Date header", "a response has no Date header"))
	limits := filter(r.all(), func(e *exchange) bool { return e.header.Get("X-RateLimit-Limit") != "" }) // also of a 429
	limited := len(limits) > 0
	observe("rate-limit-headers", limited, choose(append(limits, settled...), limited, "present", "missing"))
	redirected := slices.ContainsFunc(settled, func(e *exchange) bool { return e.response.Status/100 == 3 })
	observe("redirects", !redirected, choose(settled, redirected, "a response is a redirect", "no response is a redirect"))

	tokens := r.succeeded("POST /service_token")
	expires := len(tokens) > 0 && tokens[0].object.ExpiresAt != ""
	observe("token-lifetime", expires, choose(tokens, expires, "expires_at is present", "expires_at is missing"))

	byID := r.of("GET /users_by_id/{id}")
	works := slices.ContainsFunc(byID, hasStatus(http.StatusOK))
	observe("users-by-id", works, choose(byID, works, "the endpoint exists", "the endpoint does not exist, or is refused"))

	lists := r.succeeded("GET /users", "GET /groups", "GET /all_servers", listRequest)
	linked := slices.DeleteFunc(slices.Clone(lists), func(e *exchange) bool { return !e.hasNext() })
	severalLines := slices.ContainsFunc(linked, func(e *exchange) bool { return len(e.header.Values("Link")) > 1 })
	form := choose(linked, severalLines, "several header lines", "one header line")
	observe("link-pagination", !slices.ContainsFunc(linked, func(e *exchange) bool { return e.brokenLink }), form)
	undeclared := slices.DeleteFunc(slices.Clone(linked), func(e *exchange) bool { return e.request != "GET /all_servers" && e.request != listRequest })
	observe("link-undeclared", true, choose(undeclared, true, "lists of servers or reports have pages", ""))

	// Other statuses refuse the request, whatever the size of its pages is.
	refusesCount := hasStatus(http.StatusBadRequest, http.StatusUnprocessableEntity)
	counted := filter(r.of("GET /users"), func(e *exchange) bool { return e.parameters.Has("count") && (e.succeeds() || refusesCount(e)) })
	refused := slices.ContainsFunc(counted, refusesCount)
	observe("page-size", !refused, choose(counted, refused, "the parameter count is refused", "the parameter count is accepted"))
	r.observeFilters(observe)
	r.observeUsers(observe)
}

// observeUsers adds the facts about lists of users.
func (r *Recorder) observeUsers(observe observer) {
	lists := r.succeeded("GET /users")
	unfiltered := slices.DeleteFunc(slices.Clone(lists), func(e *exchange) bool { return e.parameters.Has("status") || len(e.listed) == 0 })
	others := slices.ContainsFunc(unfiltered, func(e *exchange) bool {
		return slices.ContainsFunc(e.listed, func(w wireReport) bool { return w.Status != "ACTIVE" })
	})
	observe("users-default-status", true, choose(unfiltered, others, "the list has users who are not active", "the list has active users only"))

	const parameter = "include_service_users"
	for _, with := range lists {
		for _, without := range lists {
			if !with.parameters.Has(parameter) || without.parameters.Has(parameter) || len(without.listed) == 0 ||
				with.parameters.Get("contains") != without.parameters.Get("contains") || with.parameters.Get("status") != without.parameters.Get("status") {
				continue
			}
			both := slices.ContainsFunc(with.listed, func(w wireReport) bool {
				return slices.ContainsFunc(without.listed, func(x wireReport) bool { return w.ID == x.ID })
			})
			observe("users-service-users", true, choose(lists, both, parameter+" adds service users", parameter+" returns only service users"))
			return
		}
	}
}

// observeFilters adds the facts about filters of lists.
func (r *Recorder) observeFilters(observe observer) {
	for _, filter := range []struct {
		name, request, parameter string
		value                    func(wireReport) string
	}{
		{"users-filters", "GET /users", "contains", func(w wireReport) string { return w.Name }},
		{"servers-filters", "GET /all_servers", "id", func(w wireReport) string { return w.ID }},
	} {
		filtered := slices.DeleteFunc(r.succeeded(filter.request), func(e *exchange) bool {
			return !e.parameters.Has(filter.parameter) || len(e.listed) == 0
		})
		ignored := slices.ContainsFunc(filtered, func(e *exchange) bool {
			want := strings.ToLower(e.parameters.Get(filter.parameter))
			return slices.ContainsFunc(e.listed, func(w wireReport) bool {
				return !strings.Contains(strings.ToLower(filter.value(w)), want)
			})
		})
		observe(filter.name, !ignored, choose(filtered, ignored, "the filter "+filter.parameter+" is ignored", "the filter "+filter.parameter+" is applied"))
	}
}

// hasNext reports whether a list has a further page.
func (e *exchange) hasNext() bool {
	return slices.ContainsFunc(e.header.Values("Link"), func(link string) bool {
		return strings.Contains(link, `rel="next"`) || strings.Contains(link, "rel=next")
	})
}

// nextLink matches a link to the next page.
var nextLink = regexp.MustCompile(`(?i)<([^<>]*)>\s*;[^<]*rel="?next\b`)

// hasUnreadableNext reports whether a list has a link to a further page that a client does
// not follow: it has no valid URL, or one on another host.
func (e *exchange) hasUnreadableNext(at *url.URL) bool {
	if !e.hasNext() {
		return false
	}
	link := nextLink.FindStringSubmatch(strings.Join(e.header.Values("Link"), ", "))
	if link == nil {
		return true
	}
	next, err := at.Parse(link[1])
	return err != nil || next.Scheme != at.Scheme || !strings.EqualFold(next.Host, at.Host) || next.User != nil
}

// observeReports adds the facts about the objects of reports.
func (r *Recorder) observeReports(observe observer) {
	created := r.succeeded(createRequest)
	if len(created) > 0 {
		observe("create-response", created[0].response.Status == 201, strconv.Itoa(created[0].response.Status)+", status "+statusWord(created[0].object.Status))
	}
	read := r.succeeded(createRequest, readRequest)
	known := !slices.ContainsFunc(read, func(e *exchange) bool { return statusWord(e.object.Status) == "other" })
	observe("report-status", known, choose(read, known, "only known statuses", "an unknown status"))
	detailed := len(read) > 0 && !slices.Contains([]string{"", "null", "{}"}, string(read[0].object.Details))
	observe("report-details", detailed, choose(read, detailed, "present", "missing"))
	dated := len(read) > 0 && read[0].object.CreatedAt != ""
	observe("report-fields", detailed && dated, choose(read, dated, "created_at is present", "created_at is missing"))
	deletable := len(read) > 0 && read[0].object.DeletedAt != ""
	observe("report-deleted-at", true, choose(read, deletable, "deleted_at is set", "deleted_at is null or missing"))
	isMissing := hasStatus(http.StatusNotFound)
	lagging := filter(r.of(readRequest), func(e *exchange) bool { return e.succeeds() || isMissing(e) })
	missed := slices.ContainsFunc(lagging, isMissing)
	observe("report-read-lag", !missed, choose(lagging, missed, "a new report was not found at first", "a new report was found at once"))

	lists := r.succeeded(listRequest)
	filled := slices.DeleteFunc(slices.Clone(lists), func(e *exchange) bool { return len(e.listed) == 0 })
	nested := slices.ContainsFunc(filled, func(e *exchange) bool { return e.nested })
	observe("report-list-shape", !nested, choose(filled, nested, "nested", "flat"))
	for _, e := range filled {
		if order := orderOfReports(e.listed); order != "" {
			observe("report-list-order", true, order)
			break
		}
	}
	if len(created) > 0 {
		r.observeListLag(observe, created[0])
	}
}

// observeListLag adds whether the lists that were read after a report was created contain it.
func (r *Recorder) observeListLag(observe observer, created *exchange) {
	later := r.succeeded(createRequest, listRequest)
	later = later[slices.Index(later, created):]
	lists := filter(later, func(e *exchange) bool { return e.request == listRequest })
	if len(lists) == 0 {
		return
	}
	listed := slices.ContainsFunc(lists, func(e *exchange) bool { // on any page
		return slices.ContainsFunc(e.listed, func(w wireReport) bool { return w.ID == created.object.ID })
	})
	if listed || !lists[len(lists)-1].hasNext() {
		observe("report-list-lag", listed, choose(lists, listed, "new reports are in the list", "new reports are not in the list yet"))
	}
}

// ListedReport is a report as a list shows it.
type ListedReport struct {
	Status, CreatedAt string
	Details           json.RawMessage
	Time              time.Time // of the Date header of the list, or the local time if it has none
	Dated             bool      // the list has a Date header
}

// ListedReport returns a report of the last list that has it, and whether any list has it.
func (r *Recorder) ListedReport(id string) (listed ListedReport, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range r.succeeded(listRequest) {
		for _, w := range e.listed {
			if !strings.EqualFold(w.ID, id) {
				continue
			}
			date, err := http.ParseTime(e.header.Get("Date"))
			listed, ok = ListedReport{w.Status, w.CreatedAt, w.Details, date, err == nil}, true
			if err != nil {
				listed.Time = e.at
			}
		}
	}
	return listed, ok
}

// orderOfReports returns the order of a list of reports, "" if it is not clear.
func orderOfReports(reports []wireReport) string {
	oldestFirst, newestFirst, distinct := true, true, false
	for i := 1; i < len(reports); i++ {
		a, errA := time.Parse(time.RFC3339, reports[i-1].CreatedAt)
		b, errB := time.Parse(time.RFC3339, reports[i].CreatedAt)
		if errA != nil || errB != nil {
			return ""
		}
		oldestFirst, newestFirst, distinct = oldestFirst && !a.After(b), newestFirst && !a.Before(b), distinct || !a.Equal(b)
	}
	switch {
	case !distinct:
		return ""
	case newestFirst:
		return "newest first"
	case oldestFirst:
		return "oldest first"
	}
	return "other"
}

// statusWord returns a status if it is a known one.
func statusWord(status string) string {
	if IsKnownStatus(status) {
		return status
	}
	return "other"
}

// IsKnownStatus reports whether a status of reports is documented (API.md, report-status).
func IsKnownStatus(status string) bool {
	return slices.Contains([]string{"CREATED", "IN PROGRESS", "ERROR", "COMPLETED", "COMPLETED_BUT_EMPTY"}, status)
}

// UnknownStatuses returns the statuses of a report that are not documented, in the order in
// which they occurred first.
func (r *Recorder) UnknownStatuses(id string) (statuses []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range r.succeeded(createRequest, readRequest) {
		status := e.object.Status
		if strings.EqualFold(e.object.ID, id) && !IsKnownStatus(status) && !slices.Contains(statuses, status) {
			statuses = append(statuses, status)
		}
	}
	return statuses
}

// observeDownloads adds the facts about downloads.
func (r *Recorder) observeDownloads(observe observer, decoded []Decoded) {
	all := r.allOf(downloadRequest)
	if e := earlyResponse(filter(all, r.early)); e != nil {
		observe("download-early", true, strconv.Itoa(e.response.Status)+", "+bodyWord(e.response.Body))
	}
	lags := hasStatus(http.StatusNotFound, http.StatusConflict, http.StatusTooEarly)
	late := filter(all, func(e *exchange) bool { return !r.early(e) && (e.succeeds() || lags(e)) })
	lagged := slices.ContainsFunc(late, lags)
	observe("download-lag", !lagged, choose(late, lagged, "a completed report could not be downloaded at first", "a completed report could be downloaded at once"))
	complete := filter(late, hasStatus(http.StatusOK))
	if len(complete) > 0 {
		isCSV := strings.HasPrefix(complete[0].response.MediaType, "text/csv")
		observe("download-media-type", isCSV, choose(complete, isCSV, "text/csv", "another media type"))
		observe("download-length", complete[0].response.Framing != "close", complete[0].response.Framing)
	}
	for _, d := range decoded {
		if d.Report == nil {
			if text, ok := r.downloads[strings.ToLower(d.ID)]; ok && !d.Incomplete {
				problem := decodeProblem(text.text)
				observe("csv-header", problem != headerProblem, problem)
				return
			}
			continue
		}
		if d.Report.Header == nil && len(d.Report.Rows) == 0 {
			continue // no download
		}
		header := d.Report.Header != nil
		observe("csv-header", header, choose(all, header, "recognized", "there is no header"))
		return
	}
}

// earlyResponse returns the response to early downloads that shows how the tenant answers
// them, or nil. A failure that may be transient does if the repeated request fails the same.
func earlyResponse(early []*exchange) *exchange {
	settled := slices.IndexFunc(early, func(e *exchange) bool { return !e.isTransient() })
	switch {
	case settled >= 0:
		return early[settled]
	case len(early) > 1 && early[0].response.Status == early[1].response.Status:
		return early[0]
	}
	return nil
}

// headerProblem is the problem of a text whose header is not recognized.
const headerProblem = "not recognized"

// decodeProblem returns why a report cannot be decoded, in fixed words.
func decodeProblem(text []byte) string {
	_, err := accessreport.Decode(context.Background(), string(text), nil)
	failed, ok := errors.AsType[*accessreport.FormatError](err)
	switch {
	case !ok:
		return "the text cannot be decoded"
	case strings.HasPrefix(failed.Problem, "multiple columns have the header"):
		return "columns are repeated"
	case failed.Header != nil:
		return headerProblem
	case strings.Contains(failed.Problem, "cells, but the header has"):
		return "a row has another number of cells than the header"
	}
	return "the text cannot be decoded"
}

// early reports whether a download was requested before the report was completed: no
// response before it had a final status, and if it returned a CSV, one after it has another.
func (r *Recorder) early(download *exchange) bool {
	before, unfinished := true, false
	for i := range r.exchanges {
		e := &r.exchanges[i]
		if e == download {
			before = false
		}
		if e.request != createRequest && e.request != readRequest || e.response.Status/100 != 2 || !strings.EqualFold(e.object.ID, download.id) {
			continue
		}
		final := slices.Contains([]string{"ERROR", "COMPLETED", "COMPLETED_BUT_EMPTY"}, e.object.Status)
		if before && final {
			return false
		}
		unfinished = unfinished || !before && !final
	}
	return unfinished || download.response.Status != http.StatusOK || download.response.Body != "csv"
}

// bodyWord returns the kind of a body.
func bodyWord(body any) string {
	if word, ok := body.(string); ok {
		return word
	}
	return "json"
}

// timing returns the durations and limits.
func (r *Recorder) timing(decoded []Decoded) (t Timing) {
	for _, d := range decoded {
		if d.User {
			t.UserReportMS = r.duration(d.ID)
		} else {
			t.ResourceReportMS = r.duration(d.ID)
		}
	}
	for i := range r.exchanges {
		e := &r.exchanges[i]
		date, err := time.Parse(time.RFC1123, e.header.Get("Date"))
		if err == nil && !e.isTransient() {
			// A Date header has whole seconds, rounded down: this is the middle.
			middle := date.Add(500 * time.Millisecond)
			t.ClockSkewS = cmp.Or(t.ClockSkewS, skew(middle.Sub(e.at)))
			if expires, err := time.Parse(time.RFC3339, e.object.ExpiresAt); err == nil {
				t.TokenLifetimeS = max(1, about(int64(expires.Sub(date).Seconds()))) // 0 is unknown
			}
			if created, err := time.Parse(time.RFC3339, e.object.CreatedAt); err == nil && e.request == createRequest {
				t.ReportClockSkewS = cmp.Or(t.ReportClockSkewS, skew(created.Sub(middle)))
			}
		}
		if limit := e.number("X-RateLimit-Limit"); limit > 0 {
			t.RateLimit = about(limit)
		}
		if e.hasNext() {
			t.PageSize = max(t.PageSize, e.elements)
		}
	}
	return t
}

// duration returns how long a report took by the server's clock, in milliseconds, 0 if
// that is not known.
func (r *Recorder) duration(id string) int {
	for _, e := range r.succeeded(createRequest, readRequest) {
		if !strings.EqualFold(e.object.ID, id) || !slices.Contains([]string{"COMPLETED", "COMPLETED_BUT_EMPTY"}, e.object.Status) {
			continue
		}
		created, err1 := time.Parse(time.RFC3339, e.object.CreatedAt)
		updated, err2 := time.Parse(time.RFC3339, e.object.UpdatedAt)
		if err1 != nil || err2 != nil {
			return 0
		}
		return atMost(updated.Sub(created).Milliseconds())
	}
	return 0
}

// skew returns the difference of two clocks in seconds. Small ones are the time that a
// response takes.
func skew(difference time.Duration) int {
	if difference.Abs() < 5*time.Second {
		return 0
	}
	return about(int64(difference.Round(time.Second).Seconds()))
}
