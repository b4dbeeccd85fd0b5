data "opa_user_access_reports" "staff" {
  group_name = "staff"
}

# A page for reviewers, kept as evidence:
#
#   terraform plan -out=plan.bin
#   terraform show -json plan.bin | jq -j .planned_values.outputs.staff.value > access.html
output "staff" {
  value     = provider::opa::report_html(data.opa_user_access_reports.staff.rows, data.opa_user_access_reports.staff)
  sensitive = true # plan does not print it
}
