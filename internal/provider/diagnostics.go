package provider

import (
	"context"
	"errors"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
	"github.com/privileged-access/terraform-provider-opa/internal/client"
)

// explain converts an error of a read to a diagnostic.
func explain(err error) diag.Diagnostic {
	if e, ok := errors.AsType[*client.InterruptedError](err); ok {
		return explainInterruption(e)
	}
	if e, ok := errors.AsType[*client.NotFoundError](err); ok {
		return explainNotFound(e)
	}
	if e, ok := errors.AsType[*client.NoEmailsError](err); ok {
		return diag.NewAttributeErrorDiagnostic(path.Root("email"), "No email addresses found", message{
			happened: sentence(e), advice: "OPA may not return email addresses on your tenant, so the user may exist. Set name or id instead of email.",
		}.String())
	}
	if e, ok := errors.AsType[*client.AmbiguousUserError](err); ok {
		return diag.NewAttributeErrorDiagnostic(path.Root("email"), "Multiple users found", message{
			happened: asSentence(say("%s: %s", e, quotedNames(e.Names))), advice: "Replace email with name, and set it to the name of the user to use.",
		}.String())
	}
	if e, ok := errors.AsType[*client.AmbiguousServerError](err); ok {
		return explainAmbiguity(e)
	}
	if e, ok := errors.AsType[*client.NoLabelsError](err); ok {
		return diag.NewAttributeErrorDiagnostic(path.Root("labels"), "No labels found", message{
			happened: say("%s An empty selection would look like \"nobody has access\".", sentence(e)),
			advice:   "Check in OPA that servers have labels. If they do, OPA did not return them: remove labels, and select the servers by other arguments.",
		}.String())
	}
	if e, ok := errors.AsType[*client.LabelMismatchError](err); ok {
		return diag.NewAttributeErrorDiagnostic(path.Root("labels"), "Labels do not match", message{
			happened: sentence(e), advice: "Check labels: names and values are case-sensitive. If the server is not expected to have them, remove it from the selection.",
		}.String())
	}
	if e, ok := errors.AsType[*client.FutureTimeError](err); ok {
		return diag.NewAttributeErrorDiagnostic(path.Root("as_of"), "Invalid value", message{
			happened: say("as_of must not be in the future: %s.", e), advice: "Set as_of to a time in the past.",
		}.String())
	}
	if e, ok := errors.AsType[*client.NoReportError](err); ok {
		return explainNoReport(e)
	}
	if e, ok := errors.AsType[*client.ReportFailedError](err); ok {
		return explainFailure(e)
	}
	if e, ok := errors.AsType[*accessreport.FilterError](err); ok {
		return explainFilter(e)
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
	if isContextError(err) {
		return explainContext(err)
	}
	if e, ok := errors.AsType[*client.APIError](err); ok {
		return explainRefusal(err, e)
	}
	if e, ok := errors.AsType[*client.NoResponseError](err); ok && e.Incomplete {
		return diag.NewErrorDiagnostic("Incomplete response from OPA", message{
			happened: sentence(err),
			advice:   "Try again. If the error persists, check proxies between this machine and the tenant.",
		}.String())
	} else if ok {
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
	m := message{happened: sentence(e) + suggestions(e)}
	object := e.Object.String()
	summary := strings.ToUpper(object[:1]) + object[1:] + " not found"
	switch e.Object {
	case client.ObjectUser:
		m.advice = "Check the spelling. Use the name in OPA, not an email address. Check also that team in the provider configuration is correct."
		switch e.Key {
		case client.KeyID:
			m.advice = "Check the ID, and that team in the provider configuration is correct."
		case client.KeyEmail:
			m.advice = "Check the address. Service users have none. Check also that team in the provider configuration is correct."
		case client.KeyName, client.KeyHostname, client.KeyCanonicalName:
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
		if mayBeOfProxy(refused) {
			m.advice = m.happened + " " + m.advice
			summary, m = ofProxy, explainProxy(refused, "", summary, m)
		}
	}
	return diag.NewAttributeErrorDiagnostic(path.Root(attributeName(e.Object, e.Key)), summary, m.String())
}

// suggestions returns a sentence on what the value may have meant, or "".
func suggestions(e *client.NotFoundError) prose {
	switch {
	case len(e.ByEmail) > 0:
		return say(" This is the email address of %s.", quotedNames(e.ByEmail))
	case len(e.Similar) > 0:
		return say(" Did you mean %s?", quotedNames(e.Similar))
	}
	return ""
}

// quotedNames returns names in quotation marks.
func quotedNames(names []client.ServerText) prose {
	quoted := make([]string, 0, len(names))
	for _, name := range names {
		quoted = append(quoted, string(say("%q", name)))
	}
	return prose(strings.Join(quoted, ", "))
}

func explainAmbiguity(e *client.AmbiguousServerError) diag.Diagnostic {
	attribute := attributeName(client.ObjectServer, e.Key)
	happened := say("%d servers have the %s %q, but a report is about exactly one server:\n", len(e.Candidates), e.Key, e.Value)
	projects := map[[2]client.ServerText]bool{}
	for _, server := range e.Candidates {
		projects[[2]client.ServerText{server.ProjectID, server.ProjectName}] = true
		happened += say("\n  - resource_id %s, hostname %s, canonical name %s, project %s (%s), state %s",
			textOrNone(server.ID), textOrNone(server.Hostname), textOrNone(server.CanonicalName),
			textOrNone(server.ProjectName), textOrNone(server.ProjectID), textOrNone(server.State))
	}
	advice := say("These servers are in the same project. Replace %s with resource_id, and set it to the ID of the server to use.", attribute)
	if len(projects) == len(e.Candidates) {
		advice = say("Add project_name or project_id of the server to use, or replace %s with its resource_id.", attribute)
	}
	return diag.NewAttributeErrorDiagnostic(path.Root(attribute), "Multiple servers found", message{happened: happened, advice: advice}.String())
}

// isContextError reports whether a read ended because its context ended. Connections
// have deadlines as well, and errors.Is would match theirs.
func isContextError(err error) bool {
	_, ended := errors.AsType[*client.ContextError](err)
	return ended || err == context.DeadlineExceeded || errors.Is(err, context.Canceled) //nolint:errorlint // see above
}

func explainContext(err error) diag.Diagnostic {
	if errors.Is(err, context.Canceled) {
		return diag.NewErrorDiagnostic("Canceled", "The read was canceled before it completed.")
	}
	return diag.NewErrorDiagnostic("Read timeout", message{
		happened: say("%s", strings.Replace(string(sentence(err)), context.DeadlineExceeded.Error(), "the read exceeded timeouts.read", 1)),
		advice:   "The access is unknown. Try again, or increase the timeout: timeouts = { read = \"30m\" }.",
	}.String())
}

func explainFailure(e *client.ReportFailedError) diag.Diagnostic {
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
