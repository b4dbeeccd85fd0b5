package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/datasource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
	"github.com/privileged-access/terraform-provider-opa/internal/client"
)

// reportsModel is what the data sources of many reports have in common.
type reportsModel struct {
	Timeouts     timeouts.Value `tfsdk:"timeouts"`
	AllowPartial types.Bool     `tfsdk:"allow_partial"`
	AllowEmpty   types.Bool     `tfsdk:"allow_empty"`
	MaxAge       types.String   `tfsdk:"max_age"`

	Reused    types.Bool   `tfsdk:"reused"`
	Status    types.String `tfsdk:"status"`
	CreatedAt types.String `tfsdk:"created_at"`
	UpdatedAt types.String `tfsdk:"updated_at"`
	RowCount  types.Int64  `tfsdk:"row_count"`
	Rows      types.List   `tfsdk:"rows"`

	UnknownConditions types.List `tfsdk:"unknown_conditions"`
}

// statusPartial is the status of many reports of which some are missing.
const statusPartial = "PARTIAL"

// reportsAttributes adds to a data source's own attributes those of reportsModel.
func reportsAttributes(own map[string]schema.Attribute) map[string]schema.Attribute {
	return with(own, map[string]schema.Attribute{
		"allow_partial": schema.BoolAttribute{
			MarkdownDescription: "Whether to continue without the reports that could not be created or read. A warning lists them, their members have an `error`, and `status` is `PARTIAL`. " +
				"If there is no report at all, the read still fails. Defaults to `false`: any failure fails the read.",
			Optional: true,
		},
		"allow_empty": schema.BoolAttribute{
			MarkdownDescription: "Whether to allow an empty selection: a project or resource group without servers, a group without members, or an empty set of names or IDs. " +
				"In this case, `rows` is empty, `status` is null, and there is a warning. Defaults to `false`: an empty selection is an error, because the provider cannot distinguish a misspelled project from a project without servers.",
			Optional: true,
		},
		"max_age":    maxAgeAttribute(),
		"reused":     schema.BoolAttribute{MarkdownDescription: "Whether any of the reports existed before this read.", Computed: true},
		"status":     schema.StringAttribute{MarkdownDescription: "Combined status of the reports: `COMPLETED`, `COMPLETED_BUT_EMPTY` if OPA reports that all of them are empty, or `PARTIAL` if any report is missing, so that `rows` is incomplete. Null if the selection is empty and `allow_empty` is true.", Computed: true},
		"created_at": schema.StringAttribute{MarkdownDescription: "Time at which the oldest of the reports was created, in the format of OPA (RFC 3339).", Computed: true},
		"updated_at": schema.StringAttribute{MarkdownDescription: "Latest time at which any of the reports changed, in the format of OPA (RFC 3339).", Computed: true},
		"row_count":  schema.Int64Attribute{MarkdownDescription: "Number of `rows`.", Computed: true},
		"rows":       rowsAttribute(),

		"unknown_conditions": unknownConditionsAttribute(),
	})
}

// outcomeAttributes adds to what identifies a member what came of its report.
func outcomeAttributes(own map[string]schema.Attribute) map[string]schema.Attribute {
	return with(own, map[string]schema.Attribute{
		"report_id": schema.StringAttribute{MarkdownDescription: "ID of the access report in OPA. Null if there is no report.", Computed: true},
		"status":    schema.StringAttribute{MarkdownDescription: "Last status of the report. Null if there is no report.", Computed: true},
		"row_count": schema.Int64Attribute{MarkdownDescription: "Number of `rows` from this report. Null if the report is missing, which is not the same as 0.", Computed: true},
		"error":     schema.StringAttribute{MarkdownDescription: "Reason why the report is missing. Null if it is not missing.", Computed: true},
	})
}

// outcomeModel is what came of a member's report.
type outcomeModel struct {
	ReportID types.String `tfsdk:"report_id"`
	Status   types.String `tfsdk:"status"`
	RowCount types.Int64  `tfsdk:"row_count"`
	Error    types.String `tfsdk:"error"`
}

