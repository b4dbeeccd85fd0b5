# Who has access to the servers of this project, and is all of it as it should
# be? Read by the pipelines beside this file, which keep what comes out as
# evidence, and only then fail if there are violations.

terraform {
  required_version = ">= 1.8"

  required_providers {
    opa = {
      source = "privileged-access/opa"
    }
  }
}

# The tenant and the credentials come from the environment.
provider "opa" {}

variable "project" {
  type    = string
  default = "storefront"
}

data "opa_resource_access_reports" "project" {
  project_name = var.project

  lifecycle {
    # A project that was renamed or emptied must not look like one in order.
    postcondition {
      condition     = length(self.resources) > 0
      error_message = "The project ${var.project} has no servers, so that there is no access to judge."
    }

    # Nor one whose policies are gone.
    postcondition {
      condition     = length(self.rows) > 0
      error_message = "Nobody has access to any server of the project ${var.project}, which is not to be believed."
    }
  }
}

locals {
  rows = data.opa_resource_access_reports.project.rows

  # The policy. Whatever is more than "user" counts as administration, so that
  # privileges that this file has never heard of are not overlooked.
  violations = concat(
    [
      for row in local.rows :
      "${row.user_name} is ${row.privileges} on ${row.resource_name} without MFA"
      if row.privileges != "user" && !row.requires_mfa
    ],
    [
      for row in local.rows :
      "${row.user_name} becomes root on ${row.resource_name} unrecorded"
      if row.account == "root" && !row.records_session
    ],
  )
}

# What is sensitive stays out of what apply prints, so that the job's log can have
# all of that. output -raw gives it all the same.

# For people: a table of users and servers.
output "matrix" {
  value     = provider::opa::report_markdown(local.rows)
  sensitive = true
}

# For evidence: every row, as report_decode and report_diff read it.
output "csv" {
  value     = provider::opa::report_encode(local.rows)
  sensitive = true
}

# For the pipeline: empty if all is well.
output "violations" {
  value = join("\n", distinct(local.violations))
}
