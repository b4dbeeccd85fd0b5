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
			happened: "Two access reports ended with the status ERROR: the first one, and the one that the provider created to replace it. OPA returns no reason.",
			advice:   "The access is unknown. Try again later. If the error persists, send the report ID to Okta support.",
			labels:   reportLabels(e.Summary),
		}
		if !e.Again {
			m.happened = "This access report ended with the status ERROR. OPA returns no reason."
			m.advice = "The report contains no data. Create a new report with opa_user_access_report or opa_resource_access_report."
		}
		return diag.NewErrorDiagnostic("Report generation failed", m.String())
	}
	if e, ok := errors.AsType[*unreadableError](err); ok {
		return explainUnreadable(e)
	}
	if e, ok := errors.AsType[*wrongSubjectError](err); ok {
		return e.diagnostic()
	}
	if e, ok := errors.AsType[*ambiguousProjectError](err); ok {
		return diag.NewAttributeErrorDiagnostic(path.Root("project_name"), "Multiple projects found", message{
			happened: sentence(e), advice: "Replace project_name with project_id, and set it to the ID of the project to use.",
		}.String())
	}
	// The end of the read's own time, that is. Connections have deadlines too, whose
	// errors would pass for it.
	_, ended := errors.AsType[*client.ContextError](err)
	if ended || err == context.DeadlineExceeded || errors.Is(err, context.Canceled) { //nolint:errorlint // see above
		if errors.Is(err, context.Canceled) {
			return diag.NewErrorDiagnostic("Canceled", "The read was canceled before it completed.")
		}
		return diag.NewErrorDiagnostic("Read timeout", message{
			happened: say("%s", strings.Replace(string(sentence(err)), context.DeadlineExceeded.Error(), "the read exceeded timeouts.read", 1)),
			advice:   "The access is unknown. Try again, or increase the timeout: timeouts = { read = \"30m\" }.",
		}.String())
	}
	if e, ok := errors.AsType[*client.APIError](err); ok {
		return explainRefusal(err, e)
	}
	if _, ok := errors.AsType[*client.NoResponseError](err); ok {
		return diag.NewErrorDiagnostic("No response from OPA", message{
			happened: sentence(err),
			advice:   "Check base_url in the provider configuration, and that this machine can reach the tenant (DNS, proxy, firewall).",
		}.String())
	}
	if _, ok := errors.AsType[*client.ProtocolError](err); ok {
		return diag.NewErrorDiagnostic("Unexpected response from OPA", message{
			happened: sentence(err),
			advice: "The provider does not use any part of the response, because access could be missing from it. Check that base_url is the address of the tenant, and that no proxy responds in its place. " +
				"If the response is from OPA itself, please report it, so that the provider can support it.",
		}.String())
	}
	return diag.NewErrorDiagnostic("Read failed", string(sentence(err)))
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

func explainInterruption(e *client.InterruptedError) diag.Diagnostic {
	labels := reportLabels(e.Summary)
	labels = append(labels, label{"Elapsed", elapsed(e.Elapsed)})
	if e.Last != nil {
		labels = append(labels, label{"Last error", e.Last.Error()})
	}
	if errors.Is(e.Err, context.Canceled) {
		return diag.NewErrorDiagnostic("Canceled", message{
			happened: "The read was canceled while it was waiting for an access report.",
			labels:   labels,
		}.String())
	}
	happened := prose("The access report did not complete within timeouts.read.")
	if e.Report.ID == "" {
		happened = "OPA did not confirm the creation of an access report within timeouts.read."
	}
	return diag.NewErrorDiagnostic("Report timeout", message{
		happened: happened,
		advice:   "The access is unknown. If OPA is still generating the report, try again, or increase the timeout: timeouts = { read = \"30m\" }.",
		labels:   labels,
	}.String())
}

func explainNotFound(e *client.NotFoundError) diag.Diagnostic {
	m := message{happened: sentence(e)}
	object := e.Object.String()
	summary := strings.ToUpper(object[:1]) + object[1:] + " not found"
	switch e.Object {
	case client.ObjectUser:
		m.advice = "Check the spelling. Use the name in OPA, not an email address. Check also that team in the provider configuration is correct."
		if e.Key == client.KeyID {
			m.advice = "Check the ID, and that team in the provider configuration is correct."
		}
	case client.ObjectGroup:
		m.advice = "Check the spelling. Use the name in OPA, which is case-sensitive. Check also that the group was not deleted, and that team in the provider configuration is correct."
	case client.ObjectReport:
		m.advice = "Check the ID. OPA may have removed the report. Create a new report with opa_user_access_report or opa_resource_access_report."
	default:
		m.advice = "Check the spelling, including case. Deleted servers are ignored."
		if e.Within != "" {
			m.advice += " The server may be in another project or resource group. To check, remove these arguments."
		}
	}
	if refused, ok := errors.AsType[*client.APIError](e.Err); ok {
		m.labels = refusalLabels(refused)
	}
	return diag.NewAttributeErrorDiagnostic(path.Root(attributeName(e.Object, e.Key)), summary, m.String())
}

