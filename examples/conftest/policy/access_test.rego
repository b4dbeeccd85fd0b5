# Tests for conftest verify: for each policy a row that complies with it and one that
# violates it, and plans without anything to check.
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
	"shared_account": false,
}

root := object.union(good, {"account": "root", "privileges": "user", "shared_account": true})

report(values) := {
	"address": "data.opa_resource_access_report.web",
	"mode": "data",
	"type": "opa_resource_access_report",
	"values": object.union({"unknown_conditions": []}, values),
}

in_root(resource) := {"prior_state": {"values": {"root_module": {"resources": [resource]}}}}

in_module(resource) := {"prior_state": {"values": {"root_module": {"child_modules": [{"child_modules": [{"resources": [resource]}]}]}}}}

plan_with(row) := in_root(report({"status": "COMPLETED", "rows": [row]}))

# A plan with one report of one row: good, with some changed cells.
plan(changes) := plan_with(object.union(good, changes))

# refused reports whether there is exactly one message, about the row of the plan.
refused(messages) if {
	count(messages) == 1
	some message in messages
	contains(message, "paula+pager@example.com on web-01 as ")
}

test_good_access_passes if {
	count(deny) == 0 with input as plan({})
	count(warn) == 0 with input as plan({})
}

test_admin_requires_mfa if {
	refused(deny) with input as plan({"requires_mfa": false, "conditions": "Approval"})
	refused(deny) with input as plan({"requires_mfa": null})
	refused(deny) with input as plan_with(object.remove(good, ["requires_mfa"]))
}

test_unknown_privileges_require_mfa if {
	refused(deny) with input as plan({"privileges": "operator", "requires_mfa": false})
	refused(deny) with input as plan({"privileges": null, "requires_mfa": false})
	refused(deny) with input as plan_with(object.remove(object.union(good, {"requires_mfa": false}), ["privileges"]))
}

test_users_need_no_mfa if count(deny) == 0 with input as plan({"privileges": "user", "requires_mfa": false})

test_shared_accounts_require_mfa if {
	count(deny) == 0 with input as plan_with(root)
	refused(deny) with input as plan_with(object.union(root, {"requires_mfa": false}))
	refused(deny) with input as plan_with(object.union(root, {"requires_mfa": null}))
	refused(deny) with input as plan_with(object.union(root, {"requires_mfa": false, "account": "deploy"}))
}

test_shared_accounts_require_approval if {
	refused(deny) with input as plan_with(object.union(root, {"requires_approval": false}))
	refused(deny) with input as plan_with(object.union(root, {"requires_approval": null}))
	refused(deny) with input as plan_with(object.remove(root, ["requires_approval"]))
}

test_accounts_not_known_to_be_own_are_shared if {
	every change in [{"requires_mfa": false}, {"requires_approval": false}] {
		weak := object.union(root, change)
		refused(deny) with input as plan_with(object.union(weak, {"shared_account": null}))
		refused(deny) with input as plan_with(object.remove(weak, ["shared_account"]))
	}
}

test_own_accounts_need_no_approval if count(deny) == 0 with input as plan({"requires_approval": false})

test_users_are_active if {
	refused(deny) with input as plan({"user_status": "DISABLED"})
	refused(deny) with input as plan({"user_status": null})
	refused(deny) with input as in_root(report({"status": "COMPLETED", "rows": [object.remove(good, ["user_status"])]}))
}

unconditional_row := object.union(good, {
	"privileges": "user",
	"requires_gateway": false,
	"records_session": false,
	"requires_approval": false,
	"requires_mfa": false,
})

test_no_known_condition_is_a_warning if {
	warning := {"access without any known condition: paula+pager@example.com on web-01"}
	every text in ["", "-", "none", "Moon phase", null] {
		warn == warning with input as plan_with(object.union(unconditional_row, {"conditions": text}))
	}
	warn == warning with input as plan_with(object.union(unconditional_row, {"requires_mfa": null}))
	warn == warning with input as plan_with(object.remove(unconditional_row, ["requires_gateway"]))
	every requirement in ["requires_gateway", "records_session", "requires_approval", "requires_mfa"] {
		count(warn) == 0 with input as plan_with(object.union(unconditional_row, {requirement: true}))
	}
}

test_unknown_conditions_are_refused if {
	every texts in [["Moon phase"], null] {
		count(deny) == 1 with input as in_root(report({"status": "COMPLETED", "rows": [good], "unknown_conditions": texts}))
	}
	missing := object.remove(report({"status": "COMPLETED", "rows": [good]}), ["values"])
	count(deny) == 1 with input as in_root(object.union(missing, {"values": {"status": "COMPLETED", "rows": [good]}}))
}

test_control_characters_are_replaced if {
	hostile := object.union(unconditional_row, {
		"user_name": "paula\u001b[2J\u202e\u009b\u007f\nx",
		"user_status": "DISABLED",
	})
	deny == {"user who is not active: paula�[2J����x on web-01 as paula.pager (user, conditions: Okta Gateway, Approval, MFA)"} with input as plan_with(hostile)
	warn == {"access without any known condition: paula�[2J����x on web-01"} with input as plan_with(hostile)
}

test_modules_are_checked if {
	refused(deny) with input as in_module(report({"status": "COMPLETED", "rows": [object.union(good, {"user_status": "DELETED"})]}))
}

test_every_type_of_report_is_checked if {
	types := {"opa_access_report", "opa_resource_access_report", "opa_resource_access_reports", "opa_user_access_report", "opa_user_access_reports"}
	every type in types {
		resource := object.union(report({"status": "COMPLETED", "rows": [object.union(good, {"user_status": "DELETED"})]}), {"type": type})
		refused(deny) with input as in_root(resource)
	}
}

test_an_empty_report_passes if count(deny) == 0 with input as in_root(report({"status": "COMPLETED_BUT_EMPTY", "rows": []}))

test_a_plan_without_reports_is_refused if {
	nothing := {"The plan has no access report, so there is nothing to check."}
	deny == nothing with input as {}
	deny == nothing with input as in_root({"address": "data.opa_user.larry", "mode": "data", "type": "opa_user", "values": {"name": "larry.linuxadmin"}})
}

test_an_incomplete_report_is_refused if {
	every status in ["PARTIAL", null] {
		count(deny) == 1 with input as in_root(report({"status": status, "rows": [good]}))
	}
}

test_an_empty_selection_is_refused if {
	address := "data.opa_resource_access_reports.gone"
	empty := object.union(report({"status": null, "rows": []}), {"type": "opa_resource_access_reports", "address": address})
	deny == {"data.opa_resource_access_reports.gone selects no user or server, so there is nothing to check."} with input as in_root(empty)
}

test_a_report_without_rows_is_refused if {
	count(deny) == 1 with input as in_root(report({"status": "COMPLETED", "rows": null}))
	count(deny) == 1 with input as in_root(report({"status": "COMPLETED"}))
}

test_a_report_read_during_apply_is_refused if {
	change := {"address": "data.opa_user_access_report.new", "type": "opa_user_access_report", "change": {"actions": ["read"]}}
	deny == {"data.opa_user_access_report.new is read during apply, too late to be checked."} with input as object.union(plan({}), {"resource_changes": [change]})
}

test_a_failed_plan_is_refused if count(deny) == 1 with input as object.union(plan({}), {"errored": true})
