package provider

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
	"github.com/privileged-access/terraform-provider-opa/internal/client"
	"github.com/privileged-access/terraform-provider-opa/internal/tenantprofile"
)

// checkStatus is the status of a check of the tenant.
type checkStatus string

const (
	checkPassed  checkStatus = "pass"
	checkWarned  checkStatus = "warn"
	checkFailed  checkStatus = "fail"
	checkSkipped checkStatus = "skipped"
)

// finding is what a check found.
type finding struct {
	status checkStatus
	detail prose
}

func passed(detail prose) finding { return finding{checkPassed, detail} }
func warned(detail prose) finding { return finding{checkWarned, detail} }

// failed returns the finding for an error: the message that a read would show for it.
func failed(err error) finding {
	d := explain(err)
	return finding{checkFailed, prose(d.Summary() + ". " + d.Detail())}
}

// checkResult is a check that ran or was skipped.
type checkResult struct {
	name string
	finding
}

// tenantCheck checks a tenant. It has a client of its own, whose responses a recorder
// observes, so that it signs in and shares nothing with other reads.
type tenantCheck struct {
	*session

	recorder *tenantprofile.Recorder
	results  []checkResult

	user            client.User
	server          client.Server
	sameHostname    bool // other servers have the hostname of the server
	reports         map[client.Kind]client.Report
	decoded         map[client.Kind]decodedReport
	unreadable      []tenantprofile.Decoded
	subjectOfReport map[client.Kind]reportSubject
}

func newTenantCheck(s *session) (*tenantCheck, error) {
	t := &tenantCheck{
		reports: map[client.Kind]client.Report{}, decoded: map[client.Kind]decodedReport{}, subjectOfReport: map[client.Kind]reportSubject{},
	}
	config := s.config
	config.Observe = func(base http.RoundTripper) http.RoundTripper {
		t.recorder = tenantprofile.NewRecorder(base, s.team)
		return t.recorder
	}
	c, err := client.New(config)
	if err != nil {
		return nil, err
	}
	own := *s
	own.client = c
	t.session = &own
	return t, nil
}

// safe returns a detail without credentials.
func (t *tenantCheck) safe(detail prose) string {
	if t.client.HasCredentials(string(detail)) {
		return "The detail was removed because it contained credentials."
	}
	return string(detail)
}

// check runs a check, unless one that it needs did not pass, or the time is over.
func (t *tenantCheck) check(ctx context.Context, name string, needs []string, run func() finding) {
	for _, result := range t.results {
		if slices.Contains(needs, result.name) && (result.status == checkFailed || result.status == checkSkipped) {
			t.results = append(t.results, checkResult{name, finding{checkSkipped, say("It needs %s, which did not pass.", result.name)}})
			return
		}
	}
	if ctx.Err() != nil {
		t.results = append(t.results, checkResult{name, finding{checkSkipped, "The checks exceeded timeouts.read. Increase it: timeouts = { read = \"30m\" }."}})
		return
	}
	t.results = append(t.results, checkResult{name, run()})
}

// Names of checks that others need.
const (
	signInCheck       = "sign_in"
	listServersCheck  = "list_servers"
	listReportsCheck  = "list_reports"
	createUserCheck   = "create_user_report"
	createServerCheck = "create_resource_report"
	userReportCheck   = "user_report"
	serverReportCheck = "resource_report"
	userRowsCheck     = "user_rows"
	serverRowsCheck   = "resource_rows"
)

