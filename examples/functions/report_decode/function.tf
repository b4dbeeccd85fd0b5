terraform {
  required_version = ">= 1.8"

  required_providers {
    opa = {
      source = "privileged-access/opa"
    }
  }
}

# A report that was downloaded earlier. It is read without a tenant.
locals {
  rows = provider::opa::report_decode(file("${path.module}/report.csv"))
}

output "root_without_approval" {
  value = [
    for row in local.rows : "${row.user_name} on ${row.resource_name}" if row.account == "root" && !row.requires_approval
  ]
}
