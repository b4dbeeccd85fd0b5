terraform {
  required_version = ">= 1.10" # OpenTofu: 1.11
}

# Fails the run if a session as a shared account, such as root, is not recorded.
# No row is written to the plan or the state.
ephemeral "opa_resource_access_report" "web" {
  hostname = "web-01"

  lifecycle {
    postcondition {
      condition     = alltrue([for row in self.rows : row.records_session if row.shared_account])
      error_message = "Some sessions as a shared account on web-01 are not recorded."
    }

    postcondition {
      condition     = length(self.unknown_conditions) == 0
      error_message = "The provider does not fully understand all conditions of access to web-01."
    }
  }
}
