# Rules that fail the run: plan ends with an error, nothing is applied, and a
# pipeline stops. All preconditions of outputs are evaluated, so one run
# reports the violations of all rules.

locals {
  # A missing condition, or one that the provider does not understand, is not a
  # requirement.
  unconditional = distinct([
    for row in local.production : row.line
    if !anytrue([row.requires_gateway, row.records_session, row.requires_approval, row.requires_mfa])
  ])
  unknown_conditions = [
    for text in data.opa_resource_access_reports.production.unknown_conditions :
    replace("  ${text}", local.control_characters, "�")
  ]
  not_active = distinct([
    for row in local.production : "${row.line}: ${coalesce(row.user_status, "no status")}" if row.user_status != "ACTIVE"
  ])
}

output "access_to_production" {
  description = "The users of each production server."
  value = {
    for name, users in { for row in local.production : row.resource_name => row.user_name... } : name => distinct(users)
  }

  precondition {
    condition     = length(local.unconditional) == 0
    error_message = join("\n", concat(["Access to production without any known condition:"], local.unconditional))
  }

  precondition {
    condition     = length(local.unknown_conditions) == 0
    error_message = join("\n", concat(["Conditions that the provider does not fully understand:"], local.unknown_conditions))
  }
}

output "users_of_production" {
  description = "All users who have access to a production server."
  value       = distinct(local.production[*].user_name)

  precondition {
    condition     = length(local.not_active) == 0
    error_message = join("\n", concat(["Users with access to production who are not active:"], local.not_active))
  }
}
