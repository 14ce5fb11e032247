# The pipeline document, and what its limits ask of the function.

locals {
  route_names = ["name", "keys", "media_types", "transform", "channel", "digest", "canary", "shadow", "parameters", "key_template", "cache_control", "limits"]
  limit_names = ["max_pixels", "max_frames", "max_bytes", "max_memory_mib", "max_output_mib", "max_seconds"]

  # As the host has them where a route says nothing.
  default_limits = { max_memory_mib = 512, max_output_mib = 128, max_seconds = 30 }

  # What the host itself takes, and what downloads and uploads take at most.
  host_memory_mib  = 96
  transfer_seconds = 10

  # Without a document, the host renders everything with the default limits.
  routes = [
    for route in try([for route in var.pipeline.routes : try(route.limits, {})], [{}]) : {
      memory_mib = try(tonumber(route.max_memory_mib), local.default_limits.max_memory_mib)
      output_mib = try(tonumber(route.max_output_mib), local.default_limits.max_output_mib)
      seconds    = try(tonumber(route.max_seconds), local.default_limits.max_seconds)
    }
  ]

  # What was not given is left out, so that the host's own default holds.
  pipeline_document = var.pipeline == null ? null : jsonencode({
    version = var.pipeline.version
    routes  = [for route in var.pipeline.routes : { for name, value in route : name => value if value != null }]
  })
}

resource "aws_s3_object" "pipeline" {
  count = var.pipeline == null ? 0 : 1

  bucket        = local.bucket_ids.components
  key           = "pipeline.json"
  content       = local.pipeline_document
  content_type  = "application/json"
  kms_key_id    = var.components_bucket.kms_key_arn
  storage_class = "STANDARD"
}

# The default transform takes the way of any author's: an upload to incoming/.
resource "aws_s3_object" "default_transform" {
  count = var.default_transform == null ? 0 : 1

  bucket       = local.bucket_ids.components
  key          = "incoming/${var.default_transform.name}/component.wasm"
  source       = var.default_transform.path
  source_hash  = filemd5(var.default_transform.path)
  content_type = "application/wasm"
  kms_key_id   = var.components_bucket.kms_key_arn

  # The publish function must be there to react, and the routes must be known to be checked.
  depends_on = [aws_s3_bucket_notification.components, aws_s3_object.pipeline]
}
