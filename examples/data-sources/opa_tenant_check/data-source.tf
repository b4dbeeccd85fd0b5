# A user and a server to which the user has access.
data "opa_tenant_check" "tenant" {
  user_name = "larry.linuxadmin"
  hostname  = "web-01"
}

output "checks" {
  value = { for check in data.opa_tenant_check.tenant.checks : check.name => check.status }
}
