# The rules for privileged access apply to a report that was stored earlier, without
# a tenant. requires_mfa is true only if the provider understands the conditions.
locals {
  stored = provider::opa::report_decode(file("${path.module}/input.csv"))
}

output "privileged_without_mfa" {
  value = distinct([
    for row in local.stored : "${row.user_name} on ${row.resource_name} as ${row.account}"
    if(row.privileges != "user" || row.shared_account) && !row.requires_mfa
  ])

  precondition {
    condition     = length(local.stored) > 0
    error_message = "The stored report has no rows."
  }
}
