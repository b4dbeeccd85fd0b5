data "opa_group_members" "admins" {
  group_name  = "linux-admins"
  user_status = ["ACTIVE", "DISABLED"]
}

output "admins" {
  value = { for member in data.opa_group_members.admins.members : member.name => member.status }
}
