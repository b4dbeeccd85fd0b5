data "opa_user_access_reports" "admins" {
  group_name = "linux-admins"
}

# A user without access has no row.
output "row_counts" {
  value = {
    for user in data.opa_user_access_reports.admins.users : user.user_name => user.row_count
  }
}
