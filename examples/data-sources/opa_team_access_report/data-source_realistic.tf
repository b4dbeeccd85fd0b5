# Only access that is more than user, without MFA. Empty rows mean that the team
# has no such access, not that nobody has access.
data "opa_team_access_report" "privileged_without_mfa" {
  include_rows = { requires_mfa = false }
  exclude_rows = { privileges = ["user"], shared_account = false }
}

output "privileged_without_mfa" {
  value = distinct([
    for row in data.opa_team_access_report.privileged_without_mfa.rows :
    "${row.user_name} on ${row.resource_name} as ${row.account} (${row.privileges})"
  ])
}

# Reports on all users and on all servers, which must have the same rows.
data "opa_team_access_report" "verified" {
  cross_check = true
}

output "reports" {
  value = length(data.opa_team_access_report.verified.subjects)
}

# The number of users of each server. Servers can have the same hostname, so the rows
# are grouped by the ID of the server that each report is about.
data "opa_team_access_report" "servers" {
  subject_type = "resource"
}

data "opa_servers" "all" {}

locals {
  users_of_server_ids = {
    for row in data.opa_team_access_report.servers.rows : row.subject_id => row.user_name...
  }
}

output "users_per_server" {
  value = [
    for server in data.opa_servers.all.servers : {
      hostname = server.hostname
      project  = server.project_name
      users    = length(distinct(lookup(local.users_of_server_ids, server.id, [])))
    }
  ]
}