// run runs all checks.
func (t *tenantCheck) run(ctx context.Context, m *tenantCheckModel) {
	t.check(ctx, signInCheck, nil, func() finding { return t.signIn(ctx) })
	signedIn := []string{signInCheck}
	for _, list := range []struct {
		check, noun string
		collection  client.Collection
	}{
		{"list_users", "user", client.UsersCollection},
		{"list_groups", "group", client.GroupsCollection},
		{listServersCheck, "server", client.ServersCollection},
		{listReportsCheck, "access report", client.ReportsCollection},
	} {
		t.check(ctx, list.check, signedIn, func() finding {
			n, err := t.client.FirstPage(ctx, list.collection)
			if err != nil {
				return failed(err)
			}
			return passed(say("The first page has %s.", count(n, list.noun)))
		})
	}
	user := t.findUser(ctx, m)
	server := t.findServer(ctx, m)
	t.create(ctx, createUserCheck, user, func() reportSubject { return userSubject(t.user, types.StringValue(defaultResourceType)) })
	t.create(ctx, createServerCheck, server, func() reportSubject { return serverSubject(t.server, types.StringValue(defaultResourceType)) })
	t.check(ctx, "download_early", []string{createUserCheck}, func() finding { return t.downloadEarly(ctx) })
	for _, report := range []struct {
		kind               client.Kind
		check, needs, rows string
	}{
		{client.UserSubject, userReportCheck, createUserCheck, userRowsCheck},
		{client.ResourceSubject, serverReportCheck, createServerCheck, serverRowsCheck},
	} {
		var result *client.Result
		t.check(ctx, report.check, []string{report.needs}, func() (f finding) {
			result, f = t.wait(ctx, report.kind)
			return f
		})
		t.check(ctx, report.rows, []string{report.check}, func() finding { return t.decodeRows(ctx, report.kind, result) })
	}
	rows := []string{userRowsCheck, serverRowsCheck}
	t.check(ctx, "conditions", rows, t.conditions)
	t.check(ctx, "compare_reports", rows, t.compareReports)
	t.check(ctx, "reuse_report", []string{userReportCheck, listReportsCheck}, func() finding { return t.reuse(ctx) })
	t.check(ctx, "read_user_report_again", []string{userRowsCheck}, func() finding { return t.readAgain(ctx, client.UserSubject) })
	t.check(ctx, "read_resource_report_again", []string{serverRowsCheck}, func() finding { return t.readAgain(ctx, client.ResourceSubject) })
}

func (t *tenantCheck) signIn(ctx context.Context) finding {
	if err := t.client.SignIn(ctx); err != nil {
		return failed(err)
	}
	switch t.credentialsKind() {
	case "bearer_token":
		return passed("The provider uses bearer_token, which the next checks verify.")
	case "workload_identity":
		return passed("OPA issued a token to the workload.")
	}
	return passed("OPA accepted the API key.")
}

func (t *tenantCheck) credentialsKind() string {
	switch {
	case t.config.BearerToken != "":
		return "bearer_token"
	case t.config.Workload != nil:
		return "workload_identity"
	}
	return "api_key"
}

// findUser looks up the user in each way. It returns the name of the check that others
// need.
func (t *tenantCheck) findUser(ctx context.Context, m *tenantCheckModel) string {
	byName := func(needs, name string) {
		t.check(ctx, "user_by_name", []string{needs}, func() finding {
			if name == "" {
				return warned("OPA returned no name of the user, so it was not looked up by name.")
			}
			return t.foundUser(t.client.UserByName(ctx, name))
		})
	}
	byID := func(needs, id string) {
		t.check(ctx, "user_by_id", []string{needs}, func() finding { return t.foundUser(t.client.UserByID(ctx, id)) })
	}
	first := "user_by_name"
	if m.UserName.IsNull() {
		first = "user_by_id"
		byID(signInCheck, m.UserID.ValueString())
		byName(first, t.user.Name)
	} else {
		byName(signInCheck, m.UserName.ValueString())
		byID(first, t.user.ID)
	}
	t.check(ctx, "user_in_list", []string{first}, func() finding {
		users, err := t.client.Users(ctx, client.UserFilter{Contains: t.user.Name})
		switch {
		case err != nil:
			return failed(err)
		case !slices.ContainsFunc(users, func(u client.User) bool { return strings.EqualFold(u.ID, t.user.ID) }):
			return finding{checkFailed, say("The list of users that contain %q does not have the user. Reports on groups and lists of users would omit the user. Please report this with the profile: %s", t.client.Redact(t.user.Name), tenantForm)}
		}
		return passed("The list of users has the user.")
	})
	return first
}

