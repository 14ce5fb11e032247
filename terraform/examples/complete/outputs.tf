output "source_bucket_name" {
  description = "Upload pictures here, under photos/."
  value       = module.obscura.source_bucket_name
}

output "destination_bucket_name" {
  description = "Find renditions here."
  value       = module.obscura.destination_bucket_name
}

output "components_bucket_name" {
  description = "Publish components here, under incoming/<name>/."
  value       = module.obscura.components_bucket_name
}

output "author_policies" {
  description = "IAM policies for authors of components, by the transform's name."
  value       = module.obscura.author_policies
}

output "deployment" {
  description = "Data for `just status`, `logs`, `redrive`, `backfill` and `destroy`."
  value       = module.obscura.deployment
}
