# Fails the run if this user has privileged access without MFA: privileges other
# than "user", or a shared account such as root. No row is written to the plan or
# the state.
ephemeral "opa_user_access_report" "paula" {
  user_name = "paula+pager@example.com"

  lifecycle {
    postcondition {
      condition = alltrue([
        for row in self.rows : row.requires_mfa if row.privileges != "user" || row.shared_account
      ])
      error_message = "There is privileged access without MFA."
    }

    postcondition {
      condition     = length(self.unknown_conditions) == 0
      error_message = "The provider does not fully understand all conditions of this user's access."
    }
  }
}