// foundUser returns the finding of a lookup, and keeps the user of the first one.
func (t *tenantCheck) foundUser(user client.User, err error) finding {
	switch {
	case err != nil:
		return failed(err)
	case t.user.ID != "" && !strings.EqualFold(t.user.ID, user.ID):
		return finding{checkFailed, "The two lookups of the user found different users. Please report this with the profile: " + tenantForm}
	}
	t.user = user
	return passed(say("Found the user: type %s, status %s.", textOrNone(t.client.Redact(user.UserType)), textOrNone(t.client.Redact(user.Status))))
}

// findServer looks up the server in each way. It returns the name of the check that
// others need.
func (t *tenantCheck) findServer(ctx context.Context, m *tenantCheckModel) string {
	type way struct {
		check  string
		filter func() client.ServerFilter
	}
	ways := []way{
		{"server_by_hostname", func() client.ServerFilter {
			return client.ServerFilter{Hostname: valueOr(m.Hostname, t.server.Hostname).ValueString()}
		}},
		{"server_by_canonical_name", func() client.ServerFilter {
			return client.ServerFilter{CanonicalName: valueOr(m.CanonicalName, t.server.CanonicalName).ValueString()}
		}},
		{"server_by_id", func() client.ServerFilter {
			return client.ServerFilter{ID: valueOr(m.ResourceID, t.server.ID).ValueString()}
		}},
	}
	given := func(w way) int {
		f := w.filter()
		if f.ID+f.Hostname+f.CanonicalName != "" {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(ways, func(a, b way) int { return given(a) - given(b) })
	needs := []string{listServersCheck}
	for i, w := range ways {
		if i == 1 {
			needs = []string{ways[0].check}
		}
		t.check(ctx, w.check, needs, func() finding {
			filter := w.filter()
			if filter.ID+filter.Hostname+filter.CanonicalName == "" {
				return warned("OPA returned no such name of the server, so it was not looked up by it.")
			}
			return t.foundServer(t.client.ServerBy(ctx, filter))
		})
	}
	return ways[0].check
}

// foundServer returns the finding of a lookup, and keeps the server of the first one.
func (t *tenantCheck) foundServer(server client.Server, err error) finding {
	_, several := errors.AsType[*client.AmbiguousServerError](err)
	switch {
	case several && t.server.ID != "":
		t.sameHostname = true
		return warned("Several servers have this name, which is allowed. Reports by this name need project_name or resource_id.")
	case err != nil:
		return failed(err)
	case t.server.ID != "" && !strings.EqualFold(t.server.ID, server.ID):
		return finding{checkFailed, "Two lookups of the server found different servers. Please report this with the profile: " + tenantForm}
	}
	t.server = server
	return passed(say("Found the server: state %s.", textOrNone(t.client.Redact(server.State))))
}

// create creates a report on a subject, which the check that it needs has found.
func (t *tenantCheck) create(ctx context.Context, name, needs string, subject func() reportSubject) {
	t.check(ctx, name, []string{needs}, func() finding {
		s := subject()
		report, summary, err := t.client.CreateReport(ctx, s.Subject)
		if err != nil {
			return failed(err)
		}
		t.reports[s.Kind], t.subjectOfReport[s.Kind] = report, s
		return passed(say("OPA created the report %s. Its status is %s.", summary.ID, textOrNone(summary.Status)))
	})
}

// downloadEarly downloads a report that is not complete. The provider never does, so
// every answer is harmless.
func (t *tenantCheck) downloadEarly(ctx context.Context) finding {
	report := t.reports[client.UserSubject]
	if report.Done() {
		return finding{checkSkipped, "The report was complete at once."}
	}
	_, err := t.client.Download(ctx, report.ID)
	if refused, ok := errors.AsType[*client.APIError](err); ok {
		return passed(say("OPA refused to download a report that is not complete (HTTP status %d).", refused.StatusCode))
	}
	if _, ok := errors.AsType[*client.ProtocolError](err); ok {
		return passed("The download of a report that is not complete is not a CSV.")
	}
	if err != nil {
		return failed(err)
	}
	return warned("OPA returned a CSV before the report was complete. The provider only downloads complete reports, but scripts that do not wait get an incomplete answer.")
}

// wait waits for a report, and downloads it.
func (t *tenantCheck) wait(ctx context.Context, kind client.Kind) (*client.Result, finding) {
	started := time.Now()
	result, err := t.client.Existing(ctx, t.reports[kind].ID)
	if err != nil {
		return nil, failed(err)
	}
	return result, passed(say("The report has the status %s. The check waited %s for it.", textOrNone(result.Summary.Status), elapsed(time.Since(started))))
}

// decodeRows decodes a report, and checks that it is about its subject.
func (t *tenantCheck) decodeRows(ctx context.Context, kind client.Kind, result *client.Result) finding {
	decoded, err := t.decode(ctx, result, reportOptions{})
	if err != nil {
		t.unreadable = append(t.unreadable, tenantprofile.Decoded{ID: result.Report.ID, User: kind == client.UserSubject})
		return failed(err)
	}
	t.decoded[kind] = decoded
	if decoded, err = decoded.checkSubject(t.subjectOfReport[kind]); err != nil {
		return failed(err)
	}
	t.decoded[kind] = decoded // with the subject of its rows
	rows := say("The report has %s.", count(len(decoded.decoded.Rows), "row"))
	var remarks []string
	for _, warning := range decoded.decoded.Warnings {
		remarks = append(remarks, string(say("%s", t.client.Redact(warning))))
	}
	if decoded.unexpectedName != "" {
		remarks = append(remarks, string(say("Its rows use a name for the subject that is not one of its known names: %s. Check that it is the same one.", decoded.unexpectedName)))
	}
	switch {
	case remarks != nil:
		return warned(rows + " " + prose(strings.Join(remarks, " ")))
	case len(decoded.decoded.Rows) == 0:
		return warned(rows + " Check a user and a server with access, so that there are rows to check.")
	}
	return passed(rows)
}

// conditions checks whether all conditions are understood.
func (t *tenantCheck) conditions() finding {
	user, server := t.decoded[client.UserSubject].decoded, t.decoded[client.ResourceSubject].decoded
	unknown := accessreport.UnknownConditions(user, server)
	switch {
	case len(user.Rows)+len(server.Rows) == 0:
		return finding{checkSkipped, "The reports have no rows."}
	case len(unknown) > 0:
		lines := make([]string, len(unknown))
		for i, text := range unknown {
			lines[i] = string(say("%q", t.client.Redact(text)))
		}
		return warned(say("%s were not fully understood, so the flags of their rows do not claim what they may require. Please report which words your tenant uses: %s\n%s",
			count(len(unknown), "condition"), tenantForm, prose(strings.Join(lines, "\n"))))
	}
	return passed("All conditions are understood.")
}

// compareReports compares the rows of the two reports about the user and the server, which
// must be the same.
func (t *tenantCheck) compareReports() finding {
	var names accessreport.Names
	var sides [2][]accessreport.Row
	var missing accessreport.Columns
	for i, kind := range []client.Kind{client.UserSubject, client.ResourceSubject} {
		report, subject := t.decoded[kind], t.subjectOfReport[kind]
		names.Add(subject.column(), subject.ID, append(subject.names, report.decoded.SubjectNames(subject.column())...)...)
		sides[i] = report.decoded.Rows
		missing |= report.decoded.MissingColumns()
	}
	about := func(rows []accessreport.Row, column accessreport.Column, id string) []accessreport.Row {
		return slices.DeleteFunc(slices.Clone(rows), func(r accessreport.Row) bool { return !names.Mean(column, r.Cell(column), id) })
	}
	users := about(sides[0], accessreport.ResourceName, t.server.ID)
	servers := about(sides[1], accessreport.UserName, t.user.ID)
	onlyUsers, onlyServers := accessreport.CrossCheck(users, servers, &names, missing)
	switch {
	case len(users)+len(servers) == 0:
		return warned("Neither report has access of the user to the server, so there is nothing to compare. Check a user and a server with access.")
	case len(onlyServers) == 0 && len(onlyUsers) > 0 && t.sameHostname:
		return warned(say("The report on the user has %s more, which can be about another server with the same name.", count(len(onlyUsers), "row")))
	case len(onlyUsers)+len(onlyServers) > 0:
		return finding{checkFailed, say("The two reports differ: %s about the user and the server %s only in the report on the user, and %d only in the report on the server. "+
			"Access may have changed between the two. Run the check again, and please report a difference that remains, with the profile: %s",
			count(len(onlyUsers), "row"), isOrAre(len(onlyUsers)), len(onlyServers), tenantForm)}
	}
	return passed(say("Both reports have the same %s about the user and the server.", count(len(users), "row")))
}

func isOrAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// reuse requests the report on the user with max_age, which must not create another one.
func (t *tenantCheck) reuse(ctx context.Context) finding {
	result, err := t.client.Run(ctx, t.subjectOfReport[client.UserSubject].Subject, time.Hour)
	switch {
	case err != nil:
		return failed(err)
	case !result.Reused:
		return warned("With max_age, the provider created another report, because it did not find the first one in the list of reports. Reads with max_age take as long as without it on this tenant.")
	}
	return passed("With max_age, the provider found the report, and created no other one.")
}

// readAgain reads a report by its ID, which must have the same rows.
func (t *tenantCheck) readAgain(ctx context.Context, kind client.Kind) finding {
	result, err := t.client.Existing(ctx, t.reports[kind].ID)
	if err != nil {
		return failed(err)
	}
	again, err := t.decode(ctx, result, reportOptions{})
	if err != nil {
		return failed(err)
	}
	difference := accessreport.Diff(t.decoded[kind].decoded.Rows, again.decoded.Rows)
	if len(difference.Added)+len(difference.Removed) > 0 {
		return finding{checkFailed, "The report has other rows when it is read again. Reports are expected not to change. Please report this with the profile: " + tenantForm}
	}
	return passed("The report has the same rows when it is read again.")
}

// profile returns the profile of the tenant.
func (t *tenantCheck) profile(version string) tenantprofile.Profile {
	checks := []tenantprofile.Check{}
	for _, result := range t.results {
		checks = append(checks, tenantprofile.Check{Name: result.name, Status: string(result.status)})
	}
	decoded := slices.Clone(t.unreadable)
	unreadable := func(kind client.Kind) bool {
		return slices.ContainsFunc(t.unreadable, func(d tenantprofile.Decoded) bool { return d.User == (kind == client.UserSubject) })
	}
	for _, kind := range []client.Kind{client.UserSubject, client.ResourceSubject} {
		if report, ok := t.decoded[kind]; ok {
			decoded = append(decoded, tenantprofile.Decoded{ID: report.Report.ID, User: kind == client.UserSubject, Report: report.decoded})
		} else if report, ok := t.reports[kind]; ok && !unreadable(kind) {
			decoded = append(decoded, tenantprofile.Decoded{ID: report.ID, User: kind == client.UserSubject, Incomplete: true})
		}
	}
	return t.recorder.Profile(version, t.credentialsKind(), checks, decoded)
}
