# Select the server by its hostname.
data "opa_resource_access_report" "web" {
  hostname = "web-01"

  lifecycle {
    postcondition {
      condition     = length(self.unknown_conditions) == 0
      error_message = "The provider does not fully understand all conditions of access to web-01."
    }
  }
}

output "users_with_shared_accounts" {
  value = distinct([
    for row in data.opa_resource_access_report.web.rows : "${row.user_name} as ${row.account}" if row.shared_account
  ])
}

# Privileged access: privileges other than "user", or a shared account such as root.
check "privileged_access_requires_mfa" {
  assert {
    condition = alltrue([
      for row in data.opa_resource_access_report.web.rows : row.requires_mfa
      if row.privileges != "user" || row.shared_account
    ])
    error_message = "There is privileged access to web-01 without MFA."
  }
}

# Select one of several servers with the same hostname by its project.
data "opa_resource_access_report" "app" {
  hostname     = "app-01"
  project_name = "warehouse"
}

# Select the server by its canonical name.
data "opa_resource_access_report" "by_canonical_name" {
  canonical_name = "web-02.storefront.example.com"
}

# Select the server by its ID, and reuse a report of the last 12 hours.
data "opa_resource_access_report" "by_id" {
  resource_id = data.opa_resource_access_report.web.resource_id
  max_age     = "12h"
}
