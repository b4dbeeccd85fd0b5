# Active service users.
data "opa_users" "service" {
  user_type = "service"
  status    = "ACTIVE"
}

output "service_users" {
  value = data.opa_users.service.users[*].name
}

# Users whose name contains a text, in upper or lower case.
data "opa_users" "admins" {
  contains = "admin"
}

# Users whose name starts with a text, in upper or lower case.
data "opa_users" "deployers" {
  starts_with = "ci-"
}
