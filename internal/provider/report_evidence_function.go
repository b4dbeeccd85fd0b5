package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
)

// evidenceSchemaVersion is the version of the shape of the result of report_evidence. It
// changes if an attribute is removed or gets another meaning.
const evidenceSchemaVersion = 1

// reportEvidenceFunction describes reports for auditors.
type reportEvidenceFunction struct{ version string }

func (reportEvidenceFunction) Metadata(_ context.Context, _ function.MetadataRequest, response *function.MetadataResponse) {
	response.Name = "report_evidence"
}

func (reportEvidenceFunction) Definition(_ context.Context, _ function.DefinitionRequest, response *function.DefinitionResponse) {
	response.Definition = function.Definition{
		Summary: "Describe reports as evidence for auditors",
		MarkdownDescription: "Returns an object that describes what was asked, which reports answered, whether their rows are complete, and the SHA-256 of their CSV. " +
			"Store it with the CSV that `report_encode` writes. The same arguments return the same object, so that `jsonencode` returns the same bytes.\n\n" +
			"* `schema_version`: version of this shape, a number.\n" +
			"* `provider`: `{ source, version }`.\n" +
			"* `team`: name of the team, or null if the reports do not contain it.\n" +
			"* `complete`: whether the rows are certainly all rows of what was asked. It is false if any of `limitations` applies.\n" +
			"* `limitations`: why the rows may not be complete, such as `filtered: row filters left 3 of 56 rows` or `the status is \"PARTIAL\"`.\n" +
			"* `row_count`, `total_row_count`: numbers of rows after and before row filters. `total_row_count` is null if it is not known.\n" +
			"* `unknown_conditions`: conditions that the provider does not fully understand.\n" +
			"* `sha256`: SHA-256 of `report_encode(rows)`, in hexadecimal form. For several reports, `rows` are the rows of all reports in the order of the arguments, such as `concat(data.a.rows, data.b.rows)`.\n" +
			"* `reports`: for each argument, `asked` (the arguments of the data source that are set), `reused`, `status`, `complete`, `limitations`, `row_count`, `total_row_count`, `sha256`, " +
			"and `reports`: for each report, `subject_type`, `subject_id`, `subject_name`, `report_id`, `status`, `created_at`, `updated_at`, `row_count`, `total_row_count` and `error`.",
		VariadicParameter: function.DynamicParameter{
			Name: "reports",
			MarkdownDescription: "Reports to describe. Each is a complete data source such as `data.opa_team_access_report.all`, or an object with the same attributes. " +
				"An object without the arguments, the status, the numbers of rows, the ID and the subject of each report, or the `subject_id` of each row is not complete. " +
				"Changes of cells by hand are not detected.",
		},
		Return: function.DynamicReturn{},
	}
}

func (f reportEvidenceFunction) Run(ctx context.Context, request function.RunRequest, response *function.RunResponse) {
	var arguments types.Tuple
	if response.Error = request.Arguments.GetArgument(ctx, 0, &arguments); response.Error != nil {
		return
	}
	if len(arguments.Elements()) == 0 {
		response.Error = function.NewFuncError("there must be at least one report, such as data.opa_team_access_report.all")
		return
	}
	var reports []evidenceReport
	for i, argument := range arguments.Elements() {
		value, err := argument.ToTerraformValue(ctx)
		if err == nil && !value.IsFullyKnown() {
			response.Error = response.Result.Set(ctx, types.DynamicUnknown())
			return
		}
		var report evidenceReport
		if err == nil {
			report, err = readEvidenceReport(ctx, value)
		}
		if err != nil {
			response.Error = function.NewArgumentFuncError(int64(i), err.Error())
			return
		}
		reports = append(reports, report)
	}
	evidence, err := f.evidence(ctx, reports)
	if err != nil {
		response.Error = function.NewFuncError(err.Error())
		return
	}
	response.Error = response.Result.Set(ctx, types.DynamicValue(evidence))
}

// evidenceReport is an argument of report_evidence.
type evidenceReport struct {
	accessreport.EvidenceReport

	team    string
	reused  attr.Value
	asked   attr.Value
	members []attr.Value
}

