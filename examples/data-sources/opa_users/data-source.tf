# Service users that still work.
data "opa_users" "service" {
  user_type = "service"
  status    = "ACTIVE"
}

output "service_users" {
  value = data.opa_users.service.users[*].name
}
