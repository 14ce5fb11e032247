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

output "on_failure_queue_url" {
  description = "Events that failed for good."
  value       = module.obscura.on_failure_queue_url
}

output "events_queue_url" {
  description = "Events that wait; null for the trigger direct."
  value       = module.obscura.events_queue_url
}

output "transform_function_name" {
  description = "The transform function."
  value       = module.obscura.transform_function_name
}

output "transform_role_name" {
  description = "The transform function's role."
  value       = module.obscura.transform_role_name
}

output "transform_code_sha256" {
  description = "Digest of the transform function's package; publishing does not change it."
  value       = module.obscura.transform_code_sha256
}

output "author_policy" {
  description = "IAM policy for authors of components."
  value       = module.obscura.author_policy
}
