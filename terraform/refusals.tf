# Conditions of a refused plan; see the preconditions in outputs.tf.

locals {
  prefixes_overlap     = startswith(var.source_bucket.prefix, var.destination_bucket.prefix) || startswith(var.destination_bucket.prefix, var.source_bucket.prefix)
  destination_is_apart = local.bucket_names.source != local.bucket_names.destination || !local.prefixes_overlap
  created_twice        = local.bucket_names.source == local.bucket_names.destination && var.source_bucket.create && var.destination_bucket.create
  components_are_apart = !contains([local.bucket_names.source, local.bucket_names.destination], local.bucket_names.components)

  sandbox_holds_limits = alltrue([for step in flatten(local.steps) : step.memory_mib <= 2048 && step.output_mib <= 2048 && step.seconds <= 890])
  memory_holds_limits  = alltrue([for route in local.routes : route.memory_mib <= var.transform_function.memory_mb])
  timeout_holds_limits = alltrue([for route in local.routes : route.seconds * local.batch_size + local.transfer_seconds <= var.transform_function.timeout_seconds])
}
