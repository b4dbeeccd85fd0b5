terraform {
  required_providers {
    opa = {
      source = "privileged-access/opa"
    }
  }
}

# The API key belongs to a service user with the security_admin role. Set the key
# in the environment, with OPA_KEY_ID and OPA_KEY_SECRET, and keep the secret out
# of the configuration.
provider "opa" {
  base_url = "https://acme.pam.okta.com"
  team     = "acme"
}
