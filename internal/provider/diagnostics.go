package provider

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
	"github.com/privileged-access/terraform-provider-opa/internal/client"
	"github.com/privileged-access/terraform-provider-opa/internal/safetext"
)

// message is the body of a diagnostic: what happened, what it means and what to
// do about it, then labelled lines with the figures.
type message struct {
	happened prose
	advice   prose
	labels   []label
}

type label struct{ name, value string }

func (m message) String() string {
	var b strings.Builder
	b.WriteString(string(m.happened))
	if m.advice != "" {
		b.WriteString("\n\n" + string(m.advice))
	}
	separator := "\n\n"
	for _, l := range m.labels {
		if l.value != "" {
			b.WriteString(separator + l.name + ": " + safetext.Escape(l.value))
			separator = "\n"
		}
	}
	return b.String()
}

// explain is the one place where the client's errors become diagnostics.
func explain(err error) diag.Diagnostic {
	if e, ok := errors.AsType[*client.InterruptedError](err); ok {
		return explainInterruption(e)
	}
	if e, ok := errors.AsType[*client.NotFoundError](err); ok {
		return explainNotFound(e)
	}
	if e, ok := errors.AsType[*client.AmbiguousServerError](err); ok {
		return explainAmbiguity(e)
	}
	if e, ok := errors.AsType[*client.ReportFailedError](err); ok {
		m := message{
			happened: "OPA ended the access report with the status ERROR, and so it did with a second one that was made in its place. It gives no reason.",
			advice:   "Nothing is known of the access in question. Plan again later; if that does not help, show the report's id to Okta's support.",
			labels:   reportLabels(e.Summary),
		}
		if !e.Again {
			m.happened = "OPA ended this access report with the status ERROR. It gives no reason."
			m.advice = "The report says nothing. Make a new one with opa_user_access_report or opa_resource_access_report."
		}
		return diag.NewErrorDiagnostic("OPA could not generate the report", m.String())
	}
	if e, ok := errors.AsType[*unreadableError](err); ok {
		return explainUnreadable(e)
	}
	if e, ok := errors.AsType[*wrongSubjectError](err); ok {
		return e.diagnostic()
	}
	if e, ok := errors.AsType[*ambiguousProjectError](err); ok {
		return diag.NewAttributeErrorDiagnostic(path.Root("project_name"), "More than one project", message{
			happened: sentence(e), advice: "Set project_id, instead of project_name, to that of the project that is meant.",
		}.String())
	}
	// The end of the read's own time, that is. Connections have deadlines too, whose
	// errors would pass for it.
	_, ended := errors.AsType[*client.ContextError](err)
	if ended || err == context.DeadlineExceeded || errors.Is(err, context.Canceled) { //nolint:errorlint // see above
		if errors.Is(err, context.Canceled) {
			return diag.NewErrorDiagnostic("Cancelled", "The read was cancelled before it was done.")
		}
		return diag.NewErrorDiagnostic("Not ready in time", message{
			happened: say("%s", strings.Replace(string(sentence(err)), context.DeadlineExceeded.Error(), "the time that timeouts.read allows was over", 1)),
			advice:   "Nothing is known of the access in question. Plan again, with more time if that is too little: timeouts = { read = \"30m\" }.",
		}.String())
	}
	if e, ok := errors.AsType[*client.APIError](err); ok {
		return explainRefusal(err, e)
	}
	if _, ok := errors.AsType[*client.NoResponseError](err); ok {
		return diag.NewErrorDiagnostic("No answer from OPA", message{
			happened: sentence(err),
			advice:   "Check the provider's base_url, and that the tenant can be reached from here (name resolution, proxy, firewall).",
		}.String())
	}
	if _, ok := errors.AsType[*client.ProtocolError](err); ok {
		return diag.NewErrorDiagnostic("OPA's answer was not understood", message{
			happened: sentence(err),
			advice: "Nothing was read out of it, so that no access is missed. Check that base_url is the tenant's own address and that no proxy on the way answers in its place. " +
				"If OPA itself answers so, this provider must learn it: please report it.",
		}.String())
	}
	return diag.NewErrorDiagnostic("Nothing could be read", string(sentence(err)))
}

// lastKnown is the report that an error is about, as far as it is known. It is
// for the state; messages say what is in lastSummary.
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

// lastSummary is what messages say of the report that an error is about.
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

