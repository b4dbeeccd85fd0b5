# Who may do what on the servers of a project was reviewed, and committed as
# approved.csv. A plan fails if there is access beyond that.

terraform {
  required_providers {
    opa = {
      source = "privileged-access/opa"
    }
  }
}

provider "opa" {}

variable "project" {
  description = "The project in Okta Privileged Access."
  type        = string
  default     = "storefront"
}

variable "approving" {
  description = "Whether to show access that has grown instead of refusing it, so that it can be written down and approved."
  type        = bool
  default     = false
}

data "opa_resource_access_reports" "project" {
  project_name = var.project

  lifecycle {
    # Nothing can be added to no servers: a project that was emptied or renamed
    # must not look like access that has not grown.
    postcondition {
      condition     = length(self.resources) > 0
      error_message = "The project ${var.project} has no servers."
    }
  }
}

locals {
  # Without the file nothing is approved.
  approved_csv = "${path.module}/approved.csv"
  approved     = fileexists(local.approved_csv) ? provider::opa::report_decode(file(local.approved_csv)) : []

  rows  = data.opa_resource_access_reports.project.rows
  drift = provider::opa::report_diff(local.approved, local.rows)

  lines = {
    for change in ["added", "removed"] : change => [
      for row in local.drift[change] :
      "${row.user_name} on ${row.resource_name} as ${row.account} (${row.privileges}, conditions: ${coalesce(row.conditions, "none")})"
    ]
  }
}

output "added" {
  description = "Access beyond what was approved."
  value       = local.lines.added

  precondition {
    condition     = var.approving || length(local.drift.added) == 0
    error_message = join("\n", concat(["There is access to ${var.project} that nobody approved:"], formatlist("  %s", local.lines.added)))
  }
}

output "removed" {
  description = "What was approved and is gone: no reason to fail, but good to know."
  value       = local.lines.removed
}

# To be committed as approved.csv, once somebody has looked at it.
output "csv" {
  value = var.approving ? provider::opa::report_encode(local.rows) : null
}
