data "opa_access_reports" "failed" {
  status = "ERROR"
}

output "failed_reports" {
  value = data.opa_access_reports.failed.reports[*].report_id
}
