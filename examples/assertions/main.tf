# Rules for access to production, as assertions in HCL. This file contains the data
# sources and the rules that fail them, checks.tf the rules that warn, and rules.tf the
# other rules that fail the run.

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

data "opa_servers" "all" {}

# If no server has the label, the selection is empty, which is an error: a rule that
# checks no rows must not look like a rule that passed.
data "opa_resource_access_reports" "production" {
  labels = { env = "production" }

  lifecycle {
    postcondition {
      condition     = length(self.rows) > 0
      error_message = "No user has access to any of the ${length(self.resources)} production servers, which is not plausible."
    }
  }
}

data "opa_resource_access_report" "web_01" {
  hostname = "web-01"

  lifecycle {
    postcondition {
      condition = length(setsubtract(self.rows[*].user_name, var.users_of_web_01)) == 0
      error_message = join("\n", concat(
        ["These users have access to web-01 and are not in users_of_web_01:"],
        sort(distinct([
          for row in self.rows : replace("  ${row.user_name}", local.control_characters, "�")
          if !contains(var.users_of_web_01, row.user_name)
        ])),
      ))
    }
  }
}

locals {
  # Names are printed, so control characters in them are replaced.
  control_characters = "/[\\p{C}\\p{Zl}\\p{Zp}]/"

  # Each row with the line that describes it in messages.
  production = [
    for row in data.opa_resource_access_reports.production.rows : merge(row, {
      line = replace(
        "  ${row.user_name} on ${row.resource_name} as ${row.account} (${row.privileges}, conditions: ${coalesce(row.conditions, "none")})",
        local.control_characters, "�",
      )
    })
  ]
}
