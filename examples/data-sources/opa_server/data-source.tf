# A hostname that two projects have.
data "opa_server" "app" {
  hostname     = "app-01"
  project_name = "warehouse"
}

output "address" {
  value = data.opa_server.app.access_address
}
