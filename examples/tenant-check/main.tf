# The first plan on a tenant: does the provider understand it? Nothing is applied.

terraform {
  required_version = ">= 1.8"

  required_providers {
    opa = {
      source = "privileged-access/opa"
    }
  }
}

provider "opa" {}

variable "user_name" {
  description = "Name of a user in OPA who has access to the server."
  type        = string
  default     = "larry.linuxadmin"
}

variable "hostname" {
  description = "Hostname of a server."
  type        = string
  default     = "web-01"
}

data "opa_tenant_check" "tenant" {
  user_name = var.user_name
  hostname  = var.hostname
}

locals {
  # Names of a tenant are printed, so control characters in them are replaced.
  checks = [for check in data.opa_tenant_check.tenant.checks : merge(check, {
    detail = join("\n", [for line in split("\n", check.detail) : replace(line, "/[\\p{C}\\p{Zl}\\p{Zp}]/", "�")])
  })]
}

# The first sentence of each detail.
output "checks" {
  value = join("\n", [for check in local.checks : format("%-7s  %-26s  %s", check.status, check.name, split(". ", check.detail)[0])])
}

# The complete details of the checks that failed or warned.
output "next_steps" {
  value = join("\n\n", [for check in local.checks : "${check.name}: ${check.detail}" if contains(["fail", "warn"], check.status)])
}

# For an issue. README.md has the command that writes it to a file.
output "profile" {
  value     = data.opa_tenant_check.tenant.profile
  sensitive = true # it is long, so plan does not print it
}
