terraform {
  required_version = ">= 1.10" # OpenTofu: 1.11
}

# Fails the run if a disabled or deleted user still has access to the server.
ephemeral "opa_resource_access_report" "web_02" {
  hostname     = "web-02"
  include_rows = { user_status = ["DISABLED", "DELETED"] }

  lifecycle {
    postcondition {
      condition     = self.row_count == 0
      error_message = "A user who is not active has access to web-02."
    }
  }
}
