# These tests configure no provider and query no tenant. They override what the
# data source returns.

mock_provider "opa" {}

variables {
  hostname      = "web-01"
  allowed_users = ["larry.linuxadmin", "paula+pager@example.com"]
}

run "allowed_users_pass" {
  command = plan

  override_data {
    target = data.opa_resource_access_report.server
    values = {
      csv = <<-CSV
        User Name,User Type,User Status,Resource Name,Resource Type,Account,Privileges,Conditions
        larry.linuxadmin,human,ACTIVE,web-01,server,larry.linuxadmin,user,
        paula+pager@example.com,human,ACTIVE,web-01,server,paula.pager,admin,"Approval, MFA"
      CSV
    }
  }

  assert {
    condition     = length(output.violations) == 0
    error_message = "Violations: ${jsonencode(output.violations)}"
  }

  assert {
    condition     = jsonencode(output.users) == jsonencode(["larry.linuxadmin", "paula+pager@example.com"])
    error_message = "Users: ${jsonencode(output.users)}"
  }
}

run "other_users_are_refused" {
  command = plan

  override_data {
    target = data.opa_resource_access_report.server
    values = {
      csv = <<-CSV
        User Name,User Type,User Status,Resource Name,Resource Type,Account,Privileges,Conditions
        larry.linuxadmin,human,ACTIVE,web-01,server,larry.linuxadmin,user,
        rené.reader,human,ACTIVE,web-01,server,rene.reader,user,Okta Gateway
      CSV
    }
  }

  expect_failures = [output.users]

  assert {
    condition     = join("\n", output.violations) == "rené.reader as rene.reader (user, conditions: Okta Gateway)"
    error_message = "Violations: ${jsonencode(output.violations)}"
  }
}

run "admin_without_mfa_is_refused" {
  command = plan

  override_data {
    target = data.opa_resource_access_report.server
    values = {
      csv = <<-CSV
        User Name,User Type,User Status,Resource Name,Resource Type,Account,Privileges,Conditions
        larry.linuxadmin,human,ACTIVE,web-01,server,larry.linuxadmin,admin,Approval
        paula+pager@example.com,human,ACTIVE,web-01,server,paula.pager,admin,MFA
      CSV
    }
  }

  expect_failures = [output.users]

  assert {
    condition     = join("\n", output.violations) == "larry.linuxadmin as larry.linuxadmin (admin, conditions: Approval)"
    error_message = "Violations: ${jsonencode(output.violations)}"
  }
}

# A shared account has the privileges "user".
run "root_without_mfa_is_refused" {
  command = plan

  override_data {
    target = data.opa_resource_access_report.server
    values = {
      csv = <<-CSV
        User Name,User Type,User Status,Resource Name,Resource Type,Account,Privileges,Conditions
        larry.linuxadmin,human,ACTIVE,web-01,server,root,user,Approval
        paula+pager@example.com,human,ACTIVE,web-01,server,root,user,MFA
      CSV
    }
  }

  expect_failures = [output.users]

  assert {
    condition     = join("\n", output.violations) == "larry.linuxadmin as root (user, conditions: Approval)"
    error_message = "Violations: ${jsonencode(output.violations)}"
  }
}

# Privileges that are not known count as more than "user". Conditions that are
# not known do not count as MFA.
run "unknown_privileges_and_conditions_are_refused" {
  command = plan

  override_data {
    target = data.opa_resource_access_report.server
    values = {
      csv = <<-CSV
        User Name,User Type,User Status,Resource Name,Resource Type,Account,Privileges,Conditions
        larry.linuxadmin,human,ACTIVE,web-01,server,larry.linuxadmin,operator,Passkey
      CSV
    }
  }

  expect_failures = [output.users]

  assert {
    condition     = join("\n", output.violations) == "larry.linuxadmin as larry.linuxadmin (operator, conditions: Passkey)"
    error_message = "Violations: ${jsonencode(output.violations)}"
  }
}

# An override has to set unknown_conditions as well, because the test does not
# derive it from csv.
run "unknown_conditions_are_refused" {
  command = plan

  override_data {
    target = data.opa_resource_access_report.server
    values = {
      unknown_conditions = ["Passkey"]
      csv                = <<-CSV
        User Name,User Type,User Status,Resource Name,Resource Type,Account,Privileges,Conditions
        larry.linuxadmin,human,ACTIVE,web-01,server,larry.linuxadmin,user,Passkey
      CSV
    }
  }

  expect_failures = [output.users]

  assert {
    condition     = length(output.violations) == 0
    error_message = "Violations: ${jsonencode(output.violations)}"
  }
}

run "an_empty_report_passes" {
  command = plan

  override_data {
    target = data.opa_resource_access_report.server
    values = {
      status = "COMPLETED_BUT_EMPTY"
      csv    = null
    }
  }

  assert {
    condition     = length(output.users) == 0
    error_message = "Users: ${jsonencode(output.users)}"
  }
}