// brief says in a line what an error is, for a list of many.
func brief(err error) string {
	d := explain(err)
	happened, _, _ := strings.Cut(d.Detail(), "\n\n")
	if several, ok := errors.AsType[*client.AmbiguousServerError](err); ok {
		which := make([]string, 0, len(several.Candidates))
		for _, server := range several.Candidates {
			which = append(which, string(say("%s in %s", orNone(server.ID), orNone(server.ProjectName))))
		}
		happened = string(asSentence(say("%s: %s; name the one that is meant by its id", several, strings.Join(which, ", "))))
	}
	if format, ok := errors.AsType[*accessreport.FormatError](err); ok && format.Header != nil {
		happened += " The provider's report_columns can say which header is which column."
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

func explainInterruption(e *client.InterruptedError) diag.Diagnostic {
	labels := reportLabels(e.Summary)
	labels = append(labels, label{"Elapsed", elapsed(e.Elapsed)})
	if e.Last != nil {
		labels = append(labels, label{"Last failure", e.Last.Error()})
	}
	if errors.Is(e.Err, context.Canceled) {
		return diag.NewErrorDiagnostic("Cancelled", message{
			happened: "The wait for an access report was cancelled.",
			labels:   labels,
		}.String())
	}
	happened := prose("The access report was not ready in the time that timeouts.read allows.")
	if e.Report.ID == "" {
		happened = "OPA had not confirmed that it is making an access report when the time that timeouts.read allows was over."
	}
	return diag.NewErrorDiagnostic("Report not ready in time", message{
		happened: happened,
		advice:   "Nothing is known of the access in question. Plan again, with more time if OPA is at work: timeouts = { read = \"30m\" }.",
		labels:   labels,
	}.String())
}

func explainNotFound(e *client.NotFoundError) diag.Diagnostic {
	m := message{happened: sentence(e)}
	summary := strings.ToUpper(e.What[:1]) + e.What[1:] + " not found"
	switch e.What {
	case "user":
		m.advice = "Check the spelling: it is the name in OPA, not an email address. Check also that the provider's team is the right one."
		if e.By == "user_id" || e.By == "id" {
			m.advice = "Check the id, and that the provider's team is the right one."
		}
	case "group":
		m.advice = "Check the spelling, upper and lower case too: it is the name in OPA. Check also that the group was not deleted, and that the provider's team is the right one."
	case "report":
		m.advice = "Check the id. OPA may have cleared the report away: make a new one with opa_user_access_report or opa_resource_access_report."
	default:
		m.advice = "Check the spelling, upper and lower case too. Servers that were deleted are left out."
		if e.Within != "" {
			m.advice += " There may be one elsewhere: leave the project and the resource group out to see."
		}
	}
	if refused, ok := errors.AsType[*client.APIError](e.Err); ok {
		m.labels = refusalLabels(refused)
	}
	return diag.NewAttributeErrorDiagnostic(path.Root(e.By), summary, m.String())
}

func explainAmbiguity(e *client.AmbiguousServerError) diag.Diagnostic {
	happened := say("%d servers have the %s %q, and a report is about one:\n", len(e.Candidates), e.By, e.Value)
	projects := map[[2]client.ServerText]bool{}
	for _, server := range e.Candidates {
		projects[[2]client.ServerText{server.ProjectID, server.ProjectName}] = true
		happened += say("\n  - resource_id %s, hostname %s, canonical name %s, project %s (%s), state %s",
			orNone(server.ID), orNone(server.Hostname), orNone(server.CanonicalName),
			orNone(server.ProjectName), orNone(server.ProjectID), orNone(server.State))
	}
	advice := say("They share their project: set resource_id, instead of %s, to the one that is meant.", e.By)
	if len(projects) == len(e.Candidates) {
		advice = say("Add project_name or project_id for the one that is meant, or set its resource_id instead of %s.", e.By)
	}
	return diag.NewAttributeErrorDiagnostic(path.Root(e.By), "More than one server", message{happened: happened, advice: advice}.String())
}

// orNone is a text from outside, or what messages say in its place.
func orNone[T string | client.ServerText](text T) prose {
	if said := say("%s", text); said != "" {
		return said
	}
	return "(none)"
}

// explainRefusal is for answers by which the API refuses a request.
func explainRefusal(err error, e *client.APIError) diag.Diagnostic {
	// The labels tell the answer; the sentence only what it was an answer to.
	doing, _ := strings.CutSuffix(err.Error(), ": "+e.Error())
	m := message{happened: asSentence(say("%s was refused", doing)), labels: refusalLabels(e)}
	signIn, _ := errors.AsType[*client.SignInError](err)
	switch {
	case e.StatusCode == http.StatusTooManyRequests:
		m.advice = "OPA limits the requests of a user. The provider waited as long as OPA asked, as often as max_retries allows. Plan again later, lower max_concurrent_requests, or raise max_retries."
		return diag.NewErrorDiagnostic("Too many requests", m.String())
	case signIn != nil && signIn.Refused() && signIn.Connection != "":
		m.happened = say("OPA gave no token to the workload of the connection %q.", signIn.Connection)
		m.advice = "Check workload_identity: that the connection is active in OPA, that its issuer made the JWT for it, that the JWT has not expired, and the role. Check also base_url and team."
		return diag.NewErrorDiagnostic("Workload refused", m.String())
	case signIn != nil && signIn.Refused():
		m.happened = say("OPA did not accept the API key with the id %s.", signIn.KeyID)
		m.advice = "Check key_id and key_secret (or OPA_KEY_ID and OPA_KEY_SECRET), base_url and team; and in OPA, that the key of the service user was not revoked."
		return diag.NewErrorDiagnostic("API key refused", m.String())
	case e.MissingRole():
		m.advice = "The credentials are good, but their user lacks a role. Give the security_admin role in OPA to a group of the service user, or to the workload: it is the one that makes access reports and looks up users and servers."
		return diag.NewErrorDiagnostic("Missing role", m.String())
	case e.StatusCode == http.StatusUnauthorized:
		m.advice = "The token was refused. If it is a ready bearer_token (or OPA_BEARER_TOKEN), it may have expired: fetch a new one, or use an API key. " +
			"With an API key or a workload's identity, a new token was refused as well: check that its user is active and has the security_admin role, without which OPA answers in the same way."
		return diag.NewErrorDiagnostic("Not authorised", m.String())
	case e.StatusCode/100 == 3:
		m.advice = "Set base_url to the tenant's own address: no credential is sent after a redirect."
		return diag.NewErrorDiagnostic("Redirected", m.String())
	case e.StatusCode == http.StatusNotFound:
		m.advice = "Check the provider's team and base_url. If an id is set, check that it is that of a user or server of this team."
		return diag.NewErrorDiagnostic("Not found", m.String())
	case e.StatusCode >= http.StatusInternalServerError:
		m.advice = "That is a fault of the server, and it did not pass while the request was tried again. Plan again later."
		m.happened = asSentence(say("%s failed", doing))
		return diag.NewErrorDiagnostic("OPA is at fault", m.String())
	}
	return diag.NewErrorDiagnostic("Request refused", m.String())
}

func refusalLabels(e *client.APIError) []label {
	return []label{
		{"Status", strings.TrimSpace(fmt.Sprintf("%d %s", e.StatusCode, http.StatusText(e.StatusCode)))},
		{"Error type", e.Type.String()},
		{"Message", e.Message.String()},
		{"Request ID", e.RequestID.String()},
	}
}

func reportLabels(report client.ReportSummary) []label {
	return []label{{"Report ID", report.ID.String()}, {"Last status", report.Status.String()}}
}

// unreadableError is a report whose text cannot be read: not one of its rows is
// given, since some may be missing.
type unreadableError struct {
	result *client.Result
	err    error
	text   client.ServerText // of err, which quotes the header
}

func (e *unreadableError) Error() string {
	return "the CSV of the access report could not be read: " + e.text.String()
}

func (e *unreadableError) Unwrap() error { return e.err }

func explainUnreadable(e *unreadableError) diag.Diagnostic {
	m := message{
		happened: sentence(e),
		advice:   "None of its rows is given, for some might be missing. Plan again; if it stays so, please report it with the message above.",
		labels:   reportLabels(e.result.Summary),
	}
	if format, ok := errors.AsType[*accessreport.FormatError](e.err); ok && format.Header != nil {
		m.advice = "None of its rows is given. Tell the provider which header text is which column, for those that it did not recognise:\n\n" +
			"  provider \"opa\" {\n    report_columns = {\n      account = \"the header text in your tenant's reports\"\n    }\n  }\n\n" +
			"The columns are " + columnNames() + ". The empty text says that your tenant's reports may lack the column."
	}
	return diag.NewErrorDiagnostic("Report not readable", m.String())
}

// doubtful is for what a reader of the rows must know although they could be read.
func doubtful(report client.ReportSummary, warning string) diag.Diagnostic {
	return diag.NewWarningDiagnostic("Unusual access report", message{happened: multiline(warning), labels: reportLabels(report)}.String())
}

// columnNames lists the columns for messages.
func columnNames() prose { return say("%s", strings.Join(accessreport.ColumnNames(), ", ")) }

func elapsed(d time.Duration) string {
	return d.Round(100 * time.Millisecond).String()
}
