package provider

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
	"github.com/privileged-access/terraform-provider-opa/internal/client"
)

// reportSubject is the subject of a report, with the names that rows may use for
// it. There are none if the subject was not looked up.
type reportSubject struct {
	client.Subject
	names []string
}

func userSubject(u client.User, resourceType types.String) reportSubject {
	return newReportSubject(client.Subject{Kind: client.UserSubject, ID: u.ID, ResourceType: resourceType.ValueString()}, u.Name, u.Details.Value.Email)
}

func serverSubject(s client.Server, resourceType types.String) reportSubject {
	return newReportSubject(client.Subject{Kind: client.ResourceSubject, ID: s.ID, ResourceType: resourceType.ValueString()},
		append([]string{s.Hostname, s.CanonicalName}, s.AltNames.Value...)...)
}

func newReportSubject(subject client.Subject, names ...string) reportSubject {
	return reportSubject{subject, slices.DeleteFunc(names, func(name string) bool { return name == "" })}
}

// column returns the column that contains the name of the subject.
func (s reportSubject) column() accessreport.Column {
	if s.Kind == client.ResourceSubject {
		return accessreport.ResourceName
	}
	return accessreport.UserName
}

// name returns the name of the subject, or "" if it has none.
func (s reportSubject) name() string {
	if len(s.names) == 0 {
		return ""
	}
	return s.names[0]
}

// String returns a description of the subject for messages.
func (s reportSubject) String() string {
	return "the " + string(s.Kind) + " " + excerpt(cmp.Or(s.name(), s.ID))
}

// checkSubject returns the report if its rows are about a subject, or a
// *wrongSubjectError. It sets the subject of the rows.
func (f decodedReport) checkSubject(subject reportSubject) (decodedReport, error) {
	names := append(slices.Clone(subject.names), f.decoded.SubjectNames(subject.column())...)
	if !isCertainHeader(f.decoded.Header) && slices.ContainsFunc(f.decoded.Header, func(cell string) bool { return isNameInHeader(cell, names) }) {
		err := &accessreport.FormatError{Line: 1, Problem: "report_columns takes this line as the header, but it has the name of the subject, so it is a row", Header: f.decoded.Header}
		return decodedReport{}, &unreadableError{result: f.Result, err: err, text: f.RedactLong(err.Error()), names: names}
	}
	unknown, err := f.decoded.CheckSubject(subject.column(), subject.names)
	if err != nil {
		on := "without a known subject"
		if subject.Kind != "" {
			on = "on " + subject.String()
		}
		text := fmt.Sprintf("the access report %s %s", on, err)
		return decodedReport{}, &wrongSubjectError{f.Result, f.RedactLong(text), err}
	}
	for i := range f.decoded.Rows {
		f.decoded.Rows[i].SubjectID = subject.ID
	}
	if unknown != "" {
		f.unexpectedName = f.RedactLong(fmt.Sprintf("%s: the rows name %s (report %s)", subject, excerpt(unknown), f.Summary.ID)).String()
	}
	return f, nil
}

// checkOwnSubject is like checkSubject, for a report that was selected by its ID. It looks
// up the names of the subject only if the rows have more than one. If that fails,
// it returns an error, because the names may mean different subjects.
//
// If OPA does not return the subject, its kind is not known either. A report on one
// subject of either kind has one name in one of the columns.
func (s *session) checkOwnSubject(ctx context.Context, f decodedReport) (decodedReport, error) {
	reported := f.Report.Subject()
	if reported.Kind == "" {
		if _, err := f.checkSubject(reportSubject{Subject: client.Subject{Kind: client.ResourceSubject}}); err == nil {
			return f, nil
		}
		return f.checkSubject(reportSubject{})
	}
	checked, err := f.checkSubject(reportSubject{Subject: reported})
	if err == nil {
		return checked, nil
	}
	subject, failure := s.lookUp(ctx, reported)
	if failure != nil {
		return decodedReport{}, err
	}
	return f.checkSubject(subject)
}

// lookUp returns a subject with its names.
func (s *session) lookUp(ctx context.Context, subject client.Subject) (reportSubject, error) {
	resourceType := types.StringValue(subject.ResourceType)
	if subject.Kind == client.UserSubject {
		user, err := s.client.UserByID(ctx, subject.ID)
		return userSubject(user, resourceType), err
	}
	server, err := s.client.ServerBy(ctx, client.ServerFilter{ID: subject.ID})
	return serverSubject(server, resourceType), err
}

// wrongSubjectError is the error for a report that is not only about its subject.
// None of its rows is returned, because it is unknown which are about the subject.
type wrongSubjectError struct {
	result *client.Result
	text   client.ServerText // of the message, which quotes names in the rows
	err    error             // an *accessreport.SubjectError
}

func (e *wrongSubjectError) Error() string { return e.text.String() }

// Unwrap returns the *accessreport.SubjectError.
func (e *wrongSubjectError) Unwrap() error { return e.err }

func (e *wrongSubjectError) diagnostic() diag.Diagnostic {
	return diag.NewErrorDiagnostic("Report subject mismatch", message{
		happened: sentence(e),
		advice: "No rows are returned. The columns may be swapped, or several reports may be joined. Check report_columns in the provider configuration, and create a new report. " +
			"If the new report has the same error, please report it: " + tenantForm,
		labels: reportLabels(e.result.Summary),
	}.String())
}

// unexpectedNames returns a warning about unexpected names, if there are any.
func unexpectedNames(names ...string) (diags diag.Diagnostics) {
	lines := slices.DeleteFunc(names, func(name string) bool { return name == "" })
	if len(lines) == 0 {
		return nil
	}
	slices.Sort(lines)
	diags.AddWarning("Unexpected name in an access report", message{
		happened: say("The rows of %s use a name for the subject that is not one of its known names:\n%s", count(len(lines), "access report"), bullets(lines)),
		advice: "OPA does not document how reports write names, so the two names may belong to the same user or server. Verify this, and verify that report_columns in the provider configuration " +
			"maps the correct columns. Please report how your tenant writes names: " + tenantForm,
	}.String())
	return diags
}
