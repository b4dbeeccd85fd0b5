data "opa_user" "larry" {
  name = "larry.linuxadmin"
}

output "larry" {
  value = "${data.opa_user.larry.full_name} <${data.opa_user.larry.email}> is ${data.opa_user.larry.status}"
}
