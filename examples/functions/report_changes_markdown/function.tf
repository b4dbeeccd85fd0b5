terraform {
  required_version = ">= 1.8" # OpenTofu: 1.7

  required_providers {
    opa = {
      source = "privileged-access/opa"
    }
  }
}

# before.csv holds the access to web-01 at the last review (see the function
# report_encode).
data "opa_resource_access_report" "web" {
  hostname = "web-01"
}

locals {
  before = provider::opa::report_decode(file("${path.module}/before.csv"))
}

# For a comment on a pull request.
output "comment" {
  value = provider::opa::report_changes_markdown(
    provider::opa::report_changes(local.before, data.opa_resource_access_report.web.rows)
  )
}
