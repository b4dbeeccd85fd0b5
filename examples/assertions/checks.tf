# These warn: plan and apply go on, and the exit code is 0. For rules that are
# being introduced, and for findings that somebody else has to mend.

locals {
  # Whatever is not exactly "user" counts as administration, and only what the
  # provider knows to be MFA counts as MFA.
  admin_without_mfa       = [for row in local.production : row.line if row.privileges != "user" && !row.requires_mfa]
  shared_without_approval = [for row in local.production_shared : row.line if !row.requires_approval]
  servers_without_env     = [for server in data.opa_servers.all.servers : "  ${server.hostname} (${server.id})" if !contains(keys(server.labels), "env")]
}

check "admin_asks_for_mfa" {
  assert {
    condition     = length(local.admin_without_mfa) == 0
    error_message = join("\n", concat(["There is administration of production without MFA:"], local.admin_without_mfa))
  }
}

check "shared_accounts_need_approval" {
  assert {
    condition     = length(local.shared_without_approval) == 0
    error_message = join("\n", concat(["Shared accounts of production can be used without an approval:"], local.shared_without_approval))
  }
}

# A server without the label escapes every rule about production.
check "every_server_tells_its_environment" {
  assert {
    condition     = length(local.servers_without_env) == 0
    error_message = join("\n", concat(["These servers have no label env:"], local.servers_without_env))
  }
}
