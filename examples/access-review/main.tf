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

# A new server has no report at the time of the last review, so reports may be missing. Any
# other failure still fails the plan, and so does a baseline without any report.
data "opa_resource_access_reports" "baseline" {
  project_name  = var.project
  as_of         = coalesce(var.baseline_at, timeadd(plantimestamp(), "-2160h"))
  allow_partial = true

  lifecycle {
    postcondition {
      condition     = alltrue([for error in compact(self.resources[*].error) : startswith(error, "No report at that time. ")])
      error_message = "Some reports of the baseline could not be read. The warning \"Missing access reports\" lists the reasons."
    }
  }
}

locals {
  # Servers without a baseline, and the rows of the others. All access to a server without a
  # baseline counts as granted, even if another server with the same hostname has one.
  compared_ids = [for server in data.opa_resource_access_reports.baseline.resources : server.resource_id if server.error == null]
  new          = [for server in data.opa_resource_access_reports.now.resources : server if !contains(local.compared_ids, server.resource_id)]
  new_ids      = local.new[*].resource_id
  rows = {
    for row in data.opa_resource_access_reports.now.rows :
    contains(local.new_ids, coalesce(row.subject_id, "unknown")) ? "new" : "compared" => row...
  }
  compared = provider::opa::report_changes(data.opa_resource_access_reports.baseline.rows, lookup(local.rows, "compared", []))
  changes  = merge(local.compared, { granted = concat(local.compared.granted, lookup(local.rows, "new", [])) })

  # In Markdown. The space of a comment is limited, so only the first ten names are in it.
  new_names = [for server in local.new : "`${replace(substr(coalesce(server.hostname, server.resource_id), 0, 60), "/[^\\p{L}\\p{N}._-]/", "�")}`"]
  new_text = length(local.new) == 0 ? "" : join("", [
    "**No report at the time of the baseline on ${length(local.new)} of ${length(data.opa_resource_access_reports.now.resources)} servers: ",
    join(", ", slice(local.new_names, 0, min(10, length(local.new_names)))),
    length(local.new_names) > 10 ? " and ${length(local.new_names) - 10} more" : "",
    ".** All access to these servers counts as granted. For a server that is not new, it is not known what changed.\n\n",
  ])
}

module "review" {
  source = "./review"

  rows      = data.opa_resource_access_reports.now.rows
  approvals = csvdecode(file("${path.module}/approvals.csv"))
  at        = coalesce(var.at, plantimestamp())
}

# A summary of the changes for a comment on a pull request.
output "changes" {
  value = "${local.new_text}${provider::opa::report_changes_markdown(local.changes)}"
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
