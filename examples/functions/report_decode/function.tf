terraform {
  required_version = ">= 1.8" # OpenTofu: 1.7

  required_providers {
    opa = {
      source = "privileged-access/opa"
    }
  }
}

output "row" {
  value = provider::opa::report_decode(file("${path.module}/input.csv"))[1]
}
