terraform {
  required_version = ">= 1.8" # OpenTofu: 1.7

  required_providers {
    opa = {
      source = "privileged-access/opa"
    }
  }
}

locals {
  rows = provider::opa::report_decode(file("${path.module}/input.csv"))
}

# Only the rows of shared accounts.
output "csv" {
  value = provider::opa::report_encode([for row in local.rows : row if row.shared_account])
}
