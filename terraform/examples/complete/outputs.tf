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

output "author_policy" {
  description = "IAM policy for authors of components."
  value       = module.obscura.author_policy
}

output "deployment" {
  description = "What `just status`, `logs`, `redrive`, `backfill` and `destroy` are told."
  value       = module.obscura.deployment
}
