package provider

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
	"github.com/privileged-access/terraform-provider-opa/internal/client"
	"github.com/privileged-access/terraform-provider-opa/internal/tenantprofile"
)

// create creates a report on a subject, which the check that it needs has found.
func (t *tenantCheck) create(ctx context.Context, name, needs string, subject func() reportSubject) {
	t.check(ctx, name, []string{needs}, func() finding {
		s := subject()
		report, summary, err := t.client.CreateReport(ctx, s.Subject)
		if err != nil {
			return failed(err)
		}
		t.reports[s.Kind], t.subjectOfReport[s.Kind] = report, s
		created := say("Status %s. OPA created the report %s.", textOrNone(summary.Status), summary.ID)
		if !tenantprofile.IsKnownStatus(report.Status) {
			return t.unknownStatuses(created, report.Status)
		}
		return passed(created)
	})
}

// downloadEarly downloads a report that is not complete. The provider never does, so
// any response is harmless.
func (t *tenantCheck) downloadEarly(ctx context.Context) finding {
	report := t.reports[client.UserSubject]
	if report.Done() {
		return finding{checkSkipped, "The report was complete at once."}
	}
	limit := maxEarlyDownload
	if deadline, ok := ctx.Deadline(); ok {
		limit = min(limit, time.Until(deadline)/4)
	}
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	_, err := t.client.Download(limited, report.ID)
	if refused, ok := errors.AsType[*client.APIError](err); ok && tenantprofile.IsTransient(refused.StatusCode) {
		first := err
		_, err = t.client.Download(limited, report.ID)
		if limited.Err() != nil && ctx.Err() == nil {
			return finding{checkSkipped, say("The download of a report that is not complete failed (%s), and was not repeated in time, so it is not known how OPA responds to it.", first)}
		}
	}
	if limited.Err() != nil && ctx.Err() == nil {
		return warned(say("OPA did not respond to the download of a report that is not complete within %s. The provider only downloads complete reports.", elapsed(limit)))
	}
	if refused, ok := errors.AsType[*client.APIError](err); ok {
		if mayBeOfProxy(refused) {
			return warned(say("The response to the download of a report that is not complete is %s (HTTP status %d), so a proxy or firewall may have answered instead of OPA. "+
				"Check base_url in the provider configuration, and the proxies and firewalls between this machine and the tenant.", prose(refused.Body), refused.StatusCode))
		}
		return passed(say("OPA refused to download a report that is not complete (HTTP status %d).", refused.StatusCode))
	}
	if _, ok := errors.AsType[*client.ProtocolError](err); ok {
		return passed("The download of a report that is not complete is not a CSV.")
	}
	if err != nil {
		return failed(err)
	}
	// The report may have completed just before the download.
	if now, err := t.client.ReadReport(ctx, report.ID); err != nil || now.Done() {
		return finding{checkSkipped, "The report completed before it was downloaded."}
	}
	return warned("OPA returned a CSV before the report was complete. The provider only downloads complete reports, but scripts that do not wait get an incomplete answer.")
}

// maxEarlyDownload limits the early download, which must leave the time for the reports.
const maxEarlyDownload = 15 * time.Second

// wait waits for a report, and downloads it.
func (t *tenantCheck) wait(ctx context.Context, kind client.Kind) (*client.Result, finding) {
	started := time.Now()
	result, err := t.client.Await(ctx, t.reports[kind])
	if err != nil {
		return nil, failed(err)
	}
	completed := say("Status %s. The check waited %s for it.", textOrNone(result.Summary.Status), elapsed(time.Since(started)))
	unknown := slices.DeleteFunc(t.recorder.UnknownStatuses(result.Report.ID), func(status string) bool { return slices.Contains(t.unknown, status) })
	if len(unknown) > 0 {
		return result, t.unknownStatuses(completed, unknown...)
	}
	return result, passed(completed)
}

// unknownStatuses returns the finding for statuses of a report that are not documented. Later
// checks pass with the same ones.
func (t *tenantCheck) unknownStatuses(happened prose, statuses ...string) finding {
	t.unknown = append(t.unknown, statuses...)
	quoted := make([]string, len(statuses))
	for i, status := range statuses {
		quoted[i] = string(say("%q", t.client.Redact(status)))
	}
	return warned(say("%s Unknown status, with which the provider continues to poll: %s. Please report which statuses your tenant uses: %s",
		happened, prose(strings.Join(quoted[:min(len(quoted), 10)], ", ")), tenantForm))
}

// decodeRows decodes a report, and checks that it is about its subject.
func (t *tenantCheck) decodeRows(ctx context.Context, kind client.Kind, result *client.Result) finding {
	decoded, err := t.decode(ctx, result, reportOptions{})
	if err != nil {
		t.unreadable = append(t.unreadable, tenantprofile.Decoded{ID: result.Report.ID, User: kind == client.UserSubject})
		return failed(nameSubject(err, t.subjectOfReport[kind]))
	}
	t.decoded[kind] = decoded
	if decoded, err = decoded.checkSubject(t.subjectOfReport[kind]); err != nil {
		return failed(err)
	}
	t.decoded[kind] = decoded // with the subject of its rows
	if decoded.unexpectedName != "" {
		return finding{checkFailed, say("Unexpected name. It is not known whether the rows are about the subject of the report, because they use none of its names (%s). "+
			"Check in OPA whether it is another name of the same one, and report how your tenant writes names: %s", decoded.unexpectedName, tenantForm)}
	}
	rows := say("The report has %s.", count(len(decoded.decoded.Rows), "row"))
	var remarks []string
	for _, warning := range decoded.decoded.Warnings {
		remarks = append(remarks, string(say("%s", t.client.Redact(warning))))
	}
	if words := t.unknownWords(decoded.decoded.Rows); words != "" {
		remarks = append(remarks, string(unknownWordsRemark(words)))
	}
	switch {
	case remarks != nil:
		return warned(rows + " " + prose(strings.Join(remarks, " ")))
	case len(decoded.decoded.Rows) == 0:
		return warned(rows + " Check a user and a server with access, so that there are rows to check.")
	}
	return passed(rows)
}

