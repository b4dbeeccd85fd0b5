data "opa_servers" "production" {
  project_name = "storefront"
  os_type      = "linux"
}

output "production_servers" {
  value = [
    for server in data.opa_servers.production.servers : server.hostname if lookup(server.labels, "env", "") == "production"
  ]
}
