package provider

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
	"github.com/privileged-access/terraform-provider-opa/internal/client"
)

// readBoth creates the reports on all users and on all servers, compares them, and sets
// the attributes of the model. It may change the subjects of the team, if the team has
// changed.
func (m *teamAccessReportModel) readBoth(ctx context.Context, s *session, t *team) diag.Diagnostics {
	// The rows are filtered later: the comparison needs all of them.
	diags := completeMembers(ctx, s, slices.Concat(t.users, t.servers), reportOptions{maxAge: duration(m.MaxAge)}, false)
	if !diags.HasError() {
		diags.Append(m.crossCheck(ctx, s, t)...)
	}
	if diags.HasError() {
		return diags
	}
	both := slices.Concat(t.users, t.servers)
	if filter := m.filter(); filter != nil {
		for _, member := range both {
			if err := member.decoded.Select(filter); err != nil {
				return append(diags, explain(err))
			}
		}
	}
	diags = append(diags, m.setReports(ctx, m.choose(t))...)
	return append(diags, reportWarnings(both)...)
}

// crossCheck compares the reports of users and servers. If they differ, it reads the
// subjects of the differing rows once more, and returns an error if they still differ.
func (m *teamAccessReportModel) crossCheck(ctx context.Context, s *session, t *team) diag.Diagnostics {
	first := t.compare()
	if first.equal() {
		return nil
	}
	// Subjects may have been added and deleted. A deleted user may still have access.
	now, err := listTeam(ctx, s, []client.Kind{client.UserSubject, client.ResourceSubject}, client.UserFilter{}, m.ResourceType)
	if err != nil {
		return diag.Diagnostics{explain(err)}
	}
	diags := completeMembers(ctx, s, t.update(now, first), reportOptions{}, false)
	if diags.HasError() {
		return diags
	}
	if second := t.compare(); !second.equal() {
		diags.Append(second.diagnostic(t))
	}
	return diags
}

// comparison has the rows that are only in the reports of users or of servers.
type comparison struct {
	names                accessreport.Names
	onlyUsers, onlyHosts []accessreport.Row
}

func (c *comparison) equal() bool { return len(c.onlyUsers)+len(c.onlyHosts) == 0 }

// compare compares the reports of users and servers.
func (t *team) compare() *comparison {
	c := new(comparison)
	rows := func(members []*member) (rows []accessreport.Row) {
		for _, m := range members {
			rows = append(rows, m.decoded.Rows...)
			c.addNames(m.subject)
		}
		return rows
	}
	users, servers := rows(t.users), rows(t.servers)
	c.onlyUsers, c.onlyHosts = accessreport.CrossCheck(users, servers, &c.names)
	return c
}

func (c *comparison) addNames(s reportSubject) {
	if len(s.names) > 0 {
		c.names.Add(s.column(), s.names[0], s.names[1:]...)
	}
}

// update updates the team to what it is now, and returns the subjects to read again:
// those that the differing rows name, and those whose reports have these rows. Of the
// other subjects, it neither adds nor removes any.
func (t *team) update(now *team, c *comparison) (again []*member) {
	for _, m := range slices.Concat(now.users, now.servers) {
		c.addNames(m.subject)
	}
	type name struct {
		column accessreport.Column
		text   string
	}
	ids, names := map[string]bool{}, map[name]bool{}
	for _, row := range slices.Concat(c.onlyUsers, c.onlyHosts) {
		ids[row.SubjectID] = true
		for _, column := range []accessreport.Column{accessreport.UserName, accessreport.ResourceName} {
			names[name{column, c.names.Canonical(column, row.Cell(column))}] = true
		}
	}
	differs := func(m *member) bool {
		column := m.subject.column()
		return ids[m.subject.ID] || names[name{column, c.names.Canonical(column, m.subject.name())}]
	}
	for _, side := range []struct{ before, now *[]*member }{{&t.users, &now.users}, {&t.servers, &now.servers}} {
		differing := filterMembers(*side.now, differs)
		*side.before = append(filterMembers(*side.before, func(m *member) bool { return !differs(m) }), differing...)
		sortMembers(*side.before)
		again = append(again, differing...)
	}
	return again
}

func filterMembers(members []*member, keep func(*member) bool) (kept []*member) {
	for _, m := range members {
		if keep(m) {
			kept = append(kept, m)
		}
	}
	return kept
}

// maxDifferingRows is the number of differing rows in a message.
const maxDifferingRows = 10

// diagnostic returns the error that lists the differing rows, of both types if both have
// some.
func (c *comparison) diagnostic(t *team) diag.Diagnostic {
	reports := map[string]*member{}
	for _, m := range slices.Concat(t.users, t.servers) {
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
	users, servers := lines("users", c.onlyUsers), lines("servers", c.onlyHosts)
	shown := min(len(users), max(maxDifferingRows/2, maxDifferingRows-len(servers)))
	all := slices.Concat(users[:shown], servers, users[shown:])
	return diag.NewErrorDiagnostic("Cross-check failed", message{
		happened: say("The reports on users and the reports on servers describe the same access, but their rows differ, also after the differing subjects were read again:\n%s",
			bulletsUpTo(maxDifferingRows, all)),
		advice: "No rows are returned, because at least one of the two results is incomplete. Try again, because access may have changed during the read. " +
			"If the error persists, compare the named reports in OPA, and report the difference to Okta Support.",
		labels: []label{{"Rows only in reports on users", strconv.Itoa(len(users))}, {"Rows only in reports on servers", strconv.Itoa(len(servers))}},
	}.String())
}
