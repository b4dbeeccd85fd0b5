# baseline.csv holds the access to web-01 at the last review (see the function
# report_encode).
data "opa_resource_access_report" "web" {
  hostname = "web-01"
}

# A comment on a pull request:
#
#   terraform plan -out=plan.bin
#   terraform show -json plan.bin | jq -r .planned_values.outputs.pull_request.value > comment.md
output "pull_request" {
  value = provider::opa::report_changes_markdown(provider::opa::report_changes(
    provider::opa::report_decode(file("${path.module}/baseline.csv")),
    data.opa_resource_access_report.web.rows,
  ))
}
