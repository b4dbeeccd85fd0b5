terraform {
  required_version = ">= 1.10" # OpenTofu: 1.11
}

# Fails the run if the user has no access at all.
ephemeral "opa_user_access_report" "admin" {
  user_name = "larry.linuxadmin"

  lifecycle {
    postcondition {
      condition     = self.row_count > 0
      error_message = "The user has no access."
    }
  }
}
