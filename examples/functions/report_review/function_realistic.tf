# The plan fails if any access to web-01 has no valid approval.
data "opa_resource_access_report" "web" {
  hostname     = "web-01"
  include_rows = { shared_account = true }
}

locals {
  committed = yamldecode(file("${path.module}/approvals.yaml"))
  current = provider::opa::report_review(
    data.opa_resource_access_report.web.rows, local.committed, plantimestamp()
  )
}

output "unapproved" {
  value = length(local.current.unapproved)

  precondition {
    condition     = length(local.current.unapproved) == 0
    error_message = "Access to a shared account on web-01 has no valid approval."
  }
}
