# Keep the CSV of a report as evidence, with its time and status.
data "opa_user_access_report" "larry" {
  user_name = "larry.linuxadmin"
}

data "opa_access_report" "evidence" {
  report_id   = data.opa_user_access_report.larry.report_id
  include_csv = true

  lifecycle {
    postcondition {
      condition     = self.subject_type == "user"
      error_message = "The report is not about a user."
    }
  }
}

output "report" {
  value = "${data.opa_access_report.evidence.status} at ${data.opa_access_report.evidence.created_at}"
}

# Plan does not print sensitive outputs:
#
#   terraform plan -out=plan.bin
#   terraform show -json plan.bin | jq -j .planned_values.outputs.csv.value > access.csv
output "csv" {
  value     = data.opa_access_report.evidence.csv
  sensitive = true
}
