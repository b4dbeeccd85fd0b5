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

# A page for reviewers, kept as evidence:
#
#   terraform plan -out=plan.bin
#   terraform show -json plan.bin | jq -j .planned_values.outputs.page.value > access.html
output "page" {
  value     = provider::opa::report_html(data.opa_user_access_reports.staff.rows, data.opa_user_access_reports.staff)
  sensitive = true # plan does not print it
}
