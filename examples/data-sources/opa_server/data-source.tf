# Look up a server by its hostname.
data "opa_server" "web" {
  hostname = "web-01"
}

output "address" {
  value = data.opa_server.web.access_address
}

# Look up one of several servers with the same hostname by its project.
data "opa_server" "app" {
  hostname     = "app-01"
  project_name = "warehouse"
}

# Look up a server by its canonical name.
data "opa_server" "by_canonical_name" {
  canonical_name = "web-01.storefront.example.com"
}

# Look up a server by its ID.
data "opa_server" "by_id" {
  resource_id = data.opa_server.web.id
}
