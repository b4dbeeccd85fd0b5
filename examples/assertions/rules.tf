# These fail the run: plan ends with an error, nothing is applied, and a pipeline
# stops. Each output is judged on its own, so that one run names the offenders
# of all rules.

locals {
  # Only the empty text is "no conditions": a condition that the provider has
  # never heard of is one.
  unconditional = [for row in local.production : row.line if row.conditions == ""]
  not_active    = [for row in local.production : "${row.line}: ${coalesce(row.user_status, "status not told")}" if row.user_status != "ACTIVE"]
}

output "access_to_production" {
  description = "The users of each production server."
  value = {
    for row in local.production : row.resource_name => row.user_name...
  }

  precondition {
    condition     = length(local.unconditional) == 0
    error_message = join("\n", concat(["There is access without conditions to production:"], local.unconditional))
  }
}

output "users_of_production" {
  description = "Everybody who has access to a production server."
  value       = distinct(local.production[*].user_name)

  precondition {
    condition     = length(local.not_active) == 0
    error_message = join("\n", concat(["There are users with access to production who are not active:"], local.not_active))
  }
}
