package provider

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
	"github.com/privileged-access/terraform-provider-opa/internal/client"
)

// unreadableError is the error for a report that cannot be decoded. None of its
// rows is returned, because some may be missing.
type unreadableError struct {
	result *client.Result
	err    error
	text   client.ServerText // of err, which quotes the header
	names  []string          // of the subject of the report, as far as they are known
}

func (e *unreadableError) Error() string {
	return "the CSV of the access report is invalid: " + e.text.String()
}

func (e *unreadableError) Unwrap() error { return e.err }

func explainUnreadable(e *unreadableError) diag.Diagnostic {
	m := message{
		happened: sentence(e),
		advice:   "No rows are returned, because some could be missing. Try again. If the error persists, please report it with this message.",
		labels:   reportLabels(e.result.Summary),
	}
	format, ok := errors.AsType[*accessreport.FormatError](e.err)
	if ok && isRow(format.Header, e.names) {
		m.advice = "No rows are returned. The CSV seems to have no header: its first line looks like a row. Do not set report_columns to the cells of this line, and remove entries that have them: " +
			"the provider would take the row as a header, and omit it. " + withProfile
	} else if ok && format.Header != nil {
		missing := format.Missing
		if missing == nil {
			missing = []accessreport.Column{accessreport.Account} // an example
		}
		m.advice = "No rows are returned. Map the columns that were not recognized to their header texts:\n\n" +
			"  provider \"opa\" {\n    report_columns = {\n"
		for _, column := range missing {
			m.advice += say("      %s = \"header text in the reports of your tenant\"\n", column)
		}
		m.advice += "    }\n  }\n\n" +
			"The columns are " + columnNames() + ". An empty string means that the column can be missing in the reports of your tenant.\n\n" + withProfile
	}
	return diag.NewErrorDiagnostic("Invalid access report", m.String())
}

// withProfile is how to report an unknown CSV.
const withProfile = "Please report the format of your tenant, and attach the profile of opa_tenant_check, which has no names: " + tenantForm

// isRow reports whether the first line of a CSV is probably a row, not a header: a cell is
// an address, an ID, a user type or status, or one of the names.
func isRow(cells, names []string) bool {
	return slices.ContainsFunc(cells, func(cell string) bool {
		cell = strings.TrimSpace(cell)
		return strings.Contains(cell, "@") || uuidPattern.MatchString(cell) || slices.Contains([]string{"human", "service", "active", "disabled", "deleted"}, strings.ToLower(cell)) ||
			isNameInHeader(cell, names)
	})
}

// isCertainHeader reports whether most of the columns have a known heading. Such a line is
// a header, even if a user or a server has the name of another column.
func isCertainHeader(cells []string) bool {
	headings := 0
	for _, cell := range cells {
		if accessreport.IsHeading(cell) {
			headings++
		}
	}
	return headings > len(accessreport.ColumnNames())/2
}

// isNameInHeader reports whether a cell of a header is one of the names. A server can have
// the name of a column.
func isNameInHeader(cell string, names []string) bool {
	return !accessreport.IsHeading(cell) && slices.ContainsFunc(names, func(name string) bool { return name != "" && strings.EqualFold(name, strings.TrimSpace(cell)) })
}

// nameSubject adds the names of a subject to the error of a report that cannot be read.
func nameSubject(err error, subject reportSubject) error {
	if e, ok := errors.AsType[*unreadableError](err); ok {
		e.names = subject.names
	}
	return err
}

func explainNoReport(e *client.NoReportError) diag.Diagnostic {
	m := message{
		happened: sentence(e),
		advice: "The access at that time is unknown: it is not the same as no access. Set as_of to a later time, or list the existing reports with opa_access_reports. " +
			"It is not known how long OPA keeps reports. To compare with older access, keep the rows as CSV (report_encode).",
	}
	if !e.Oldest.IsZero() {
		m.labels = []label{{"Oldest completed report", e.Oldest.UTC().Format(time.RFC3339Nano)}}
	}
	return diag.NewAttributeErrorDiagnostic(path.Root("as_of"), "No report at that time", m.String())
}

// lastKnown returns the report that an error is about, as far as it is known. It
// is for the state. Messages use lastSummary.
func lastKnown(err error) client.Report {
	if e, ok := errors.AsType[*client.InterruptedError](err); ok {
		return e.Report
	}
	if e, ok := errors.AsType[*client.ReportFailedError](err); ok {
		return e.Report
	}
	if e, ok := errors.AsType[*unreadableError](err); ok {
		return e.result.Report
	}
	if e, ok := errors.AsType[*wrongSubjectError](err); ok {
		return e.result.Report
	}
	return client.Report{}
}

// lastSummary returns the summary, for messages, of the report that an error is
// about.
func lastSummary(err error) client.ReportSummary {
	if e, ok := errors.AsType[*client.InterruptedError](err); ok {
		return e.Summary
	}
	if e, ok := errors.AsType[*client.ReportFailedError](err); ok {
		return e.Summary
	}
	if e, ok := errors.AsType[*unreadableError](err); ok {
		return e.result.Summary
	}
	if e, ok := errors.AsType[*wrongSubjectError](err); ok {
		return e.result.Summary
	}
	return client.ReportSummary{}
}

// brief returns a one-line description of an error, for a list of errors.
func brief(err error) string {
	d := explain(err)
	happened, _, _ := strings.Cut(d.Detail(), "\n\n")
	if several, ok := errors.AsType[*client.AmbiguousServerError](err); ok {
		which := make([]string, 0, len(several.Candidates))
		for _, server := range several.Candidates {
			which = append(which, string(say("%s in %s", textOrNone(server.ID), textOrNone(server.ProjectName))))
		}
		happened = string(asSentence(say("%s: %s; select one of them by its ID", several, strings.Join(which, ", "))))
	}
	if format, ok := errors.AsType[*accessreport.FormatError](err); ok && format.Header != nil && !isUnreadableRow(err, format) {
		happened += " Set report_columns in the provider configuration to map headers to columns."
	}
	text := say("%s. %s", d.Summary(), strings.ReplaceAll(happened, "\n", " "))
	if refused, ok := errors.AsType[*client.APIError](err); ok {
		text = say("%s (%s)", text, refused)
	}
	if report := lastSummary(err); report.ID != (client.ServerText{}) {
		text = say("%s (report %s, last status %s)", text, report.ID, report.Status)
	}
	return string(text)
}

// isUnreadableRow reports whether the first line of a report without a known header is
// probably a row.
func isUnreadableRow(err error, format *accessreport.FormatError) bool {
	e, ok := errors.AsType[*unreadableError](err)
	return ok && isRow(format.Header, e.names)
}

func reportLabels(report client.ReportSummary) []label {
	return []label{{"Report ID", report.ID.String()}, {"Last status", report.Status.String()}}
}

// decodeWarning returns a warning about a report that was decoded.
func decodeWarning(report client.ReportSummary, warning string) diag.Diagnostic {
	return diag.NewWarningDiagnostic("Unusual access report", message{happened: multiline(warning), labels: reportLabels(report)}.String())
}

// columnNames returns a list of the columns for messages.
func columnNames() prose { return say("%s", strings.Join(accessreport.ColumnNames(), ", ")) }

func elapsed(d time.Duration) string {
	return d.Round(100 * time.Millisecond).String()
}
