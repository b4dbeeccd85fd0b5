# Fails the plan if there is access to the servers of a project that is not in
# approved.csv, a reviewed and committed file.

terraform {
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

variable "approving" {
  description = "Whether to return new access as CSV, to be reviewed and committed, instead of failing."
  type        = bool
  default     = false
}

data "opa_resource_access_reports" "project" {
  project_name = var.project
}

locals {
  # Without the file, nothing is approved.
  approved_csv = "${path.module}/approved.csv"
  approved     = fileexists(local.approved_csv) ? provider::opa::report_decode(file(local.approved_csv)) : []

  rows    = data.opa_resource_access_reports.project.rows
  changes = provider::opa::report_changes(local.approved, local.rows)

  # Servers with the same hostname have separate lines. Names are printed, so control
  # characters in them are replaced.
  lines = {
    for name, lines in {
      added = concat(
        [
          for change in local.changes.weakened : join(" ", [
            "${change.after.user_name} on ${change.after.resource_name} as ${change.after.account}: lost ${join(", ", change.lost)}",
            "(now ${change.after.privileges}, conditions: ${coalesce(change.after.conditions, "none")};",
            "approved ${change.before.privileges}, conditions: ${coalesce(change.before.conditions, "none")})",
          ])
        ],
        [
          for row in concat(local.changes.granted, local.changes.altered[*].after) :
          "${row.user_name} on ${row.resource_name} as ${row.account} (${row.privileges}, conditions: ${coalesce(row.conditions, "none")})"
        ],
      )
      removed = [
        for row in concat(local.changes.revoked, local.changes.strengthened[*].before) :
        "${row.user_name} on ${row.resource_name} as ${row.account} (${row.privileges}, conditions: ${coalesce(row.conditions, "none")})"
      ]
    } : name => [for line in lines : replace(line, "/[\\p{C}\\p{Zl}\\p{Zp}]/", "�")]
  }
}

output "added" {
  description = "Access that is not approved, or weaker than approved."
  value       = local.lines.added

  precondition {
    condition     = var.approving || length(local.lines.added) == 0
    error_message = join("\n", concat(["Access to ${var.project} that is not approved:"], formatlist("  %s", local.lines.added)))
  }
}

output "removed" {
  description = "Approved access that no longer exists, or became stronger. It does not fail the plan."
  value       = local.lines.removed
}

# The changes in Markdown, for a comment on a pull request.
output "comment" {
  value     = provider::opa::report_changes_markdown(local.changes)
  sensitive = true
}

output "csv" {
  description = "The rows to be reviewed and committed as approved.csv, if var.approving is true."
  value       = var.approving ? provider::opa::report_encode(local.rows) : null
  sensitive   = true
}
