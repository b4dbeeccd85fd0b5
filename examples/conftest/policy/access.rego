# Who may have access, and how. A rule says what is good and denies the rest, so
# that a value which nobody has heard of, or none at all, is not let through. For
# null, "not x" does not hold, but "not x == true" does.
package main

shared_accounts := {"root", "Administrator", "postgres"}

deny contains msg if {
	some row in rows
	not row.privileges == "user"
	not row.requires_mfa == true
	msg := sprintf("administration without MFA: %s", [line(row)])
}

deny contains msg if {
	some row in rows
	row.account in shared_accounts
	not row.requires_approval == true
	msg := sprintf("shared account without approval: %s", [line(row)])
}

deny contains msg if {
	some row in rows
	not row.user_status == "ACTIVE"
	msg := sprintf("user who is not active: %s", [line(row)])
}

# Shown, but no reason to fail.
warn contains msg if {
	some row in rows
	row.conditions == ""
	user := row.user_name
	servers := {other.resource_name | some other in rows; other.user_name == user; other.conditions == ""}
	msg := sprintf("access without conditions: %s on %s", [user, concat(", ", sort(servers))])
}

line(row) := sprintf("%v on %v as %v (%v, conditions: %v)", [
	cell(row, "user_name"), cell(row, "resource_name"), cell(row, "account"),
	cell(row, "privileges"), cell(row, "conditions"),
])

cell(row, column) := value if {
	value := object.get(row, column, null)
	value != ""
} else := "none"
