variables {
  at = "2026-10-01T00:00:00Z"
  rows = [{
    user_name = "larry.linuxadmin", user_type = "human", user_status = "ACTIVE", resource_name = "web-01", resource_type = "server",
    account   = "root", privileges = "user", conditions = "Approval, MFA",
  }]
  approvals = [{ user_name = "larry.linuxadmin", resource_name = "web-01", account = "root", conditions = "MFA", approved_by = "dora.database", expires_at = "2026-12-31" }]
}

run "approved_access_passes" {
  command = plan

  assert {
    condition     = length(output.unapproved) == 0 && length(output.unused) == 0
    error_message = "Want no unapproved access and no unused approval."
  }
}

run "access_without_approval_fails" {
  command = plan

  variables {
    approvals = []
  }

  expect_failures = [output.unapproved]
}

run "weaker_access_fails" {
  command = plan

  variables {
    approvals = [{ user_name = "larry.linuxadmin", resource_name = "web-01", account = "root", conditions = "Okta Gateway, MFA" }]
  }

  expect_failures = [output.unapproved]
}

run "expired_approval_fails" {
  command = plan

  variables {
    at = "2027-01-01T00:00:00Z"
  }

  expect_failures = [output.unapproved]
}

run "approval_that_ends_soon_warns" {
  command = plan

  variables {
    at = "2026-12-20T00:00:00Z"
  }

  expect_failures = [check.approvals_end_soon]
}

run "approval_that_ends_later_does_not_warn" {
  command = plan

  variables {
    at = "2026-12-17T00:00:00Z"
  }
}

run "unused_approval_is_listed" {
  command = plan

  variables {
    rows      = []
    approvals = [{ user_name = "dora.database", resource_name = "web-01", account = "root", reason = "upgrade" }]
  }

  assert {
    condition     = output.unused[0] == "dora.database on web-01 as root: upgrade"
    error_message = "Want the unused approval."
  }
}
