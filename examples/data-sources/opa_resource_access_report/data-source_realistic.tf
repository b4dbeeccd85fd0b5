# One of several servers with the same hostname. The plan fails if the provider does
# not fully understand all conditions, because the check below depends on them.
data "opa_resource_access_report" "app" {
  hostname     = "app-01"
  project_name = "warehouse"

  lifecycle {
    postcondition {
      condition     = length(self.unknown_conditions) == 0
      error_message = "The provider does not fully understand all conditions of access to app-01."
    }
  }
}

# Privileged access: privileges other than "user", or a shared account such as root.
check "privileged_access_requires_mfa" {
  assert {
    condition = alltrue([
      for row in data.opa_resource_access_report.app.rows : row.requires_mfa
      if row.privileges != "user" || row.shared_account
    ])
    error_message = "There is privileged access to app-01 without MFA."
  }
}

# Select a server by its canonical name, or by its ID.
data "opa_resource_access_report" "by_canonical_name" {
  canonical_name = "web-02.storefront.example.com"
}

data "opa_resource_access_report" "by_id" {
  resource_id = data.opa_resource_access_report.by_canonical_name.resource_id
  max_age     = "12h"
}
