# The access reports of a plan, in all of its modules. The rules in this file deny a
# plan that has nothing to check or in which rows may be missing, so that such a plan
# does not look compliant.
package main

report_types := {
	"opa_access_report",
	"opa_resource_access_report",
	"opa_resource_access_reports",
	"opa_user_access_report",
	"opa_user_access_reports",
}

# Data sources that were read during plan are in the prior state.
reports contains resource if {
	walk(input.prior_state.values, [_, resource])
	resource.mode == "data"
	resource.type in report_types
}

rows contains row if {
	some report in reports
	some row in report.values.rows
}

deny contains "The plan has no access report, so there is nothing to check." if count(reports) == 0

# With allow_empty, a selection such as a project can be empty.
empty_selection(report) if {
	endswith(report.type, "_reports")
	object.get(report.values, "status", null) == null
}

deny contains msg if {
	some report in reports
	empty_selection(report)
	msg := sprintf("%s selects no user or server, so there is nothing to check.", [report.address])
}

deny contains msg if {
	some report in reports
	not empty_selection(report)
	not report.values.status in {"COMPLETED", "COMPLETED_BUT_EMPTY"}
	msg := sprintf("%s is incomplete: its status is %v.", [report.address, object.get(report.values, "status", null)])
}

deny contains msg if {
	some report in reports
	not is_array(object.get(report.values, "rows", null))
	msg := sprintf("%s has no list of rows.", [report.address])
}

# Text that the provider does not understand may weaken a requirement.
deny contains msg if {
	some report in reports
	not report.values.unknown_conditions == []
	texts := object.get(report.values, "unknown_conditions", null)
	msg := sprintf("%s has conditions that the provider does not fully understand: %s", [report.address, printable(json.marshal(texts))])
}

deny contains "The plan failed, so reports may be missing from it." if input.errored

# If a report depends on values that are known only after apply, it is not in the
# plan.
deny contains msg if {
	some change in input.resource_changes
	change.type in report_types
	"read" in change.change.actions
	msg := sprintf("%s is read during apply, too late to be checked.", [change.address])
}
