# Two access reviews, as CSV for a spreadsheet and as JSON for a program: what
# the users of a group can reach, and who can reach the servers of a project.

terraform {
  required_providers {
    opa = {
      source = "privileged-access/opa"
    }
  }
}

provider "opa" {}

variable "group" {
  description = "The group in Okta Privileged Access."
  type        = string
  default     = "automation"
}

variable "project" {
  description = "The project in Okta Privileged Access."
  type        = string
  default     = "warehouse"
}

data "opa_user_access_reports" "group" {
  group_name = var.group

  # A group that was emptied must not look like one without access.
  lifecycle {
    postcondition {
      condition     = length(self.users) > 0
      error_message = "The group ${var.group} has no users, so that there is nothing to export."
    }
  }
}

data "opa_resource_access_reports" "project" {
  project_name = var.project

  lifecycle {
    postcondition {
      condition     = length(self.resources) > 0
      error_message = "The project ${var.project} has no servers, so that there is nothing to export."
    }
  }
}

output "group_csv" {
  value = provider::opa::report_encode(data.opa_user_access_reports.group.rows)
}

output "group_json" {
  value = jsonencode(data.opa_user_access_reports.group.rows)
}

output "project_csv" {
  value = provider::opa::report_encode(data.opa_resource_access_reports.project.rows)
}

output "project_json" {
  value = jsonencode(data.opa_resource_access_reports.project.rows)
}

# Who has no access at all is in neither file, but here.
output "asked_about" {
  value = concat(
    [for user in data.opa_user_access_reports.group.users : "user ${user.user_name}: ${user.row_count} rows"],
    [for server in data.opa_resource_access_reports.project.resources : "server ${server.hostname}: ${server.row_count} rows"],
  )
}
