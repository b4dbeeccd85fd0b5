data "opa_user_access_reports" "staff" {
  group_name = "staff"
}

# A file to open in a spreadsheet:
#
#   terraform plan -out=plan.bin
#   terraform show -json plan.bin | jq -j .planned_values.outputs.staff.value > access.csv
output "staff" {
  value     = provider::opa::report_spreadsheet(data.opa_user_access_reports.staff.rows)
  sensitive = true # plan does not print it
}
