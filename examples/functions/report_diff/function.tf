terraform {
  required_version = ">= 1.8" # OpenTofu: 1.7

  required_providers {
    opa = {
      source = "privileged-access/opa"
    }
  }
}

locals {
  before = provider::opa::report_decode(file("${path.module}/before.csv"))
  now    = provider::opa::report_decode(file("${path.module}/input.csv"))
  diff   = provider::opa::report_diff(local.before, local.now)
}

output "diff" {
  value = {
    for list, rows in local.diff : list => [
      for row in rows : "${row.user_name} as ${row.account} (${coalesce(row.conditions, "no conditions")})"
    ]
  }
}
