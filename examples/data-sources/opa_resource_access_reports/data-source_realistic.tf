# The servers of a project that each user can reach, from reports of the last 12 hours.
data "opa_resource_access_reports" "storefront" {
  project_name = "storefront"
  max_age      = "12h"
}

output "servers_of_users" {
  value = {
    for user, servers in {
      for row in data.opa_resource_access_reports.storefront.rows : row.user_name => row.resource_name...
    } : user => distinct(servers)
  }
}

# Select the servers by their labels, in the whole team or in a project. An empty
# selection is an error unless allow_empty is set.
data "opa_resource_access_reports" "staging" {
  labels = {
    env = "staging"
  }
  allow_empty = true
}