// member is one of many subjects, and what came of its report.
type member struct {
	name    string // as the user knows it
	subject reportSubject

	finished
	err error
}

func (m *member) outcome() outcomeModel {
	if m.err != nil {
		last := lastKnown(m.err)
		return outcomeModel{textOrNull(last.ID), textOrNull(last.Status), types.Int64Null(), types.StringValue(brief(m.err))}
	}
	return outcomeModel{textOrNull(m.Report.ID), textOrNull(m.Report.Status), types.Int64Value(int64(len(m.report.Rows))), types.StringNull()}
}

// entry is a member that is a T, as far as it is known.
type entry[T any] struct {
	member
	it     T
	lookUp func(context.Context) (T, error) // nil where all of it is known
}

// batch is many users or many servers, T, whose reports are made together.
type batch[T any] struct {
	selection
	entries []*entry[T]
	subject func(T) reportSubject
	order   func(T) (name, id string)
}

// run looks up what is not known yet, makes the reports, fills the model with
// them, and puts the entries in order.
func (b *batch[T]) run(ctx context.Context, s *session, m *reportsModel) diag.Diagnostics {
	if err := b.resolve(ctx); err != nil {
		return diag.Diagnostics{explain(err)}
	}
	members := make([]*member, len(b.entries))
	for i, e := range b.entries {
		members[i] = &e.member
	}
	if len(members) == 0 && !m.AllowEmpty.ValueBool() {
		return diag.Diagnostics{b.emptyError()}
	}
	diags := m.fill(ctx, s, members)
	if len(members) == 0 {
		diags.Append(b.emptyWarning())
	}
	slices.SortFunc(b.entries, func(x, y *entry[T]) int {
		xName, xID := b.order(x.it)
		yName, yID := b.order(y.it)
		return cmp.Or(cmp.Compare(xName, yName), cmp.Compare(xID, yID))
	})
	return diags
}

// add adds one by the name that the user knows, of which something is known. It
// is looked up when its turn comes, unless all of it is known.
func (b *batch[T]) add(name string, known T, lookUp func(context.Context) (T, error)) {
	e := &entry[T]{it: known, lookUp: lookUp}
	e.name = name
	b.entries = append(b.entries, e)
}

// resolve looks up what is not known yet. One that is named in two ways, such as
// in another case, is one.
func (b *batch[T]) resolve(ctx context.Context) error {
	err := client.ForEach(ctx, b.entries, func(ctx context.Context, e *entry[T]) error {
		if e.lookUp != nil {
			found, err := e.lookUp(ctx)
			if err != nil {
				e.err = err
				return err
			}
			e.it = found
		}
		e.subject = b.subject(e.it)
		return nil
	})
	known := map[client.Subject]bool{}
	b.entries = slices.DeleteFunc(b.entries, func(e *entry[T]) bool {
		again := e.err == nil && known[e.subject.Subject]
		known[e.subject.Subject] = true
		return again
	})
	return err
}

// fill creates the reports of all members that were found, and fills the model.
func (m *reportsModel) fill(ctx context.Context, s *session, members []*member) (diags diag.Diagnostics) {
	fatal := runMembers(ctx, s, members, duration(m.MaxAge))
	switch {
	case fatal != nil:
		diags.Append(explain(fatal))
	case errors.Is(ctx.Err(), context.Canceled):
		diags.Append(explain(ctx.Err()))
	default:
		diags.Append(missing(members, m.AllowPartial.ValueBool())...)
	}
	if diags.HasError() {
		return diags
	}
	diags = append(diags, m.setReports(ctx, members)...)
	return append(diags, doubts(members)...)
}

