data "opa_resource_access_reports" "project" {
  project_name = "storefront"
}

# Keep both files. The evidence has the SHA-256 of the CSV.
#
#   terraform plan -out=plan.bin
#   terraform show -json plan.bin > plan.json
#   jq -j .planned_values.outputs.csv.value plan.json > access.csv
#   jq -S .planned_values.outputs.project.value plan.json > evidence.json
output "csv" {
  value     = provider::opa::report_encode(data.opa_resource_access_reports.project.rows)
  sensitive = true # plan does not print it
}

output "project" {
  value = provider::opa::report_evidence(data.opa_resource_access_reports.project)
}
