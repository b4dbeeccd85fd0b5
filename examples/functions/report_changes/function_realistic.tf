# baseline.csv holds the access to web-01 at the last review (see the function
# report_encode). The plan fails if access was granted or lost a protection.
data "opa_resource_access_report" "web" {
  hostname = "web-01"
}

locals {
  baseline = provider::opa::report_decode(file("${path.module}/baseline.csv"))
  drift    = provider::opa::report_changes(local.baseline, data.opa_resource_access_report.web.rows)
}

output "drift" {
  value = { for kind, changes in local.drift : kind => length(changes) }

  precondition {
    condition     = length(local.drift.granted) + length(local.drift.weakened) == 0
    error_message = "Access to web-01 was granted or weakened since the last review."
  }
}