func explainAmbiguity(e *client.AmbiguousServerError) diag.Diagnostic {
	attribute := attributeName(client.ObjectServer, e.Key)
	happened := say("%d servers have the %s %q, but a report is about exactly one server:\n", len(e.Candidates), e.Key, e.Value)
	projects := map[[2]client.ServerText]bool{}
	for _, server := range e.Candidates {
		projects[[2]client.ServerText{server.ProjectID, server.ProjectName}] = true
		happened += say("\n  - resource_id %s, hostname %s, canonical name %s, project %s (%s), state %s",
			orNone(server.ID), orNone(server.Hostname), orNone(server.CanonicalName),
			orNone(server.ProjectName), orNone(server.ProjectID), orNone(server.State))
	}
	advice := say("These servers are in the same project. Replace %s with resource_id, and set it to the ID of the server to use.", attribute)
	if len(projects) == len(e.Candidates) {
		advice = say("Add project_name or project_id of the server to use, or replace %s with its resource_id.", attribute)
	}
	return diag.NewAttributeErrorDiagnostic(path.Root(attribute), "Multiple servers found", message{happened: happened, advice: advice}.String())
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
		m.advice = "OPA limits the rate of requests per user. The provider waited as long as OPA requested, and retried max_retries times. Try again later, decrease max_concurrent_requests, or increase max_retries."
		return diag.NewErrorDiagnostic("Too many requests", m.String())
	case signIn != nil && signIn.Refused() && signIn.Connection != "":
		m.happened = say("OPA did not issue a token to the workload of the connection %q.", signIn.Connection)
		m.advice = "Check in workload_identity that the connection is active in OPA, that its issuer created the JWT for it, that the JWT has not expired, and that the role is correct. Check also base_url and team."
		return diag.NewErrorDiagnostic("Workload refused", m.String())
	case signIn != nil && signIn.Refused():
		m.happened = say("OPA did not accept the API key with the ID %s.", signIn.KeyID)
		m.advice = "Check key_id and key_secret (or OPA_KEY_ID and OPA_KEY_SECRET), base_url and team. In OPA, check that the key of the service user was not revoked."
		return diag.NewErrorDiagnostic("API key refused", m.String())
	case e.MissingRole():
		m.advice = "The credentials are valid, but their user does not have a required role. In OPA, assign the security_admin role to a group of the service user, or to the workload. This role is required to create access reports, and to look up users and servers."
		return diag.NewErrorDiagnostic("Missing role", m.String())
	case e.StatusCode == http.StatusUnauthorized:
		m.advice = "OPA rejected the token. If it is from bearer_token or OPA_BEARER_TOKEN, it may have expired: request a new token, or use an API key. " +
			"If you use an API key or a workload identity, OPA rejected a new token as well: check that its user is active and has the security_admin role. Without this role, OPA returns the same error."
		return diag.NewErrorDiagnostic("Not authorized", m.String())
	case e.StatusCode/100 == 3:
		m.advice = "Set base_url to the address of the tenant. The provider does not follow redirects, and does not send credentials to their target."
		return diag.NewErrorDiagnostic("Unexpected redirect", m.String())
	case e.StatusCode == http.StatusNotFound:
		m.advice = "Check team and base_url in the provider configuration. If an ID is set, check that it is the ID of a user or server of this team."
		return diag.NewErrorDiagnostic("Not found", m.String())
	case e.StatusCode >= http.StatusInternalServerError:
		m.advice = "The server kept returning an error after all retries. Try again later."
		m.happened = asSentence(say("%s failed", doing))
		return diag.NewErrorDiagnostic("OPA server error", m.String())
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
		m.advice = "No rows are returned. Map the columns that were not recognized to their header texts:\n\n" +
			"  provider \"opa\" {\n    report_columns = {\n      account = \"header text in the reports of your tenant\"\n    }\n  }\n\n" +
			"The columns are " + columnNames() + ". An empty string means that the column can be missing in the reports of your tenant."
	}
	return diag.NewErrorDiagnostic("Invalid access report", m.String())
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
