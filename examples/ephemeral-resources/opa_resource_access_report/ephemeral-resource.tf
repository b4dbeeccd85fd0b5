terraform {
  required_version = ">= 1.10" # OpenTofu: 1.11
}

# Fails the run if anyone becomes root on this server in a session that is not
# recorded. No row is written to the plan or the state.
ephemeral "opa_resource_access_report" "web" {
  hostname = "web-01"

  lifecycle {
    postcondition {
      condition     = alltrue([for row in self.rows : row.records_session if row.account == "root"])
      error_message = "Some sessions as root on web-01 are not recorded."
    }
  }
}
