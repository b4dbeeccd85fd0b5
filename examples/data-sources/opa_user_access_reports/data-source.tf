# Select the users by their group.
data "opa_user_access_reports" "admins" {
  group_name  = "linux-admins"
  user_status = ["ACTIVE"]
}

# Access that does not go through a gateway.
output "without_gateway" {
  value = distinct([
    for row in data.opa_user_access_reports.admins.rows : "${row.user_name} on ${row.resource_name}" if !row.requires_gateway
  ])
}

# A user without access has no row.
output "row_counts" {
  value = { for user in data.opa_user_access_reports.admins.users : user.user_name => user.row_count }
}

# Select the users by their names.
data "opa_user_access_reports" "by_name" {
  user_names = ["larry.linuxadmin", "dora.database"]
}

# Select the users by their IDs, for example all service users. An empty selection
# is an error unless allow_empty is set.
data "opa_users" "service" {
  user_type = "service"
}

data "opa_user_access_reports" "service" {
  user_ids    = data.opa_users.service.users[*].id
  allow_empty = true
}
