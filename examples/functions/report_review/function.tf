terraform {
  required_version = ">= 1.8" # OpenTofu: 1.7

  required_providers {
    opa = {
      source = "privileged-access/opa"
    }
  }
}

data "opa_resource_access_report" "web" {
  hostname = "web-01"
}

locals {
  approvals = yamldecode(file("${path.module}/approvals.yaml"))
  review    = provider::opa::report_review(data.opa_resource_access_report.web.rows, local.approvals, plantimestamp())
}

output "expired" {
  value = [
    for expired in local.review.expired : "${expired.row.user_name} as ${expired.row.account}: ${expired.approval.reason}, until ${expired.approval.expires_at}"
  ]
}

output "unapproved" {
  value = length(local.review.unapproved)
}
