# All servers.
data "opa_servers" "all" {}

output "production_servers" {
  value = distinct([
    for server in data.opa_servers.all.servers : server.hostname if lookup(server.labels, "env", "") == "production"
  ])
}

# Servers that match all of the filters.
data "opa_servers" "web" {
  hostname_contains = "web"
  project_name      = "storefront"
  os_type           = "linux"
  state             = "ACTIVE"
}

output "web_servers" {
  value = data.opa_servers.web.servers[*].hostname
}
