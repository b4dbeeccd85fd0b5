package provider

import (
	"context"
	"net/http"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/types"

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

	firstPages      map[client.Collection]client.Page
	user            client.User
	server          client.Server
	sameHostname    bool // other servers have the hostname of the server
	reports         map[client.Kind]client.Report
	decoded         map[client.Kind]decodedReport
	unreadable      []tenantprofile.Decoded
	unknown         []string // statuses of reports, of which a check has warned
	subjectOfReport map[client.Kind]reportSubject
}

func newTenantCheck(s *session) (*tenantCheck, error) {
	t := &tenantCheck{
		firstPages: map[client.Collection]client.Page{},
		reports:    map[client.Kind]client.Report{}, decoded: map[client.Kind]decodedReport{}, subjectOfReport: map[client.Kind]reportSubject{},
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
			reason := result.detail // the first check that failed
			if result.status == checkFailed {
				reason = say("It needs %s, which did not pass.", result.name)
			}
			t.results = append(t.results, checkResult{name, finding{checkSkipped, reason}})
			return
		}
	}
	if ctx.Err() != nil {
		t.results = append(t.results, checkResult{name, finding{checkFailed, "The checks exceeded timeouts.read. Increase it: timeouts = { read = \"30m\" }."}})
		return
	}
	t.results = append(t.results, checkResult{name, run()})
}

// Names of checks that others need.
const (
	signInCheck       = "sign_in"
	listUsersCheck    = "list_users"
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
		{listUsersCheck, "user", client.UsersCollection},
		{"list_groups", "group", client.GroupsCollection},
		{listServersCheck, "server", client.ServersCollection},
		{listReportsCheck, "access report", client.ReportsCollection},
	} {
		t.check(ctx, list.check, signedIn, func() finding {
			page, err := t.client.FirstPage(ctx, list.collection)
			if err != nil {
				return failed(err)
			}
			t.firstPages[list.collection] = page
			n := len(page.IDs)
			if n == 0 && list.check != listReportsCheck {
				return warned(say("The first page of the list is empty. Check in OPA that the team has no %s.", list.noun))
			}
			return passed(say("The first page has %s.", count(n, list.noun)))
		})
	}
	user := t.findUser(ctx, m)
	server := t.findServer(ctx, m)
	t.checkLists()
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
	readable := rows
	if len(t.decoded) > 0 {
		readable = nil // one report is enough
	}
	t.check(ctx, "conditions", readable, t.conditions)
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

// profile returns the profile of the tenant.
func (t *tenantCheck) profile(version string) tenantprofile.Profile {
	checks := make([]tenantprofile.Check, 0, len(t.results))
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
