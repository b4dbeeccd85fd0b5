terraform {
  required_version = ">= 1.8" # OpenTofu: 1.7

  required_providers {
    opa = {
      source = "privileged-access/opa"
    }
  }
}

# A report that was downloaded earlier. No tenant is queried.
locals {
  rows = provider::opa::report_decode(file("${path.module}/report.csv"))
}

# Privileged access: privileges other than "user", or a shared account such as
# root. requires_mfa is true only if the provider understands the conditions.
output "privileged_without_mfa" {
  value = distinct([
    for row in local.rows : "${row.user_name} on ${row.resource_name} as ${row.account}"
    if(row.privileges != "user" || row.shared_account) && !row.requires_mfa
  ])
}
