# The newest report on a user in this quarter, no matter who created it.
data "opa_user" "larry" {
  name = "larry.linuxadmin"
}

data "opa_access_reports" "larry" {
  subject_type  = "user"
  subject_id    = data.opa_user.larry.id
  created_after = "2026-10-01T00:00:00Z"
}

output "newest_report_on_larry" {
  value = try(data.opa_access_reports.larry.reports[0].created_at, "none")
}