// conditions checks whether all conditions are understood, as far as reports could be read.
func (t *tenantCheck) conditions() finding {
	var reports []*accessreport.Report
	rows := 0
	for _, kind := range []client.Kind{client.UserSubject, client.ResourceSubject} {
		if report, ok := t.decoded[kind]; ok {
			reports = append(reports, report.decoded)
			rows += len(report.decoded.Rows)
		}
	}
	unknown := accessreport.UnknownConditions(reports...)
	switch {
	case rows == 0:
		return finding{checkSkipped, "The reports have no rows."}
	case len(unknown) > 0:
		lines := make([]string, len(unknown))
		for i, text := range unknown {
			lines[i] = string(say("%q", t.client.Redact(text)))
		}
		return warned(say("Not fully understood: %s. The flags of their rows do not claim what they may require. Please report which words your tenant uses: %s\n%s",
			count(len(unknown), "condition"), tenantForm, prose(strings.Join(lines, "\n"))))
	}
	if len(reports) == 1 {
		return passed("All conditions of the report that could be read are understood.")
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
		return finding{checkFailed, say("The two reports differ about the user and the server. Only in the report on the user: %s. Only in the report on the server: %s. "+
			"Access may have changed between the two. Run the check again, and please report a difference that remains, with the profile: %s",
			count(len(onlyUsers), "row"), count(len(onlyServers), "row"), tenantForm)}
	}
	return passed(say("Both reports have the same %s about the user and the server.", count(len(users), "row")))
}

// unknownWords returns the user types, user statuses and privileges that are not
// documented, "" if there are none.
func (t *tenantCheck) unknownWords(rows []accessreport.Row) prose {
	var words []string
	for _, known := range []struct {
		column accessreport.Column
		words  []string
	}{
		{accessreport.UserType, knownUserTypes},
		{accessreport.UserStatus, knownUserStatuses},
		{accessreport.Privileges, []string{"user", "admin"}},
	} {
		for i := range rows {
			cell := rows[i].Cell(known.column)
			if !rows[i].MissingColumns.Has(known.column) && !slices.Contains(known.words, strings.ToLower(cell)) {
				words = append(words, string(say("%s %q", known.column.String(), t.client.Redact(cell))))
			}
		}
	}
	slices.Sort(words)
	words = slices.Compact(words)
	return prose(strings.Join(words[:min(len(words), 10)], ", "))
}

// reusableAge is the max_age of the check of it.
const reusableAge = time.Hour

// reuse requests the report on the user with max_age, which must not create another one.
func (t *tenantCheck) reuse(ctx context.Context) finding {
	result, err := t.client.Run(ctx, t.subjectOfReport[client.UserSubject].Subject, reusableAge)
	switch {
	case err != nil:
		return failed(err)
	case !result.Reused:
		return warned("With max_age, the provider created another report, because " + t.whyNotReused(t.reports[client.UserSubject].ID))
	}
	return passed("With max_age, the provider found the report, and created no other one.")
}

// whyNotReused returns why max_age did not find a report, and what to do.
func (t *tenantCheck) whyNotReused(reportID string) prose {
	const slow = " Reads with max_age take as long as without it on this tenant."
	const report = slow + " Please report this with the profile: " + tenantForm
	listed, ok := t.recorder.ListedReport(reportID)
	if !ok {
		return "it did not find the first one in the list of reports." + slow
	}
	now := client.Report{Status: listed.Status, CreatedAt: listed.CreatedAt}
	isDetailed := json.Unmarshal(listed.Details, &now.Details) == nil && now.Subject().ID != "" && now.Subject().ResourceType != ""
	created, isDated := now.Created()
	switch difference := created.Sub(listed.Time); {
	case !isDated:
		return "the list of reports does not have created_at of the first one, so its age is not known." + report
	case !isDetailed:
		return "the list of reports does not have the details of the first one, so its subject is not known." + report
	case difference > client.MaxClockDifference || difference < -reusableAge:
		return otherClock(difference, listed.Dated)
	case now.Status != client.StatusCompleted && now.Status != client.StatusEmpty:
		return say("the first one is complete, but has the status %s in the list of reports.%s", textOrNone(t.client.Redact(now.Status)), prose(report))
	}
	return "it could not use the first one, which is in the list of reports." + report
}

// otherClock describes the difference between created_at of a report in a list and the time
// of the list, and what to do.
func otherClock(difference time.Duration, dated bool) prose {
	clock := prose("the time in the Date header of the response")
	if !dated {
		clock = "the time of this machine (the response has no Date header)"
	}
	seconds := count(int(difference.Abs().Seconds()), "second")
	advice := prose("Check whether a proxy changes the Date header. If none does, report the difference to Okta Support.")
	if !dated {
		advice = "Check the clock of this machine. If it is correct, report the difference to Okta Support."
	}
	if difference > 0 {
		return say("created_at of the first one is %s after %s. max_age does not use reports that are more than %d minutes in the future, so it finds this one only %s later. %s",
			seconds, clock, int(client.MaxClockDifference.Minutes()), count(int((difference-client.MaxClockDifference).Seconds())+1, "second"), advice)
	}
	return say("created_at of the first one is %s before %s, so it looks older than the max_age of this check (%d minutes). %s Until then, increase max_age by the difference.",
		seconds, clock, int(reusableAge.Minutes()), advice)
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
