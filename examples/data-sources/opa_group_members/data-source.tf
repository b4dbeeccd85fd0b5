data "opa_group_members" "linux_admins" {
  group_name = "linux-admins"
}

output "linux_admins" {
  value = data.opa_group_members.linux_admins.members[*].name
}
