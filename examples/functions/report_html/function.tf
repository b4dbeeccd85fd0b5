terraform {
  required_providers {
    opa = {
      source = "privileged-access/opa"
    }
  }
}

data "opa_user_access_reports" "staff" {
  group_name = "staff"
}

# A page for those who have to look through it, kept as evidence:
#
#   terraform apply -auto-approve && terraform output -raw page > access.html
output "page" {
  value = provider::opa::report_html(data.opa_user_access_reports.staff.rows, data.opa_user_access_reports.staff)
}
