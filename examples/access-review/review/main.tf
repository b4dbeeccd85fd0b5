# Reviews rows of access reports: they must be approved. Its tests, tests/*.tftest.hcl,
# need no tenant.

terraform {
  required_version = ">= 1.8"

  required_providers {
    opa = {
      source = "privileged-access/opa"
    }
  }
}

variable "rows" {
  description = "Rows of access reports."
  type        = any
}

variable "approvals" {
  description = "Approvals, such as the result of csvdecode."
  type        = any
}

variable "at" {
  description = "Time of the review (RFC 3339)."
  type        = string
}

locals {
  review = provider::opa::report_review(var.rows, var.approvals, var.at)

  # Rows whose approval ends within 14 days.
  later  = provider::opa::report_review(var.rows, var.approvals, timeadd(var.at, "336h"))
  ending = [for expired in local.later.expired : expired if !contains(local.review.unapproved, expired.row)]

  # Names are printed, so control characters in them are replaced.
  lines = {
    for name, lines in {
      unapproved = [
        for row in local.review.unapproved :
        "${row.user_name} on ${row.resource_name} as ${row.account} (${coalesce(row.privileges, "unknown privileges")}, conditions: ${row.conditions == null ? "unknown" : row.conditions == "" ? "none" : row.conditions})"
      ]
      expired = [
        for expired in local.review.expired :
        "${expired.row.user_name} on ${expired.row.resource_name} as ${expired.row.account}: approved by ${coalesce(expired.approval.approved_by, "nobody")} until ${expired.approval.expires_at}"
      ]
      ending = [
        for ending in local.ending :
        "${ending.row.user_name} on ${ending.row.resource_name} as ${ending.row.account}: approved by ${coalesce(ending.approval.approved_by, "nobody")} until ${ending.approval.expires_at}"
      ]
      unused = [
        for approval in local.review.unused :
        "${approval.user_name} on ${approval.resource_name} as ${approval.account}: ${coalesce(approval.reason, "no reason")}"
      ]
    } : name => [for line in lines : replace(line, "/[\\p{C}\\p{Zl}\\p{Zp}]/", "�")]
  }
}

check "approvals_end_soon" {
  assert {
    condition     = length(local.lines.ending) == 0
    error_message = join("\n", concat(["These approvals end within 14 days:"], formatlist("  %s", local.lines.ending)))
  }
}

output "unused" {
  description = "Approvals that cover no row: the access no longer exists, or is weaker than approved."
  value       = local.lines.unused
}

output "unapproved" {
  description = "Access without a valid approval. Fails if there is any."
  value       = local.lines.unapproved

  precondition {
    condition     = length(local.lines.expired) == 0
    error_message = join("\n", concat(["Access whose approval has expired:"], formatlist("  %s", local.lines.expired)))
  }
  precondition {
    condition     = length(local.lines.unapproved) == 0
    error_message = join("\n", concat(["Access that is not approved, or weaker than approved:"], formatlist("  %s", local.lines.unapproved)))
  }
}

output "review" {
  description = "Result of report_review."
  value       = local.review
  sensitive   = true
}
