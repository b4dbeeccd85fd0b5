# Shows all access in the team that is more than user and does not require MFA.

terraform {
  required_providers {
    opa = {
      source = "privileged-access/opa"
    }
  }
}

provider "opa" {}

variable "cross_check" {
  description = "Whether to create reports on all users and on all servers, and to fail if their rows differ."
  type        = bool
  default     = false
}

# The filters keep rows without MFA, and then drop ordinary access: the privileges
# user with the user's own account. Rows that are filtered out are neither in the
# plan nor in the state.
data "opa_team_access_report" "privileged_without_mfa" {
  include_rows = { requires_mfa = false }
  exclude_rows = { privileges = ["user"], shared_account = false }
  cross_check  = var.cross_check

  lifecycle {
    # Without this, the filter could hide that the reports have no rows at all.
    postcondition {
      condition     = self.total_row_count > 0
      error_message = "No user of the team has access to any server, which is not plausible."
    }
  }
}

locals {
  report    = data.opa_team_access_report.privileged_without_mfa
  table_row = "%-23s %-22s %-16s %-6s %s"

  # A text that the provider does not fully understand is shown as OPA writes it.
  lines = [
    for row in local.report.rows : format(local.table_row, row.user_name, row.resource_name, row.account, row.privileges,
      contains(local.report.unknown_conditions, row.conditions) ? row.conditions : coalesce(
        join(", ", compact([
          row.records_session ? "recorded" : row.requires_gateway ? "gateway" : "",
          row.requires_approval ? "approval" : "",
        ])),
        "none",
      )
    )
  ]
}

# Servers with the same hostname have the same lines. Names are printed, so control
# characters in them are replaced.
output "privileged_without_mfa" {
  value = join("\n", distinct([
    for line in concat([format(local.table_row, "USER", "SERVER", "ACCOUNT", "RIGHTS", "CONDITIONS")], local.lines) :
    replace(line, "/[\\p{C}\\p{Zl}\\p{Zp}]/", "�")
  ]))
}

output "summary" {
  value = format("%d of %d rows, from %d reports on %s",
  local.report.row_count, local.report.total_row_count, length(local.report.subjects), "${local.report.subject_type}s")
}

# The same rows for people, with the ID of each report.
output "page" {
  value     = provider::opa::report_html(local.report.rows, local.report)
  sensitive = true # plan does not print it
}

check "no_privileged_access_without_mfa" {
  assert {
    condition     = local.report.row_count == 0
    error_message = "There is privileged access without MFA. The output privileged_without_mfa lists it."
  }
}

check "conditions_are_known" {
  assert {
    condition     = length(local.report.unknown_conditions) == 0
    error_message = "The provider does not fully understand some conditions, so some of the rows may require MFA."
  }
}
