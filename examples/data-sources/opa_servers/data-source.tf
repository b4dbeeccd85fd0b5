# All servers.
data "opa_servers" "all" {}

output "servers" {
  value = { for server in data.opa_servers.all.servers : server.id => server.hostname }
}

# Servers that have all of the labels.
data "opa_servers" "production" {
  labels = {
    env = "production"
  }
}

output "production_servers" {
  value = distinct(data.opa_servers.production.servers[*].hostname)
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