// readEvidenceReport reads the result of a data source. Its error has no final period,
// because Terraform adds one.
func readEvidenceReport(ctx context.Context, value tftypes.Value) (e evidenceReport, err error) {
	var report map[string]tftypes.Value
	if value.IsNull() || value.As(&report) != nil {
		return e, errNoReport
	}
	rows, ok := report["rows"]
	if !ok || rows.IsNull() {
		return e, errors.New("this has no rows. Use a complete report, such as data.opa_user_access_report.larry")
	}
	if e.Rows, err = readRows(rows); err != nil {
		return e, err
	}
	if e.Sources, err = readSources(value); err != nil {
		return e, err
	}
	var errs [5]error
	e.Status, errs[0] = textOf(report, "status")
	e.team, errs[1] = textOf(report, "team")
	e.RowCount, errs[2] = numberOf(report, "row_count")
	e.TotalRows, errs[3] = numberOf(report, "total_row_count")
	e.UnknownConditions, errs[4] = textsOf(report, "unknown_conditions")
	if err := errors.Join(errs[:]...); err != nil {
		return e, err
	}
	e.reused = types.BoolNull()
	if value, ok := report["reused"]; ok && !value.IsNull() {
		reused, ok := boolean(value)
		if !ok {
			return e, errors.New("its reused must be true or false")
		}
		e.reused = types.BoolValue(reused)
	}
	asked := askedArguments(report)
	_, plural := membersOf(report)
	_, inPast := asked["as_of"]
	e.AskedUnknown, e.PastOfPresent = len(asked) == 0, plural && inPast && !hasAny(asked, "user_names", "user_ids", "hostnames", "resource_ids")
	if e.asked, err = knownValue(ctx, tfObject(asked)); err != nil {
		return e, err
	}
	e.members, err = evidenceMembers(report)
	return e, err
}

// evidence returns the result of the function.
func (f reportEvidenceFunction) evidence(ctx context.Context, reports []evidenceReport) (types.Object, error) {
	var rows []accessreport.Row
	var unknown, digests []string
	team, teams, total := reports[0].team, 1, 0
	limitations := repeatedReports(reports)
	values := make([]attr.Value, len(reports))
	for i := range reports {
		r := &reports[i]
		if r.team != team {
			teams++
		}
		limits := r.Limitations()
		for _, limit := range limits {
			if len(reports) > 1 {
				limit = fmt.Sprintf("reports[%d]: %s", i, limit)
			}
			limitations = append(limitations, limit)
		}
		digest, err := accessreport.Digest(r.Rows)
		if err != nil {
			return types.Object{}, fmt.Errorf("the rows of reports[%d] cannot be encoded as CSV: %w", i, err)
		}
		rows, unknown, digests = append(rows, r.Rows...), append(unknown, r.AllUnknownConditions()...), append(digests, digest)
		if total >= 0 && r.TotalRows >= 0 {
			total += r.TotalRows
		} else {
			total = -1
		}
		values[i] = objectValue(ctx, map[string]attr.Value{
			"asked": r.asked, "reused": r.reused, "status": textOrNull(r.Status),
			"complete": types.BoolValue(len(limits) == 0), "limitations": textsValue(limits),
			"row_count": types.Int64Value(int64(len(r.Rows))), "total_row_count": countOrNull(r.TotalRows), "sha256": types.StringValue(digest), "reports": listOrTuple(ctx, r.members),
		})
	}
	if teams > 1 {
		return types.Object{}, errors.New("the reports are of different teams. Call report_evidence once for each team")
	}
	digest := digests[0]
	if len(reports) > 1 {
		var err error
		if digest, err = accessreport.Digest(rows); err != nil {
			return types.Object{}, fmt.Errorf("the rows of all reports cannot be encoded as one CSV: %w. Call report_evidence once for each report", err)
		}
	}
	all := accessreport.EvidenceReport{UnknownConditions: unknown}
	return objectValue(ctx, map[string]attr.Value{
		"schema_version": types.Int64Value(evidenceSchemaVersion),
		"provider":       objectValue(ctx, map[string]attr.Value{"source": types.StringValue(Address), "version": types.StringValue(f.version)}),
		"team":           textOrNull(team), "complete": types.BoolValue(len(limitations) == 0), "limitations": textsValue(limitations),
		"row_count": types.Int64Value(int64(len(rows))), "total_row_count": countOrNull(total),
		"unknown_conditions": textsValue(all.AllUnknownConditions()), "sha256": types.StringValue(digest), "reports": types.TupleValueMust(typesOf(ctx, values), values),
	}), nil
}

// repeatedReports returns the limitation that a report is in several arguments, if so.
func repeatedReports(reports []evidenceReport) []string {
	in := map[string]int{} // the argument of each report, from 1
	for i := range reports {
		for _, source := range reports[i].Sources {
			id := strings.ToLower(source.ReportID)
			if before := in[id]; id != "" && before != 0 && before != i+1 {
				return []string{fmt.Sprintf("reports[%d] and reports[%d] have a report in common, and its rows twice", before-1, i)}
			}
			in[id] = i + 1
		}
	}
	return []string{}
}

