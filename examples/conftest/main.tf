# The data that the policies in policy/ check: who has access to the servers of
# a project. The configuration itself has no rule.

terraform {
  required_providers {
    opa = {
      source = "privileged-access/opa"
    }
  }
}

provider "opa" {}

variable "project" {
  description = "Name of the project in Okta Privileged Access."
  type        = string
  default     = "storefront"
}

data "opa_resource_access_reports" "project" {
  project_name = var.project
}

output "row_count" {
  value = data.opa_resource_access_reports.project.row_count
}
