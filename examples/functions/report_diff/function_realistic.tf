# approved.csv holds the access to web-01 that was reviewed and committed (see the
# function report_encode). The plan fails if there is other access.
data "opa_resource_access_report" "web" {
  hostname = "web-01"
}

locals {
  approved = provider::opa::report_decode(file("${path.module}/approved.csv"))
  drift    = provider::opa::report_diff(local.approved, data.opa_resource_access_report.web.rows)
}

# Approved access that no longer exists does not fail the plan.
output "removed" {
  value = local.drift.removed

  precondition {
    condition = length(local.drift.added) == 0
    # Names are printed, so control characters in them are replaced.
    error_message = join("\n", concat(
      ["Access to web-01 that is not approved:"],
      [
        for row in local.drift.added : replace(
          "  ${row.user_name} as ${row.account} (${row.privileges}, conditions: ${coalesce(row.conditions, "none")})",
          "/[\\p{C}\\p{Zl}\\p{Zp}]/", "�",
        )
      ],
    ))
  }
}
