terraform {
  required_version = ">= 1.8" # OpenTofu: 1.7

  required_providers {
    opa = {
      source = "privileged-access/opa"
    }
  }
}

data "opa_user_access_reports" "staff" {
  group_name = "staff"
}

# A file to open in a spreadsheet:
#
#   terraform plan -out=plan.bin
#   terraform show -json plan.bin | jq -j .planned_values.outputs.spreadsheet.value > access.csv
output "spreadsheet" {
  value     = provider::opa::report_spreadsheet(data.opa_user_access_reports.staff.rows)
  sensitive = true # plan does not print it
}
