terraform {
  required_version = ">= 1.8" # OpenTofu: 1.7

  required_providers {
    opa = {
      source = "privileged-access/opa"
    }
  }
}

locals {
  before  = provider::opa::report_decode(file("${path.module}/before.csv"))
  now     = provider::opa::report_decode(file("${path.module}/input.csv"))
  changes = provider::opa::report_changes(local.before, local.now)
}

output "changes" {
  value = {
    weakened = [
      for change in local.changes.weakened : "${change.after.account} lost ${join(", ", change.lost)}"
    ]
    granted   = [for row in local.changes.granted : "${row.user_name} as ${row.account}"]
    revoked   = [for row in local.changes.revoked : "${row.user_name} as ${row.account}"]
    unchanged = length(local.changes.unchanged)
  }
}
