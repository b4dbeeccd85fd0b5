# A page for reviewers, kept as evidence, with the changes since the last review and the
# committed approvals:
#
#   terraform plan -out=plan.bin
#   terraform show -json plan.bin | jq -j .planned_values.outputs.web.value > access.html
data "opa_resource_access_report" "web" {
  hostname = "web-01"
}

locals {
  last_review = provider::opa::report_decode(file("${path.module}/before.csv"))
  committed   = yamldecode(file("${path.module}/approvals.yaml"))
}

output "web" {
  value = provider::opa::report_html(
    data.opa_resource_access_report.web.rows,
    data.opa_resource_access_report.web,
    provider::opa::report_changes(local.last_review, data.opa_resource_access_report.web.rows),
    provider::opa::report_review(
      data.opa_resource_access_report.web.rows, local.committed, plantimestamp()
    ),
  )
  sensitive = true # plan does not print it
}
