# A token for other calls to OPA in this run. Use it in ephemeral arguments, such
# as those of a provider block.
ephemeral "opa_service_token" "token" {
  lifecycle {
    postcondition {
      condition     = self.expires_at == null ? true : timecmp(self.expires_at, plantimestamp()) > 0
      error_message = "The token has expired."
    }
  }
}
