data "opa_resource_access_report" "web" {
  hostname = "web-01"
}

# The access to web-01 as CSV, to be reviewed and committed:
#
#   terraform plan -out=plan.bin
#   terraform show -json plan.bin | jq -j .planned_values.outputs.approved.value > approved.csv
#
# The rows are sorted, so that the difference between two commits is the change
# in access.
output "approved" {
  value     = provider::opa::report_encode(data.opa_resource_access_report.web.rows)
  sensitive = true # plan does not print it
}
