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

  # The report of the rows. Usually a data source.
  report = {
    report_id  = "0193b8a4-6f0e-7c1b-9d2a-3e5f60718293"
    hostname   = "web-01"
    status     = "COMPLETED"
    created_at = "2026-10-01T08:00:00Z"
    row_count  = 3
  }

  # What changed since the last review, and which access has no valid approval.
  before    = provider::opa::report_decode(file("${path.module}/before.csv"))
  changes   = provider::opa::report_changes(local.before, local.rows)
  approvals = yamldecode(file("${path.module}/approvals.yaml"))
  review    = provider::opa::report_review(local.rows, local.approvals, "2026-10-01")
}

output "page" {
  value = provider::opa::report_html(local.rows, local.report, local.changes, local.review)
}
