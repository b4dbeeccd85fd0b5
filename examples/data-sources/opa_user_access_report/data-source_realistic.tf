# Before a user leaves: only the access to database servers may be left. The report may
# be at most 12 hours old, and the message has its time.
data "opa_user_access_report" "leaver" {
  user_name    = "dora.database"
  max_age      = "12h"
  exclude_rows = { resource_name = ["db-*"] }
}

check "leaver_has_no_other_access" {
  assert {
    condition = data.opa_user_access_report.leaver.row_count == 0
    error_message = format(
      "%d of %d rows remain in the report of %s.",
      data.opa_user_access_report.leaver.row_count,
      data.opa_user_access_report.leaver.total_row_count,
      data.opa_user_access_report.leaver.created_at,
    )
  }
}

# Select the same user by ID.
data "opa_user_access_report" "by_id" {
  user_id = data.opa_user_access_report.leaver.user_id
  max_age = "12h"
}
