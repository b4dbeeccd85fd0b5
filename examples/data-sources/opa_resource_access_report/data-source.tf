# Who has access to this server, as which account, and on what conditions?
data "opa_resource_access_report" "web" {
  hostname = "web-01"
}

output "root_on_web_01" {
  value = sort(distinct([
    for row in data.opa_resource_access_report.web.rows : row.user_name if row.account == "root"
  ]))
}

check "nobody_becomes_root_unrecorded" {
  assert {
    condition = alltrue([
      for row in data.opa_resource_access_report.web.rows : row.records_session if row.account == "root"
    ])
    error_message = "Some sessions as root on web-01 are not recorded."
  }
}
