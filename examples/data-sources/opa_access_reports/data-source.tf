# Reports that failed in this quarter.
data "opa_access_reports" "failed" {
  status        = "ERROR"
  created_after = "2026-10-01T00:00:00Z"
}

output "failed_reports" {
  value = data.opa_access_reports.failed.reports[*].report_id
}

# Reports on a user, newest first.
data "opa_user" "larry" {
  name = "larry.linuxadmin"
}

data "opa_access_reports" "larry" {
  subject_type = "user"
  subject_id   = data.opa_user.larry.id
}

output "last_report_on_larry" {
  value = try(data.opa_access_reports.larry.reports[0].created_at, "none")
}
