package provider

import (
	"context"
	"errors"
	"time"

	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
	"github.com/privileged-access/terraform-provider-opa/internal/client"
)

// decodedReport is a completed report with its decoded rows.
type decodedReport struct {
	*client.Result
	decoded *accessreport.Report

	// unexpectedName is a line on the name that all rows use for the subject if that
	// is not a known name, else "".
	unexpectedName string
}

// reportOptions are the options of a read of reports.
type reportOptions struct {
	maxAge time.Duration // of an existing report to reuse; 0 means none
	asOf   *time.Time    // of the newest existing report to use; nil means a new one
	filter *accessreport.Filter
	// withCSV keeps the CSV in the result.
	withCSV bool
}

// report runs a report on a subject and decodes it.
func (s *session) report(ctx context.Context, subject reportSubject, options reportOptions) (decodedReport, error) {
	reports, errs := s.reports(ctx, []reportSubject{subject}, options)
	return reports[0], errs[0]
}

// reports runs reports on many subjects and decodes them. For each subject, it
// returns a report or an error. An existing report that cannot be decoded, or is not
// about its subject, is replaced by a new one.
func (s *session) reports(ctx context.Context, subjects []reportSubject, options reportOptions) ([]decodedReport, []error) {
	targets := make([]client.Subject, len(subjects))
	for i, subject := range subjects {
		targets[i] = subject.Subject
	}
	reports := make([]decodedReport, len(subjects))
	outcomes := s.client.RunAll(ctx, targets, client.RunAllOptions{
		MaxAge: options.maxAge,
		AsOf:   options.asOf,
		Check: func(ctx context.Context, i int, result *client.Result) (err error) {
			decoded, err := s.decode(ctx, result, options)
			if err == nil {
				reports[i], err = decoded.checkSubject(subjects[i])
			}
			return nameSubject(err, subjects[i])
		},
	})
	errs := make([]error, len(subjects))
	for i, outcome := range outcomes {
		errs[i] = outcome.Err
	}
	return reports, errs
}

// existing returns an existing report, decoded.
func (s *session) existing(ctx context.Context, id string, options reportOptions) (decodedReport, error) {
	result, err := s.client.Existing(ctx, id)
	if err != nil {
		return decodedReport{}, err
	}
	decoded, err := s.decode(ctx, result, options)
	if err != nil {
		return decodedReport{}, err
	}
	return s.checkOwnSubject(ctx, decoded)
}

// decode decodes a report. A report that is COMPLETED_BUT_EMPTY has no rows.
func (s *session) decode(ctx context.Context, result *client.Result, options reportOptions) (decodedReport, error) {
	if result.Report.Status != client.StatusCompleted {
		return decodedReport{Result: result, decoded: &accessreport.Report{}}, nil
	}
	report, err := accessreport.DecodeFiltered(ctx, result.CSV, s.columns, options.filter)
	if ctx.Err() != nil {
		return decodedReport{}, ctx.Err()
	}
	if filterError, ok := errors.AsType[*accessreport.FilterError](err); ok {
		return decodedReport{}, filterError
	}
	if err != nil {
		return decodedReport{}, &unreadableError{result: result, err: err, text: result.RedactLong(err.Error())}
	}
	for i, warning := range report.Warnings {
		if s.client.HasCredentials(warning) {
			report.Warnings[i] = "A warning on the report was removed because it contained credentials."
		}
	}
	if !options.withCSV {
		// The result is shared with other reads.
		withoutCSV := *result
		withoutCSV.CSV = ""
		result = &withoutCSV
	}
	return decodedReport{Result: result, decoded: report}, nil
}
