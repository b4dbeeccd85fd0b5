package provider

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
	"github.com/privileged-access/terraform-provider-opa/internal/client"
)

// readBoth creates the reports on all users and on all servers, compares them, and sets
// the attributes of the model. If the team changes, it updates its subjects.
func (m *teamAccessReportModel) readBoth(ctx context.Context, s *session, t *team) diag.Diagnostics {
	// The rows are filtered later: the comparison needs all of them.
	options := reportOptions{maxAge: duration(m.MaxAge)}
	diags := completeMembers(ctx, s, t.all(), options, incomplete{advice: crossCheckAdvice})
	if !diags.HasError() {
		diags.Append(m.crossCheck(ctx, s, t)...)
	}
	if diags.HasError() {
		return diags
	}
	if filter := m.filter(); filter != nil {
		for _, member := range t.all() {
			if err := member.decoded.Select(filter); err != nil {
				return append(diags, explain(err))
			}
		}
	}
	diags = append(diags, m.setReports(ctx, s, t.of(m.kind()))...)
	return append(diags, reportWarnings(t.all())...)
}

const crossCheckAdvice = "No rows are returned, because a cross-check needs all reports. Fix the errors above, or remove cross_check."

// crossCheck compares the reports on users and servers. While rows differ, it reads their
// subjects again, each of them once, because access may have changed and reused reports
// may be old. It returns an error if the rows still differ.
func (m *teamAccessReportModel) crossCheck(ctx context.Context, s *session, t *team) diag.Diagnostics {
	current := map[string]bool{} // IDs of the subjects that were read again
	for {
		c, diags := t.compare()
		if diags.HasError() || c.equal() {
			return diags
		}
		if err := t.update(ctx, s, m.ResourceType); err != nil {
			return diag.Diagnostics{explain(err)}
		}
		again := slices.DeleteFunc(t.differing(c), func(m *member) bool { return current[m.subject.ID] })
		if len(again) == 0 {
			return diag.Diagnostics{c.diagnostic(t)}
		}
		tflog.SubsystemInfo(ctx, clientSubsystem, "Reading subjects with differing rows again",
			map[string]any{"rows": len(c.onlyUsers) + len(c.onlyServers), "subjects": len(again)})
		for _, m := range again {
			current[m.subject.ID], m.err = true, nil
		}
		diags = completeMembers(ctx, s, again, reportOptions{}, incomplete{advice: crossCheckAdvice, ignore: (*member).isRefusedAsDeleted})
		if diags.HasError() {
			return diags
		}
		t.removeFailed()
	}
}

// comparison has the rows that are only in the reports on users or on servers.
type comparison struct {
	names                  accessreport.Names
	onlyUsers, onlyServers []accessreport.Row
}

func (c *comparison) equal() bool { return len(c.onlyUsers)+len(c.onlyServers) == 0 }

// compare compares the reports on users and servers. It returns a warning if it cannot
// compare a column.
func (t *team) compare() (*comparison, diag.Diagnostics) {
	c := new(comparison)
	var sides [2][]accessreport.Row
	var missing [2]accessreport.Columns
	for i, members := range [][]*member{t.users, t.servers} {
		for _, m := range members {
			column := m.subject.column()
			c.names.Add(column, m.subject.ID, m.subject.names...)
			if m.decoded == nil { // it was not read yet
				continue
			}
			// Rows may use another name for their own subject than the known ones.
			rows := m.decoded.Rows
			c.names.Add(column, m.subject.ID, m.decoded.SubjectNames(column)...)
			if len(rows) > 0 && len(sides[i]) > 0 && rows[0].MissingColumns != missing[i] {
				return nil, diag.Diagnostics{differentColumns(missing[i], rows[0].MissingColumns)}
			}
			if len(rows) > 0 {
				missing[i] = rows[0].MissingColumns
			}
			sides[i] = append(sides[i], rows...)
		}
	}
	skipped := missing[0] | missing[1]
	c.onlyUsers, c.onlyServers = accessreport.CrossCheck(sides[0], sides[1], &c.names, skipped)
	if names := namesOfColumns(skipped); names != "" && c.equal() {
		return c, diag.Diagnostics{diag.NewWarningDiagnostic("Columns not compared", message{
			happened: say("The cross-check did not compare these columns, because the reports on users or on servers do not have them: %s.", names),
		}.String())}
	}
	return c, nil
}

