# The newest finished report on a user, whoever made it, with its CSV as evidence.
data "opa_user_access_report" "larry" {
  user_name = "larry.linuxadmin"
}

data "opa_access_report" "evidence" {
  report_id   = data.opa_user_access_report.larry.report_id
  include_csv = true
}

output "csv" {
  value = data.opa_access_report.evidence.csv
}
