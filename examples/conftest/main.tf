# Reads who has access to the servers of a project. The policies in policy/ check the
# plan. The configuration itself contains no rules.

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
