# The groups whose members can change who has access, and their members.
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

# All groups with a part of a name.
data "opa_groups" "admins" {
  contains = "admin"
}

output "groups" {
  value = data.opa_groups.admins.groups[*].name
}
