# Members who can no longer sign in, but would get access back with their account.
data "opa_group_members" "inactive" {
  group_name  = "automation"
  user_status = ["DISABLED", "DELETED"]
}

output "inactive_members" {
  value = { for member in data.opa_group_members.inactive.members : member.name => member.status }
}

# Only service users.
data "opa_group_members" "service_users" {
  group_name = "automation"
  user_type  = "service"
}
