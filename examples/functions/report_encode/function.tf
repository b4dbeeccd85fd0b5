terraform {
  required_version = ">= 1.8"

  required_providers {
    opa = {
      source = "privileged-access/opa"
    }
  }
}

data "opa_resource_access_report" "web" {
  hostname = "web-01"
}

# Who may do what on web-01, to be reviewed and committed:
#
#   terraform apply -auto-approve && terraform output -raw approved > approved.csv
#
# The rows are sorted, so that a later commit shows what has changed.
output "approved" {
  value = provider::opa::report_encode(data.opa_resource_access_report.web.rows)
}
