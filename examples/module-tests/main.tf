# A module that compares the users with access to a server with a list of allowed
# users. Its tests, tests/*.tftest.hcl, need no tenant.

terraform {
  required_version = ">= 1.8"

  required_providers {
    opa = {
      source = "privileged-access/opa"
    }
  }
}

variable "hostname" {
  description = "Hostname of the server."
  type        = string
}

variable "allowed_users" {
  description = "Names of the users who may have access to the server."
  type        = set(string)
}

# The module decodes csv instead of using rows: Terraform's tests can override an
# attribute that is a string, but not one that is a list of objects.
data "opa_resource_access_report" "server" {
  hostname    = var.hostname
  include_csv = true
}

locals {
  # A report with the status COMPLETED_BUT_EMPTY has no CSV. Any other report
  # without a CSV is an error.
  report  = data.opa_resource_access_report.server
  decoded = local.report.status == "COMPLETED_BUT_EMPTY" ? [] : provider::opa::report_decode(local.report.csv)

  # Names are printed, so control characters in them are replaced.
  control_characters = "/[\\p{C}\\p{Zl}\\p{Zp}]/"

  # Privileged access is access with privileges other than "user", known or not,
  # or as an account that is not the user's own, such as root.
  rows = [
    for row in local.decoded : {
      user = row.user_name
      line = replace(
        "${row.user_name} as ${row.account} (${row.privileges}, conditions: ${coalesce(row.conditions, "none")})",
        local.control_characters, "�",
      )
      not_allowed = !contains(var.allowed_users, row.user_name)
      without_mfa = (row.privileges != "user" || row.shared_account) && !row.requires_mfa
    }
  ]
  not_allowed        = sort(distinct([for row in local.rows : row.line if row.not_allowed]))
  without_mfa        = sort(distinct([for row in local.rows : row.line if row.without_mfa]))
  unknown_conditions = [for text in local.report.unknown_conditions : replace(text, local.control_characters, "�")]
}

output "violations" {
  description = "Access that violates a rule, one line for each row of the report."
  value       = sort(distinct([for row in local.rows : row.line if row.not_allowed || row.without_mfa]))
}

output "users" {
  description = "Names of the users who have access. Fails if a rule is violated."
  value       = sort(distinct(local.rows[*].user))

  precondition {
    condition     = length(local.not_allowed) == 0
    error_message = join("\n", concat(["These users are not allowed on ${var.hostname}:"], formatlist("  %s", local.not_allowed)))
  }

  precondition {
    condition     = length(local.without_mfa) == 0
    error_message = join("\n", concat(["Privileged access to ${var.hostname} without MFA:"], formatlist("  %s", local.without_mfa)))
  }

  precondition {
    condition     = length(local.unknown_conditions) == 0
    error_message = join("\n", concat(["Conditions that the provider does not fully understand:"], formatlist("  %s", local.unknown_conditions)))
  }
}
