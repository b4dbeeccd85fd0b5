# Two access reviews, as CSV for a spreadsheet and as JSON for a program: what
# the members of a group can reach, and who can reach the servers of a project.

terraform {
  required_providers {
    opa = {
      source = "privileged-access/opa"
    }
  }
}

provider "opa" {}

variable "group" {
  description = "Name of the group in Okta Privileged Access."
  type        = string
  default     = "automation"
}

variable "project" {
  description = "Name of the project in Okta Privileged Access."
  type        = string
  default     = "warehouse"
}

data "opa_user_access_reports" "group" {
  group_name = var.group
}

data "opa_resource_access_reports" "project" {
  project_name = var.project
}

# The outputs are sensitive, so that plan does not print them.
output "group_csv" {
  value     = provider::opa::report_encode(data.opa_user_access_reports.group.rows)
  sensitive = true
}

output "group_json" {
  value     = jsonencode(data.opa_user_access_reports.group.rows)
  sensitive = true
}

output "project_csv" {
  value     = provider::opa::report_encode(data.opa_resource_access_reports.project.rows)
  sensitive = true
}

output "project_json" {
  value     = jsonencode(data.opa_resource_access_reports.project.rows)
  sensitive = true
}

# A user or server without access has no row in the files, but is listed here.
output "subjects" {
  value = concat(
    [for user in data.opa_user_access_reports.group.users : "user ${user.user_name}: ${user.row_count} rows"],
    [for server in data.opa_resource_access_reports.project.resources : "server ${server.hostname}: ${server.row_count} rows"],
  )
}
