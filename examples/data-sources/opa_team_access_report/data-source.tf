data "opa_team_access_report" "all" {}

output "users_of_each_server" {
  value = {
    for server, users in {
      for row in data.opa_team_access_report.all.rows : row.resource_name => row.user_name...
    } : server => distinct(users)
  }
}
