# A module: who may reach a server, held against who is allowed to. It is tested
# without a tenant, by tests/*.tftest.hcl.

terraform {
  required_version = ">= 1.8"

  required_providers {
    opa = {
      source = "privileged-access/opa"
    }
  }
}

variable "hostname" {
  description = "The server."
  type        = string
}

variable "allowed_users" {
  description = "The users who may have access to it."
  type        = set(string)
}

# The rows are read from the CSV, since that is one text: Terraform's tests can
# override an attribute that is a text, but not one that is a list of objects.
data "opa_resource_access_report" "server" {
  hostname    = var.hostname
  include_csv = true
}

locals {
  # An empty report has no CSV, and is known by its status alone: any other
  # report without a CSV is an error.
  report = data.opa_resource_access_report.server
  cells  = local.report.status == "COMPLETED_BUT_EMPTY" ? [] : provider::opa::report_decode(local.report.csv)

  # What is not exactly "user" counts as administration.
  rows = [
    for row in local.cells : {
      user     = row.user_name
      line     = "${row.user_name} as ${row.account} (${row.privileges}, conditions: ${coalesce(row.conditions, "none")})"
      stranger = !contains(var.allowed_users, row.user_name)
      unsafe   = row.privileges != "user" && !row.requires_mfa
    }
  ]
  strangers = sort([for row in local.rows : row.line if row.stranger])
  unsafe    = sort([for row in local.rows : row.line if row.unsafe])
}

output "offenders" {
  description = "Access that should not be, a line for each row of the report."
  value       = sort([for row in local.rows : row.line if row.stranger || row.unsafe])
}

output "users" {
  description = "Who has access. Fails if somebody has who should not."
  value       = sort(distinct(local.rows[*].user))

  precondition {
    condition     = length(local.strangers) == 0
    error_message = join("\n", concat(["These users are not allowed on ${var.hostname}:"], formatlist("  %s", local.strangers)))
  }

  precondition {
    condition     = length(local.unsafe) == 0
    error_message = join("\n", concat(["There is administration of ${var.hostname} without MFA:"], formatlist("  %s", local.unsafe)))
  }
}
