# Fails the run if a session as a shared account, such as root, is not recorded. The
# filter selects the rows that break this rule. No row is written to the plan or the
# state.
ephemeral "opa_resource_access_report" "web" {
  hostname     = "web-01"
  include_rows = { shared_account = true, records_session = false }

  lifecycle {
    postcondition {
      condition     = self.row_count == 0
      error_message = "Some sessions as a shared account on web-01 are not recorded."
    }

    # No rows that break the rule is not the same as no rows at all.
    postcondition {
      condition     = self.total_row_count > 0
      error_message = "Nobody has access to web-01, which is not plausible."
    }

    postcondition {
      condition     = length(self.unknown_conditions) == 0
      error_message = "The provider does not fully understand all conditions of access to web-01."
    }
  }
}
