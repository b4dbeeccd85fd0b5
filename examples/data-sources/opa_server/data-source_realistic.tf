# One of several servers with the same hostname, by its project.
data "opa_server" "app" {
  hostname     = "app-01"
  project_name = "warehouse"

  lifecycle {
    postcondition {
      condition     = self.state == "ACTIVE"
      error_message = "The server app-01 is not active."
    }
  }
}

# Select a server by its canonical name, or by its ID.
data "opa_server" "by_canonical_name" {
  canonical_name = "web-01.storefront.example.com"
}

data "opa_server" "by_id" {
  resource_id = data.opa_server.by_canonical_name.id
}
