terraform {
  required_version = ">= 1.8"

  required_providers {
    opa = {
      source = "privileged-access/opa"
    }
  }
}

# Who may do what on web-01 was reviewed, and committed as approved.csv (see the
# function report_encode). A plan fails if there is access beyond that.
locals {
  approved = provider::opa::report_decode(file("${path.module}/approved.csv"))
}

data "opa_resource_access_report" "web" {
  hostname = "web-01"

  lifecycle {
    postcondition {
      condition = length(provider::opa::report_diff(local.approved, self.rows).added) == 0
      error_message = join("\n", concat(
        ["There is access to web-01 that nobody approved:"],
        [
          for row in provider::opa::report_diff(local.approved, self.rows).added :
          "  ${row.user_name} as ${row.account} (${row.privileges}, conditions: ${row.conditions == "" ? "none" : row.conditions})"
        ],
      ))
    }
  }
}

# Less access than was approved is no reason to fail, but good to know.
output "approved_but_gone" {
  value = provider::opa::report_diff(local.approved, data.opa_resource_access_report.web.rows).removed
}
