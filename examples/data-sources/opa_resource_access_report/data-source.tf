data "opa_resource_access_report" "web" {
  hostname = "web-01"
}

output "users_with_shared_accounts" {
  value = distinct([
    for row in data.opa_resource_access_report.web.rows :
    "${row.user_name} as ${row.account}" if row.shared_account
  ])
}
