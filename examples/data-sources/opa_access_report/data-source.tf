data "opa_user_access_report" "larry" {
  user_name = "larry.linuxadmin"
}

# Read an existing report by its ID, with its CSV as evidence. Here the ID comes
# from the data source that created the report. No second report is created.
data "opa_access_report" "evidence" {
  report_id   = data.opa_user_access_report.larry.report_id
  include_csv = true
}

# Plan does not print sensitive outputs:
#
#   terraform plan -out=plan.bin
#   terraform show -json plan.bin | jq -j .planned_values.outputs.csv.value > access.csv
output "csv" {
  value     = data.opa_access_report.evidence.csv
  sensitive = true
}
