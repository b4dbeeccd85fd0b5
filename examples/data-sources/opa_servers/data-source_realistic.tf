# Production servers, with a postcondition because an empty list is only a warning.
data "opa_servers" "production" {
  labels = {
    env = "production"
  }

  lifecycle {
    postcondition {
      condition     = length(self.servers) > 0
      error_message = "There are no production servers."
    }
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
