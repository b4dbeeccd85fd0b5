# Checks who has access to the servers of a project. The pipelines in this directory
# plan this configuration, store its outputs as evidence, and then fail if access
# violates the policy.

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
    # Every rule passes for an empty list.
    postcondition {
      condition     = length(self.rows) > 0
      error_message = "Nobody has access to any server of the project ${var.project}, which is not plausible."
    }
  }
}

locals {
  report = data.opa_resource_access_reports.project

  # Each row with the line that describes it in violations.
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

# Plan does not print sensitive outputs, so the rows are not in the log of the job.
# terraform show -json prints them.

# A table of users and servers, for people.
output "matrix" {
  value     = provider::opa::report_markdown(local.report.rows)
  sensitive = true
}

# All rows as evidence, in the format that report_decode reads.
output "csv" {
  value     = provider::opa::report_encode(local.report.rows)
  sensitive = true
}

# What was asked, the reports, whether their rows are complete, and the SHA-256 of the CSV.
output "evidence" {
  value     = provider::opa::report_evidence(local.report)
  sensitive = true
}

# The violations, for the pipeline. The pipeline prints these lines, so control
# characters in names are replaced, including line breaks.
output "violations" {
  value = [for line in distinct(local.violations) : replace(line, "/[\\p{C}\\p{Zl}\\p{Zp}]/", "�")]
}
