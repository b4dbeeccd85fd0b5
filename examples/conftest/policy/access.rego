# Rules for access. Each rule states what is allowed and denies the rest, so unknown,
# null and missing values are denied: if row.x is null, "not row.x" is false, but
# "not row.x == true" is true.
package main

deny contains msg if {
	some row in rows
	privileged(row)
	not row.requires_mfa == true
	msg := sprintf("privileged access without MFA: %s", [line(row)])
}

deny contains msg if {
	some row in rows
	shared(row)
	not row.requires_approval == true
	msg := sprintf("shared account without approval: %s", [line(row)])
}

deny contains msg if {
	some row in rows
	not row.user_status == "ACTIVE"
	msg := sprintf("user who is not active: %s", [line(row)])
}

# Privileged access has privileges other than "user", or a shared account.
privileged(row) if not row.privileges == "user"

privileged(row) if shared(row)

# A shared account, such as root, is any account that may not be the user's own.
shared(row) if not row.shared_account == false

# A warning does not fail the test.
warn contains msg if {
	some row in rows
	unconditional(row)
	servers := {cell(other, "resource_name") | some other in rows; cell(other, "user_name") == cell(row, "user_name"); unconditional(other)}
	msg := sprintf("access without any known condition: %s on %s", [cell(row, "user_name"), concat(", ", sort(servers))])
}

requirements := ["requires_gateway", "records_session", "requires_approval", "requires_mfa"]

unconditional(row) if {
	every requirement in requirements {
		not row[requirement] == true
	}
}

line(row) := sprintf("%s on %s as %s (%s, conditions: %s)", [
	cell(row, "user_name"), cell(row, "resource_name"), cell(row, "account"),
	cell(row, "privileges"), cell(row, "conditions"),
])

cell(row, column) := printable(value) if {
	value := object.get(row, column, null)
	value != ""
	value != null
} else := "none"

# Names are printed, so control characters in them are replaced.
printable(value) := regex.replace(sprintf("%v", [value]), `[\p{C}\p{Zl}\p{Zp}]`, "�")
