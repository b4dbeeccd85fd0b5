data "opa_user_access_report" "dora" {
  user_name = "dora.database"
}

# Here the ID comes from the data source that created the report. It can be the ID of
# any report in OPA. No second report is created.
data "opa_access_report" "existing" {
  report_id = data.opa_user_access_report.dora.report_id
}

output "row_count" {
  value = data.opa_access_report.existing.row_count
}
