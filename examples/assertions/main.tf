# Rules for access to production, as assertions in HCL. What they look at is in
# this file; rules that warn are in checks.tf, rules that fail the run here and
# in rules.tf.

terraform {
  required_providers {
    opa = {
      source = "privileged-access/opa"
    }
  }
}

provider "opa" {}

variable "users_of_web_01" {
  description = "The only users who may have access to web-01."
  type        = set(string)
  default     = ["ci-deployer", "larry.linuxadmin", "paula+pager@example.com", "rené.reader"]
}

variable "shared_accounts" {
  description = "Accounts that belong to nobody in particular."
  type        = set(string)
  default     = ["root", "Administrator", "postgres"]
}

data "opa_servers" "all" {}

locals {
  production_ids = [
    for server in data.opa_servers.all.servers : server.id if lookup(server.labels, "env", "") == "production"
  ]
}

data "opa_resource_access_reports" "production" {
  resource_ids = local.production_ids

  lifecycle {
    # All rules hold for no server at all: a label that was renamed must not look
    # like access in good order.
    precondition {
      condition     = length(local.production_ids) > 0
      error_message = "No server has the label env=production, so that no rule was applied to anything."
    }

    postcondition {
      condition     = length(self.rows) > 0
      error_message = "Not one user has access to the ${length(local.production_ids)} production servers, which is not to be believed."
    }
  }
}

data "opa_resource_access_report" "web_01" {
  hostname = "web-01"

  lifecycle {
    postcondition {
      condition = length(setsubtract(self.rows[*].user_name, var.users_of_web_01)) == 0
      error_message = join("\n", concat(
        ["These users have access to web-01, and should not:"],
        [
          for row in self.rows :
          "  ${row.user_name} as ${row.account} (${row.privileges}, conditions: ${coalesce(row.conditions, "none")})"
          if !contains(var.users_of_web_01, row.user_name)
        ],
      ))
    }
  }
}

locals {
  # The rows, each with the line by which messages name it.
  production = [
    for row in data.opa_resource_access_reports.production.rows : merge(row, {
      line = "  ${row.user_name} on ${row.resource_name} as ${row.account} (${row.privileges}, conditions: ${coalesce(row.conditions, "none")})"
    })
  ]

  users_of_account = {
    for row in local.production : row.account => row.user_name...
  }

  # A report does not tell a shared account from somebody's own. It is taken for
  # shared if it is known to be, or if several users become it.
  production_shared = [
    for row in local.production : row
    if contains(var.shared_accounts, row.account) || length(distinct(local.users_of_account[row.account])) > 1
  ]
}
