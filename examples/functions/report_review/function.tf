terraform {
  required_version = ">= 1.8" # OpenTofu: 1.7

  required_providers {
    opa = {
      source = "privileged-access/opa"
    }
  }
}

locals {
  rows      = provider::opa::report_decode(file("${path.module}/input.csv"))
  approvals = yamldecode(file("${path.module}/approvals.yaml"))
  review    = provider::opa::report_review(local.rows, local.approvals, "2026-10-01")
}

output "review" {
  value = {
    unapproved = [for row in local.review.unapproved : "${row.user_name} as ${row.account}"]
    approved = [
      for item in local.review.approved :
      "${item.row.user_name} as ${item.row.account}: ${item.approval.reason}"
    ]
    expired = [
      for item in local.review.expired :
      "${item.row.user_name} as ${item.row.account}, until ${item.approval.expires_at}"
    ]
    unused = length(local.review.unused)
  }
}
