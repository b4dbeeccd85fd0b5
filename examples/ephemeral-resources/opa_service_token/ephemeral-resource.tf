terraform {
  required_version = ">= 1.10" # OpenTofu: 1.11
}

ephemeral "opa_service_token" "current" {}
