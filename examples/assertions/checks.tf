# Rules that warn: plan and apply continue, and the exit code is 0. Use a check
# for a rule that is being introduced, and for a finding that another team fixes.

locals {
  # Privileged access: privileges other than "user", known or not, or an account
  # that is not the user's own, such as root. requires_mfa and requires_approval
  # are true only if the provider understands the conditions.
  privileged_without_mfa = distinct([
    for row in local.production : row.line if(row.privileges != "user" || row.shared_account) && !row.requires_mfa
  ])
  shared_without_approval = distinct([
    for row in local.production : row.line if row.shared_account && !row.requires_approval
  ])
  servers_without_env = [
    for server in data.opa_servers.all.servers : replace("  ${server.hostname} (${server.id})", local.control_characters, "�")
    if !contains(keys(server.labels), "env")
  ]
}

check "privileged_access_requires_mfa" {
  assert {
    condition     = length(local.privileged_without_mfa) == 0
    error_message = join("\n", concat(["Privileged access to production without MFA:"], local.privileged_without_mfa))
  }
}

check "shared_accounts_require_approval" {
  assert {
    condition     = length(local.shared_without_approval) == 0
    error_message = join("\n", concat(["Shared accounts on production servers without approval:"], local.shared_without_approval))
  }
}

# No rule about production applies to a server without the label.
check "servers_have_env_label" {
  assert {
    condition     = length(local.servers_without_env) == 0
    error_message = join("\n", concat(["Servers without the label env:"], local.servers_without_env))
  }
}
