data "opa_groups" "all" {}

output "groups" {
  value = { for group in data.opa_groups.all.groups : group.name => group.roles }
}
