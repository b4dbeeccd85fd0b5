data "opa_resource_access_report" "web" {
  hostname = "web-01"
}

# A table for a pull request or a job summary, for example in a GitHub workflow:
#
#   terraform plan -out=plan.bin
#   terraform show -json plan.bin | jq -r .planned_values.outputs.who_has_access.value >> "$GITHUB_STEP_SUMMARY"
output "who_has_access" {
  value = provider::opa::report_markdown(data.opa_resource_access_report.web.rows)
}
