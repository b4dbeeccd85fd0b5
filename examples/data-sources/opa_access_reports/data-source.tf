# Which reports failed in this quarter?
data "opa_access_reports" "failed" {
  status        = "ERROR"
  created_after = "2026-10-01T00:00:00Z"
}

output "failed_reports" {
  value = data.opa_access_reports.failed.reports[*].report_id
}
