terraform {
  required_version = ">= 1.8" # OpenTofu: 1.7

  required_providers {
    opa = {
      source = "privileged-access/opa"
    }
  }
}

# A user and a server to which the user has access.
data "opa_tenant_check" "tenant" {
  user_name = "larry.linuxadmin"
  hostname  = "web-01"

  lifecycle {
    postcondition {
      condition     = self.ok
      error_message = join("\n\n", [for check in self.checks : "${check.name}: ${check.detail}" if check.status == "fail"])
    }
  }
}
