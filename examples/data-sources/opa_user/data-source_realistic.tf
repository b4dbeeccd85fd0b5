# Users by email address, which can differ from the name. A service user has neither a
# full name nor an email address.
data "opa_user" "reviewer" {
  email = "rene.reader@example.com"

  lifecycle {
    postcondition {
      condition     = self.status == "ACTIVE"
      error_message = "The reviewer ${self.name} is not active."
    }
  }
}

data "opa_user" "deployer" {
  name = "ci-deployer"
}

output "users" {
  value = [
    for user in [data.opa_user.reviewer, data.opa_user.deployer] :
    "${coalesce(user.full_name, user.name)} <${coalesce(user.email, "no email address")}> is ${user.status}"
  ]
}

# The same user by ID.
data "opa_user" "by_id" {
  id = data.opa_user.deployer.id
}
