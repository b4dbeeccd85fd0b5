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

# In a GitHub workflow, for example:
#
#   terraform apply -auto-approve && terraform output -raw who_has_access >> "$GITHUB_STEP_SUMMARY"
output "who_has_access" {
  value = provider::opa::report_markdown(data.opa_resource_access_report.web.rows)
}
