# Fails if a check fails, with the advice of each.
data "opa_tenant_check" "tenant" {
  user_name = "larry.linuxadmin"
  hostname  = "web-01"

  lifecycle {
    postcondition {
      condition = self.ok
      error_message = join("\n\n", [
        for check in self.checks : "${check.name}: ${check.detail}" if check.status == "fail"
      ])
    }
  }
}

# The profile for an issue:
#
#   terraform plan -out=plan.bin
#   terraform show -json plan.bin | jq -ej .planned_values.outputs.profile.value > profile.json
output "profile" {
  value     = data.opa_tenant_check.tenant.profile
  sensitive = true # it is long, so plan does not print it
}
