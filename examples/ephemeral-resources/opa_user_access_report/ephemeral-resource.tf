terraform {
  required_version = ">= 1.10" # OpenTofu: 1.11
}

# Fails the run if this user has admin access without MFA. No row is written to
# the plan or the state.
ephemeral "opa_user_access_report" "paula" {
  user_name = "paula+pager@example.com"

  lifecycle {
    postcondition {
      condition     = alltrue([for row in self.rows : row.requires_mfa if row.privileges != "user"])
      error_message = "There is admin access without MFA."
    }
  }
}
