data "opa_users" "active" {
  status = "ACTIVE"
}

output "active_users" {
  value = data.opa_users.active.users[*].name
}
