data "opa_servers" "all" {}

output "servers" {
  value = { for server in data.opa_servers.all.servers : server.id => server.hostname }
}
