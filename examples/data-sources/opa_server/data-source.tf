data "opa_server" "web" {
  hostname = "web-01"
}

output "address" {
  value = data.opa_server.web.access_address
}
