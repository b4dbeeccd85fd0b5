# The groups that hold an administrative role, and their members: they can change
# who has access.
data "opa_groups" "administrators" {
  roles = ["pam_admin", "security_admin", "resource_admin"]
}

data "opa_group_members" "administrators" {
  for_each   = toset(data.opa_groups.administrators.groups[*].name)
  group_name = each.key
}

output "administrators" {
  value = {
    for group in data.opa_groups.administrators.groups : group.name => {
      roles   = group.roles
      members = data.opa_group_members.administrators[group.name].members[*].name
    }
  }
}

# Groups by a part of their name.
data "opa_groups" "admins" {
  contains = "admin"
}
