# Shows in a plan who has access to the server web-01, and which servers
# larry.linuxadmin can access.
#
# make demo plans this against a simulated tenant. To query your own tenant, set
# OPA_BASE_URL, OPA_TEAM, OPA_KEY_ID and OPA_KEY_SECRET in the environment, and
# replace the names of the server and the user.

terraform {
  required_providers {
    opa = {
      source = "privileged-access/opa"
    }
  }
}

provider "opa" {}

data "opa_resource_access_report" "web" {
  hostname = "web-01"
}

data "opa_user_access_report" "larry" {
  user_name = "larry.linuxadmin"
}

locals {
  reports = {
    web   = data.opa_resource_access_report.web
    larry = data.opa_user_access_report.larry
  }

  # Each row with a summary of its conditions. A recorded session always uses
  # the gateway. A text that the provider does not fully understand is not
  # changed.
  rows = {
    for name, report in local.reports : name => [
      for row in report.rows : merge(row, {
        summary = contains(report.unknown_conditions, row.conditions) ? row.conditions : coalesce(
          join(", ", compact([
            row.records_session ? "recorded" : row.requires_gateway ? "gateway" : "",
            row.requires_approval ? "approval" : "",
            row.requires_mfa ? "MFA" : "",
          ])),
          "none",
        )
      })
    ]
  }

  # Privileged access: privileges other than "user", known or not, or an account
  # that is not the user's own, such as root.
  privileged_without_mfa = [
    for row in local.rows.web : row if(row.privileges != "user" || row.shared_account) && !row.requires_mfa
  ]

  table_row = "%-23s %-16s %-6s %s"

  lines = {
    web = concat(
      [format(local.table_row, "USER", "ACCOUNT", "RIGHTS", "CONDITIONS")],
      [for row in local.rows.web : format(local.table_row, row.user_name, row.account, row.privileges, row.summary)],
    )
    larry = concat(
      [format(local.table_row, "SERVER", "ACCOUNT", "RIGHTS", "CONDITIONS")],
      [for row in local.rows.larry : format(local.table_row, row.resource_name, row.account, row.privileges, row.summary)],
    )
    without_mfa = [
      for row in local.privileged_without_mfa :
      "  ${row.user_name} as ${row.account} (${row.privileges}, conditions: ${row.summary})"
    ]
    unknown = flatten([for report in local.reports : formatlist("  %s", report.unknown_conditions)])
  }

  # Names are printed, so control characters in them are replaced. Servers with
  # the same hostname have the same lines.
  printable = {
    for name, lines in local.lines : name => join("\n", distinct([
      for line in lines : replace(line, "/[\\p{C}\\p{Zl}\\p{Zp}]/", "�")
    ]))
  }
}

output "who_has_access_to_web_01" {
  value = local.printable.web
}

output "what_larry_can_reach" {
  value = local.printable.larry
}

check "privileged_access_requires_mfa" {
  assert {
    condition     = length(local.privileged_without_mfa) == 0
    error_message = "Privileged access to web-01 without MFA:\n${local.printable.without_mfa}"
  }
}

check "conditions_are_known" {
  assert {
    condition     = length(local.lines.unknown) == 0
    error_message = "Conditions that the provider does not fully understand:\n${local.printable.unknown}"
  }
}
