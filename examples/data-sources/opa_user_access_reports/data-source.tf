# What can the members of this group reach, other than through the gateway?
data "opa_user_access_reports" "admins" {
  group_name  = "linux-admins"
  user_status = ["ACTIVE"]
}

output "without_gateway" {
  value = distinct([
    for row in data.opa_user_access_reports.admins.rows : "${row.user_name} on ${row.resource_name}" if !row.requires_gateway
  ])
}

output "rows_of_each" {
  value = { for user in data.opa_user_access_reports.admins.users : user.user_name => user.row_count }
}
