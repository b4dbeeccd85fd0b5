package provider

import (
	"errors"
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
	if format, ok := errors.AsType[*accessreport.FormatError](e.err); ok && format.Header != nil {
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
			"The columns are " + columnNames() + ". An empty string means that the column can be missing in the reports of your tenant."
	}
	return diag.NewErrorDiagnostic("Invalid access report", m.String())
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
	if format, ok := errors.AsType[*accessreport.FormatError](err); ok && format.Header != nil {
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
