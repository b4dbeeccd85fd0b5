# Who has access to the servers of a project, and does it violate the policy?
# The pipelines next to this file plan this configuration, keep its outputs as
# evidence, and then fail if there are violations.

terraform {
  required_version = ">= 1.8"

  required_providers {
    opa = {
      source = "privileged-access/opa"
    }
  }
}

# The tenant and the credentials are set in the environment.
provider "opa" {}

variable "project" {
  description = "Name of the project in Okta Privileged Access."
  type        = string
  default     = "storefront"
}

data "opa_resource_access_reports" "project" {
  project_name = var.project

  lifecycle {
    # Every rule holds for an empty list.
    postcondition {
      condition     = length(self.rows) > 0
      error_message = "Nobody has access to any server of the project ${var.project}, which is not plausible."
    }
  }
}

locals {
  report = data.opa_resource_access_reports.project

  # Each row with the line that names it in violations.
  rows = [
    for row in local.report.rows : merge(row, {
      line = "${row.user_name} on ${row.resource_name} as ${row.account} (${row.privileges})"
    })
  ]

  # The policy. Privileged access is access with privileges other than "user",
  # known or not, or as an account that is not the user's own, such as root.
  violations = concat(
    [for row in local.rows : "${row.line}: no MFA" if(row.privileges != "user" || row.shared_account) && !row.requires_mfa],
    [for row in local.rows : "${row.line}: session not recorded" if row.shared_account && !row.records_session],
    [for text in local.report.unknown_conditions : "unknown condition: ${text}"],
  )
}

# Plan does not print sensitive outputs, so the rows are not in the job's log.
# terraform show -json has the values.

# For people: a table of users and servers.
output "matrix" {
  value     = provider::opa::report_markdown(local.report.rows)
  sensitive = true
}

# For evidence: all rows, as report_decode and report_diff read them.
output "csv" {
  value     = provider::opa::report_encode(local.report.rows)
  sensitive = true
}

# For the pipeline: empty if access obeys the policy. The pipeline prints these
# lines, so control characters in names, line breaks included, are replaced.
output "violations" {
  value = [for line in distinct(local.violations) : replace(line, "/[\\p{C}\\p{Zl}\\p{Zp}]/", "�")]
}
