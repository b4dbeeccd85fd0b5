# Two questions to Okta Privileged Access, answered in a plan: who has access
# to the server web-01, and what can larry.linuxadmin reach?
#
# make demo plans this against a simulated tenant. With the environment of your
# own (OPA_BASE_URL, OPA_TEAM, OPA_KEY_ID, OPA_KEY_SECRET) it asks your tenant.

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
    web   = data.opa_resource_access_report.web.rows
    larry = data.opa_user_access_report.larry.rows
  }

  # The conditions of each row in a few words. row.conditions has them as the
  # report does, which is shown where none of them is a known one. What is
  # recorded always goes through the gateway.
  conditions = {
    for name, rows in local.reports : name => [
      for row in rows : coalesce(
        join(", ", compact([
          row.records_session ? "recorded" : row.requires_gateway ? "gateway" : "",
          row.requires_approval ? "approval" : "",
          row.requires_mfa ? "MFA" : "",
        ])),
        row.conditions,
        "none",
      )
    ]
  }

  # Whatever is more than "user" counts as administration, so that privileges
  # that this file has never heard of are not overlooked.
  admin_without_mfa = [
    for row in local.reports.web : row if row.privileges != "user" && !row.requires_mfa
  ]

  table_row = "%-23s %-16s %-6s %s"
}

output "who_has_access_to_web_01" {
  value = join("\n", concat(
    [format(local.table_row, "USER", "ACCOUNT", "RIGHTS", "CONDITIONS")],
    [
      for i, row in local.reports.web :
      format(local.table_row, row.user_name, row.account, row.privileges, local.conditions.web[i])
    ],
  ))
}

output "what_larry_can_reach" {
  value = join("\n", concat(
    [format(local.table_row, "SERVER", "ACCOUNT", "RIGHTS", "CONDITIONS")],
    [
      for i, row in local.reports.larry :
      format(local.table_row, row.resource_name, row.account, row.privileges, local.conditions.larry[i])
    ],
  ))
}

check "admin_access_asks_for_mfa" {
  assert {
    condition = length(local.admin_without_mfa) == 0
    error_message = join("\n", concat(
      ["There is admin access to web-01 without MFA:"],
      [
        for row in local.admin_without_mfa :
        "  ${row.user_name} as ${row.account} (${row.privileges}, conditions: ${coalesce(row.conditions, "none")})"
      ],
    ))
  }
}
