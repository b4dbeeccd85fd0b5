# Who has access to the servers of this project? An older report will do.
data "opa_resource_access_reports" "storefront" {
  project_name = "storefront"
  max_age      = "12h"
}

output "who_reaches_what" {
  value = {
    for row in data.opa_resource_access_reports.storefront.rows : row.user_name => row.resource_name...
  }
}
