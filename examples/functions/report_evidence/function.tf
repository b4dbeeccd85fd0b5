terraform {
  required_version = ">= 1.8" # OpenTofu: 1.7

  required_providers {
    opa = {
      source = "privileged-access/opa"
    }
  }
}

locals {
  resource_id = "3f1c0d5e-8a4b-4c6d-9e2f-7b8a9c0d1e2f"
}

# Usually the argument is a data source. Here it is an object with the same attributes.
output "evidence" {
  value = provider::opa::report_evidence({
    team               = "acme"
    hostname           = "web-01"
    resource_id        = local.resource_id
    report_id          = "0193b8a4-6f0e-7c1b-9d2a-3e5f60718293"
    status             = "COMPLETED"
    created_at         = "2026-10-01T08:00:00Z"
    rows               = [for row in provider::opa::report_decode(file("${path.module}/input.csv")) : merge(row, { subject_id = local.resource_id })]
    row_count          = 3
    total_row_count    = 3
    unknown_conditions = []
  })
}