// differentColumns returns the error for reports of one type of which only some have a
// column.
func differentColumns(a, b accessreport.Columns) diag.Diagnostic {
	return diag.NewErrorDiagnostic(crossCheckFailed, message{
		happened: say("Only some of the reports on users, or on servers, have these columns: %s.", namesOfColumns(a&^b|b&^a)),
		advice:   "No rows are returned, because the rows cannot be compared. Check report_columns in the provider configuration. If it is correct, please report the error: " + tenantForm,
	}.String())
}

func namesOfColumns(columns accessreport.Columns) string {
	var names []string
	for _, text := range rowTexts {
		if columns.Has(text.column) {
			names = append(names, text.column.String())
		}
	}
	return strings.Join(names, ", ")
}

// differing returns the subjects that may be the reason for a difference: those whose
// reports have the differing rows, and those that the rows name. A deleted user is named
// only if no other user is.
func (t *team) differing(c *comparison) []*member {
	reported := map[string]bool{}
	type name struct {
		column accessreport.Column
		text   string
	}
	names := map[name]bool{}
	for _, row := range slices.Concat(c.onlyUsers, c.onlyServers) {
		reported[row.SubjectID] = true
		for _, column := range []accessreport.Column{accessreport.UserName, accessreport.ResourceName} {
			names[name{column, row.Cell(column)}] = true
		}
	}
	for _, m := range t.all() {
		c.names.Add(m.subject.column(), m.subject.ID, m.subject.names...)
	}
	named := map[string]bool{}
	for n := range names {
		var deleted []string
		found := false
		for _, m := range t.all() {
			switch {
			case m.subject.column() != n.column || !c.names.Mean(n.column, n.text, m.subject.ID):
			case m.deleted:
				deleted = append(deleted, m.subject.ID)
			default:
				named[m.subject.ID], found = true, true
			}
		}
		for _, id := range deleted {
			named[id] = named[id] || !found
		}
	}
	return filterMembers(t.all(), func(m *member) bool { return reported[m.subject.ID] || named[m.subject.ID] })
}

const (
	crossCheckFailed = "Cross-check failed"
	// maxDifferingRows is the number of differing rows in a message.
	maxDifferingRows = 10
)

// diagnostic returns the error that lists the differing rows, of both types if both have
// some.
func (c *comparison) diagnostic(t *team) diag.Diagnostic {
	reports := map[string]*member{}
	for _, m := range t.all() {
		reports[m.subject.ID] = m
	}
	lines := func(where string, rows []accessreport.Row) (lines []string) {
		for _, row := range rows {
			m := reports[row.SubjectID]
			text := fmt.Sprintf("only in the reports on %s: %s on %s as %s (%s, conditions: %s), report %s", where,
				excerpt(row.UserName), excerpt(row.ResourceName), excerpt(row.Account), excerpt(row.Privileges), excerpt(row.Conditions), m.Summary.ID)
			lines = append(lines, m.RedactLong(text).String())
		}
		return lines
	}
	users, servers := lines("users", c.onlyUsers), lines("servers", c.onlyServers)
	shown := min(len(users), max(maxDifferingRows/2, maxDifferingRows-len(servers)))
	all := slices.Concat(users[:shown], servers, users[shown:])
	return diag.NewErrorDiagnostic(crossCheckFailed, message{
		happened: say("The reports on users and the reports on servers describe the same access, but their rows still differ after their subjects were read again:\n%s",
			bulletsUpTo(maxDifferingRows, all)),
		advice: "No rows are returned, because at least one of the two results is incomplete. Try again, because access may have changed during the read. " +
			"If the error persists, compare the named reports in OPA, and report the difference to Okta Support.",
		labels: []label{{"Rows only in reports on users", strconv.Itoa(len(users))}, {"Rows only in reports on servers", strconv.Itoa(len(servers))}},
	}.String())
}

// isRefusedAsDeleted reports whether OPA refused a report on a deleted subject, which is
// possible (API.md, create-inactive-subject).
func (m *member) isRefusedAsDeleted() bool {
	return m.deleted && client.IsRefusedSubject(m.err)
}
