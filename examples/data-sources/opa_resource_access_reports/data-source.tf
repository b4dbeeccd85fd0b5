data "opa_resource_access_reports" "web" {
  hostnames = ["web-01", "web-02"]
}

output "users_of_web_servers" {
  value = distinct(data.opa_resource_access_reports.web.rows[*].user_name)
}