// runMembers runs the reports of all members that were found. It returns the fatal
// error if there is one.
func runMembers(ctx context.Context, s *session, members []*member, maxAge time.Duration) error {
	var found []*member
	var subjects []reportSubject
	for _, one := range members {
		if one.err == nil {
			found, subjects = append(found, one), append(subjects, one.subject)
		}
	}
	reports, errs := s.reports(ctx, subjects, maxAge)
	for i, one := range found {
		one.finished, one.err = reports[i], errs[i]
		if client.IsFatal(one.err) {
			return one.err
		}
	}
	return nil
}

// setReports fills the model with the reports of the members that have one.
func (m *reportsModel) setReports(ctx context.Context, members []*member) (diags diag.Diagnostics) {
	var rows []accessreport.Row
	var unexpected []string
	var oldest, newest string
	reports, reused, status := 0, false, client.StatusEmpty
	for _, one := range members {
		if one.err != nil {
			continue
		}
		reports++
		rows, unexpected = append(rows, one.report.Rows...), append(unexpected, one.unexpectedName)
		reused = reused || one.Reused
		if one.Report.Status != client.StatusEmpty {
			status = one.Report.Status
		}
		oldest, newest = earlierTimestamp(one.Report.CreatedAt, oldest), laterTimestamp(one.Report.UpdatedAt, newest)
	}
	if reports < len(members) {
		status = statusPartial
	}
	if len(members) == 0 {
		status = "" // OPA has called nothing empty
	}
	m.Reused, m.Status = types.BoolValue(reused), textOrNull(status)
	m.CreatedAt, m.UpdatedAt = textOrNull(oldest), textOrNull(newest)
	if err := accessreport.SortContext(ctx, rows); err != nil {
		return append(diags, explain(err))
	}
	m.RowCount, m.Rows = types.Int64Value(int64(len(rows))), rowsAttributeValue(ctx, rows)
	unknown, warning := unknownConditions(rows)
	m.UnknownConditions = unknown
	diags.Append(warning...)
	diags.Append(unexpectedNames(unexpected...)...)
	return diags
}

// missing tells which members have no report: that is an error, or a warning
// where it is allowed and others have one.
func missing(members []*member, allowed bool) (diags diag.Diagnostics) {
	var lines []string
	for _, m := range members {
		if m.err != nil {
			lines = append(lines, string(say("  - %s: %s", m.name, brief(m.err))))
		}
	}
	if lines == nil {
		return nil
	}
	slices.Sort(lines)
	m := message{happened: say("%d of %d reports are missing:\n\n%s", len(lines), len(members), prose(strings.Join(lines, "\n")))}
	switch {
	case !allowed:
		m.advice = "No rows are returned because the result would be incomplete. Fix the errors above, or set allow_partial = true to continue without these members."
		diags.AddError("Missing access reports", m.String())
	case len(lines) == len(members):
		m.advice = "None of the reports could be created or read. allow_partial does not cover this case, because an empty result would look like \"nobody has access\"."
		diags.AddError("Missing access reports", m.String())
	default:
		m.advice = "The access of these members is unknown: rows does not include it."
		diags.AddWarning("Missing access reports", m.String())
	}
	return diags
}

// doubts warns of what is unusual in the reports, once for all that share it.
func doubts(members []*member) (diags diag.Diagnostics) {
	const most = 5 // different ones are told
	concerned := map[string][]string{}
	for _, m := range members {
		if m.err == nil {
			for _, warning := range m.report.Warnings {
				concerned[warning] = append(concerned[warning], m.name)
			}
		}
	}
	for i, warning := range slices.Sorted(maps.Keys(concerned)) {
		if i == most {
			diags.AddWarning("Unusual access report", fmt.Sprintf("There are %d more warnings about the reports of this read. To see them, read the reports one at a time.", len(concerned)-most))
			break
		}
		names := concerned[warning]
		slices.Sort(names)
		diags.AddWarning("Unusual access report", message{
			happened: multiline(warning), labels: []label{{"Reports", strconv.Itoa(len(names))}, {"First", names[0]}},
		}.String())
	}
	return diags
}
