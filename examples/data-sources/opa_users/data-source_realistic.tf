# Service users whose name does not follow a convention.
data "opa_users" "service" {
  user_type = "service"
}

data "opa_users" "named" {
  user_type   = "service"
  starts_with = "ci-"
}

output "service_users_without_prefix" {
  value = setsubtract(data.opa_users.service.users[*].name, data.opa_users.named.users[*].name)
}

# Users whose name contains a text, in upper or lower case.
data "opa_users" "admins" {
  contains = "admin"
}
