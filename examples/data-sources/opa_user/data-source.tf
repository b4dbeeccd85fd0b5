# Look up a user by name.
data "opa_user" "larry" {
  name = "larry.linuxadmin"
}

# Look up a user by ID.
data "opa_user" "by_id" {
  id = data.opa_user.larry.id
}

# Look up a user by email address, which can differ from the name.
data "opa_user" "rene" {
  email = "rene.reader@example.com"
}

# A service user has no full name and no email address.
data "opa_user" "deployer" {
  name = "ci-deployer"
}

output "users" {
  value = [
    for user in [data.opa_user.larry, data.opa_user.rene, data.opa_user.deployer] :
    "${coalesce(user.full_name, user.name)} <${coalesce(user.email, "no email address")}> is ${user.status}"
  ]
}
