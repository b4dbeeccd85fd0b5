# What the policies look at: the access reports of a plan, wherever in it they
# are. Denied here is what leaves the policies without anything to judge, which
# must not pass for access in good order.
package main

report_types := {
	"opa_access_report",
	"opa_resource_access_report",
	"opa_resource_access_reports",
	"opa_user_access_report",
	"opa_user_access_reports",
}

# What a plan reads is in the state that it starts from, whatever the module.
reports contains resource if {
	walk(input.prior_state.values, [_, resource])
	resource.mode == "data"
	resource.type in report_types
}

rows contains row if {
	some report in reports
	some row in report.values.rows
}

deny contains "There is no access report in this plan, so that nothing was judged." if count(reports) == 0

# Reports on a project or a group in which there is nobody and nothing.
chose_nobody(report) if {
	endswith(report.type, "_reports")
	object.get(report.values, "status", null) == null
}

deny contains msg if {
	some report in reports
	chose_nobody(report)
	msg := sprintf("%s chose nobody and nothing, so that nothing was judged.", [report.address])
}

deny contains msg if {
	some report in reports
	not chose_nobody(report)
	not report.values.status in {"COMPLETED", "COMPLETED_BUT_EMPTY"}
	msg := sprintf("%s is not whole: its status is %v.", [report.address, object.get(report.values, "status", null)])
}

deny contains msg if {
	some report in reports
	not is_array(object.get(report.values, "rows", null))
	msg := sprintf("%s has no list of rows.", [report.address])
}

deny contains "The plan has failed, so that reports may be missing from it." if input.errored

# A report on what is not known before apply is in no plan.
deny contains msg if {
	some change in input.resource_changes
	change.type in report_types
	"read" in change.change.actions
	msg := sprintf("%s is read by apply only, too late to be judged.", [change.address])
}
