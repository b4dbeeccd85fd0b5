# Access of all service users that does not go through a gateway. An empty selection
# is an error unless allow_empty is set.
data "opa_users" "service" {
  user_type = "service"
}

data "opa_user_access_reports" "service" {
  user_ids     = data.opa_users.service.users[*].id
  include_rows = { requires_gateway = false }
  allow_empty  = true
}

output "without_gateway" {
  value = distinct([
    for row in data.opa_user_access_reports.service.rows :
    "${row.user_name} on ${row.resource_name} as ${row.account}"
  ])
}

# Select the users by their names, or the active members of a group.
data "opa_user_access_reports" "by_name" {
  user_names = ["larry.linuxadmin", "dora.database"]
}

data "opa_user_access_reports" "active" {
  group_name  = "linux-admins"
  user_status = ["ACTIVE"]
}
