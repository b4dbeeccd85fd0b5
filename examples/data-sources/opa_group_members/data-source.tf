# All members of a group.
data "opa_group_members" "linux_admins" {
  group_name = "linux-admins"
}

output "linux_admins" {
  value = { for member in data.opa_group_members.linux_admins.members : member.name => member.status }
}

# Members with a user type and one of several statuses.
data "opa_group_members" "service_users" {
  group_name  = "automation"
  user_type   = "service"
  user_status = ["ACTIVE", "DISABLED"]
}

output "service_users" {
  value = data.opa_group_members.service_users.members[*].name
}
