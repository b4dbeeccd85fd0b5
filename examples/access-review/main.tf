# A quarterly access review: what changed since the last quarter, and which access has
# no valid approval in approvals.csv, a reviewed and committed file.

terraform {
  required_version = ">= 1.8"

  required_providers {
    opa = {
      source = "privileged-access/opa"
    }
  }
}

provider "opa" {}

variable "project" {
  description = "Name of the project in Okta Privileged Access."
  type        = string
  default     = "storefront"
}

variable "baseline_at" {
  description = "Time of the last review (RFC 3339). The newest reports at or before it are the baseline. Defaults to 90 days ago."
  type        = string
  default     = null
}

variable "at" {
  description = "Time of this review (RFC 3339). Defaults to now."
  type        = string
  default     = null
}

data "opa_resource_access_reports" "now" {
  project_name = var.project
}

data "opa_resource_access_reports" "baseline" {
  project_name = var.project
  as_of        = coalesce(var.baseline_at, timeadd(plantimestamp(), "-2160h"))
}

locals {
  changes = provider::opa::report_changes(data.opa_resource_access_reports.baseline.rows, data.opa_resource_access_reports.now.rows)
}

module "review" {
  source = "./review"

  rows      = data.opa_resource_access_reports.now.rows
  approvals = csvdecode(file("${path.module}/approvals.csv"))
  at        = coalesce(var.at, plantimestamp())
}

# A summary of the changes for a comment on a pull request.
output "changes" {
  value = provider::opa::report_changes_markdown(local.changes)
}

output "unused" {
  value = module.review.unused
}

# Conditions that the provider does not fully understand are compared as text.
output "unknown_conditions" {
  value = data.opa_resource_access_reports.now.unknown_conditions
}

# The evidence. Plan does not print sensitive outputs.
output "csv" {
  value     = provider::opa::report_encode(data.opa_resource_access_reports.now.rows)
  sensitive = true
}

output "evidence" {
  value     = provider::opa::report_evidence(data.opa_resource_access_reports.now)
  sensitive = true
}
