# No provider is configured and no tenant asked: what the reports say stands here.

mock_provider "opa" {}

variables {
  hostname      = "web-01"
  allowed_users = ["larry.linuxadmin", "paula+pager@example.com"]
}

run "who_is_allowed_passes" {
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
    condition     = length(output.offenders) == 0
    error_message = "Offenders: ${jsonencode(output.offenders)}"
  }

  assert {
    condition     = jsonencode(output.users) == jsonencode(["larry.linuxadmin", "paula+pager@example.com"])
    error_message = "Users: ${jsonencode(output.users)}"
  }
}

run "a_stranger_is_refused" {
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
    condition     = join("\n", output.offenders) == "rené.reader as rene.reader (user, conditions: Okta Gateway)"
    error_message = "Offenders: ${jsonencode(output.offenders)}"
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
    condition     = join("\n", output.offenders) == "larry.linuxadmin as larry.linuxadmin (admin, conditions: Approval)"
    error_message = "Offenders: ${jsonencode(output.offenders)}"
  }
}

# A tenant may have privileges and conditions that nobody has heard of yet: the
# first are taken for administration, the second are never taken for MFA.
run "what_is_unknown_is_refused" {
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
    condition     = join("\n", output.offenders) == "larry.linuxadmin as larry.linuxadmin (operator, conditions: Passkey)"
    error_message = "Offenders: ${jsonencode(output.offenders)}"
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
