# Select the user by name.
data "opa_user_access_report" "larry" {
  user_name = "larry.linuxadmin"
}

output "servers_of_larry" {
  value = distinct(data.opa_user_access_report.larry.rows[*].resource_name)
}

# Select the user by ID, and reuse a report of the last 12 hours.
data "opa_user_access_report" "by_id" {
  user_id = data.opa_user_access_report.larry.user_id
  max_age = "12h"
}
