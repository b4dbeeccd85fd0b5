# Run by conftest verify: each policy with a row that obeys it and one that does
# not, and plans that have nothing to judge.
package main

good := {
	"user_name": "paula+pager@example.com",
	"user_type": "human",
	"user_status": "ACTIVE",
	"resource_name": "web-01",
	"resource_type": "server",
	"account": "paula.pager",
	"privileges": "admin",
	"conditions": "Okta Gateway, Approval, MFA",
	"requires_gateway": true,
	"records_session": false,
	"requires_approval": true,
	"requires_mfa": true,
}

report(values) := {
	"address": "data.opa_resource_access_report.web",
	"mode": "data",
	"type": "opa_resource_access_report",
	"values": values,
}

in_root(resource) := {"prior_state": {"values": {"root_module": {"resources": [resource]}}}}

in_module(resource) := {"prior_state": {"values": {"root_module": {"child_modules": [{"child_modules": [{"resources": [resource]}]}]}}}}

# A plan with one report of one row, the good one with some cells changed.
plan(changes) := in_root(report({"status": "COMPLETED", "rows": [object.union(good, changes)]}))

# refused has what is said of the plan, and nothing else.
refused(messages) if {
	count(messages) == 1
	some message in messages
	contains(message, "paula+pager@example.com on web-01 as ")
}

test_good_access_passes if {
	count(deny) == 0 with input as plan({})
	count(warn) == 0 with input as plan({})
}

test_admin_asks_for_mfa if {
	refused(deny) with input as plan({"requires_mfa": false, "conditions": "Approval"})
	refused(deny) with input as plan({"requires_mfa": null})
	refused(deny) with input as in_root(report({"status": "COMPLETED", "rows": [object.remove(good, ["requires_mfa"])]}))
}

test_unknown_privileges_are_administration if {
	refused(deny) with input as plan({"privileges": "operator", "requires_mfa": false})
	refused(deny) with input as plan({"privileges": null, "requires_mfa": false})
}

test_users_need_no_mfa if count(deny) == 0 with input as plan({"privileges": "user", "requires_mfa": false})

test_shared_accounts_need_approval if {
	every account in shared_accounts {
		refused(deny) with input as plan({"account": account, "requires_approval": false})
		refused(deny) with input as plan({"account": account, "requires_approval": null})
		count(deny) == 0 with input as plan({"account": account})
	}
}

test_shared_accounts_are_known if shared_accounts == {"root", "Administrator", "postgres"}

test_own_accounts_need_no_approval if count(deny) == 0 with input as plan({"requires_approval": false})

test_users_are_active if {
	refused(deny) with input as plan({"user_status": "DISABLED"})
	refused(deny) with input as plan({"user_status": null})
	refused(deny) with input as in_root(report({"status": "COMPLETED", "rows": [object.remove(good, ["user_status"])]}))
}

test_no_conditions_are_a_warning if {
	warn == {"access without conditions: paula+pager@example.com on web-01"} with input as plan({"conditions": ""})
	count(warn) == 0 with input as plan({"conditions": "Moon phase"})
}

test_modules_are_judged if {
	refused(deny) with input as in_module(report({"status": "COMPLETED", "rows": [object.union(good, {"user_status": "DELETED"})]}))
}

test_every_kind_of_report_is_judged if {
	kinds := {"opa_access_report", "opa_resource_access_report", "opa_resource_access_reports", "opa_user_access_report", "opa_user_access_reports"}
	every kind in kinds {
		resource := object.union(report({"status": "COMPLETED", "rows": [object.union(good, {"user_status": "DELETED"})]}), {"type": kind})
		refused(deny) with input as in_root(resource)
	}
}

test_an_empty_report_passes if count(deny) == 0 with input as in_root(report({"status": "COMPLETED_BUT_EMPTY", "rows": []}))

test_a_plan_without_reports_is_refused if {
	nothing := {"There is no access report in this plan, so that nothing was judged."}
	deny == nothing with input as {}
	deny == nothing with input as in_root({"address": "data.opa_user.larry", "mode": "data", "type": "opa_user", "values": {"name": "larry.linuxadmin"}})
}

test_a_partial_report_is_refused if {
	every status in ["PARTIAL", null] {
		count(deny) == 1 with input as in_root(report({"status": status, "rows": [good]}))
	}
}

test_a_choice_of_nobody_is_refused if {
	address := "data.opa_resource_access_reports.gone"
	nobody := object.union(report({"status": null, "rows": []}), {"type": "opa_resource_access_reports", "address": address})
	deny == {"data.opa_resource_access_reports.gone chose nobody and nothing, so that nothing was judged."} with input as in_root(nobody)
}

test_a_report_without_rows_is_refused if {
	count(deny) == 1 with input as in_root(report({"status": "COMPLETED", "rows": null}))
	count(deny) == 1 with input as in_root(report({"status": "COMPLETED"}))
}

test_a_report_of_apply_is_refused if {
	change := {"address": "data.opa_user_access_report.new", "type": "opa_user_access_report", "change": {"actions": ["read"]}}
	deny == {"data.opa_user_access_report.new is read by apply only, too late to be judged."} with input as object.union(plan({}), {"resource_changes": [change]})
}

test_a_failed_plan_is_refused if count(deny) == 1 with input as object.union(plan({}), {"errored": true})
