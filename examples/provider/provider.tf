terraform {
  required_providers {
    opa = {
      source = "privileged-access/opa"
    }
  }
}

# The key of a service user with the security_admin role. Keep its secret out
# of the configuration: OPA_KEY_ID and OPA_KEY_SECRET are read from the
# environment.
provider "opa" {
  base_url = "https://acme.pam.okta.com"
  team     = "acme"
}
