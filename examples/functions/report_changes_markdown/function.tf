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

output "comment" {
  value = provider::opa::report_changes_markdown(local.changes)
}