// askedAttributes are the arguments of data sources that determine which rows they return.
// Some are computed if they are not set.
var askedAttributes = []string{
	"user_name", "user_id", "user_names", "user_ids", "group_name", "user_type", "user_status", "resource_type_filter",
	"hostname", "canonical_name", "resource_id", "hostnames", "resource_ids", "labels", "project_id", "project_name", "resource_group_id", "resource_type",
	"subject_type", "cross_check", "include_rows", "exclude_rows", "max_age", "as_of", "allow_partial", "allow_empty",
}

// askedArguments returns the arguments that are set.
func askedArguments(report map[string]tftypes.Value) map[string]tftypes.Value {
	asked := map[string]tftypes.Value{}
	for _, name := range askedAttributes {
		if value, ok := report[name]; ok && !value.IsNull() {
			asked[name] = withoutNulls(value)
		}
	}
	return asked
}

// hasAny reports whether a map has any of the keys.
func hasAny(m map[string]tftypes.Value, keys ...string) bool {
	return slices.ContainsFunc(keys, func(key string) bool { _, ok := m[key]; return ok })
}

// withoutNulls removes the null attributes of an object, such as those of a row filter.
func withoutNulls(value tftypes.Value) tftypes.Value {
	var attributes map[string]tftypes.Value
	if !value.Type().Is(tftypes.Object{}) || value.As(&attributes) != nil {
		return value
	}
	set := map[string]tftypes.Value{}
	for name, attribute := range attributes {
		if !attribute.IsNull() {
			set[name] = attribute
		}
	}
	return tfObject(set)
}

// tfObject returns an object with attributes.
func tfObject(attributes map[string]tftypes.Value) tftypes.Value {
	kinds := make(map[string]tftypes.Type, len(attributes))
	for name, value := range attributes {
		kinds[name] = value.Type()
	}
	return tftypes.NewValue(tftypes.Object{AttributeTypes: kinds}, attributes)
}

// evidenceMembers returns the reports of a data source: itself, or its members, in their
// order.
func evidenceMembers(report map[string]tftypes.Value) ([]attr.Value, error) {
	elements := []map[string]tftypes.Value{report}
	if members, plural := membersOf(report); plural {
		elements = make([]map[string]tftypes.Value, len(members))
		for i := range members {
			if err := members[i].As(&elements[i]); err != nil {
				return nil, err
			}
		}
	}
	values := make([]attr.Value, len(elements))
	for i, element := range elements {
		var err error
		if values[i], err = evidenceMember(element); err != nil {
			return nil, err
		}
	}
	return values, nil
}

// evidenceMemberTypes has the attributes of a report in the result.
var evidenceMemberTypes = map[string]attr.Type{
	"subject_type": types.StringType, "subject_id": types.StringType, "subject_name": types.StringType,
	"report_id": types.StringType, "status": types.StringType, "created_at": types.StringType, "updated_at": types.StringType,
	"row_count": types.Int64Type, "total_row_count": types.Int64Type, "error": types.StringType,
}

// evidenceMember returns a report. The attributes that describe its subject depend on
// the data source.
func evidenceMember(report map[string]tftypes.Value) (attr.Value, error) {
	names := map[string][]string{
		"subject_type": {"subject_type"}, "subject_id": {"subject_id", "user_id", "resource_id"},
		"subject_name": {"name", "user_name", "canonical_name", "hostname"},
		"report_id":    {"report_id"}, "status": {"status"}, "created_at": {"created_at"}, "updated_at": {"updated_at"}, "error": {"error"},
	}
	values := map[string]attr.Value{}
	for name, from := range names {
		var text string
		for _, attribute := range from {
			found, err := textOf(report, attribute)
			if err != nil {
				return nil, err
			}
			if text == "" {
				text = found
			}
		}
		values[name] = textOrNull(text)
	}
	if _, ok := report["user_id"]; ok && values["subject_type"].IsNull() {
		values["subject_type"] = types.StringValue("user")
	}
	if _, ok := report["resource_id"]; ok && values["subject_type"].IsNull() {
		values["subject_type"] = types.StringValue("resource")
	}
	for _, name := range []string{"row_count", "total_row_count"} {
		n, err := numberOf(report, name)
		if err != nil {
			return nil, err
		}
		values[name] = countOrNull(n)
	}
	return types.ObjectValueMust(evidenceMemberTypes, values), nil
}
