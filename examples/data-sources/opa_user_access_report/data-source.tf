data "opa_user_access_report" "larry" {
  user_name = "larry.linuxadmin"
}

output "servers_of_larry" {
  value = distinct(data.opa_user_access_report.larry.rows[*].resource_name)
}
