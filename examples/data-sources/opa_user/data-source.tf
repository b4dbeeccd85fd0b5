data "opa_user" "larry" {
  name = "larry.linuxadmin"
}

output "status_of_larry" {
  value = data.opa_user.larry.status
}
