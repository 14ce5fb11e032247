# The pipeline document, and the function size that its limits require.

locals {
  # The fields of a route, by the document's version.
  route_v1_names = ["name", "keys", "media_types", "transform", "channel", "digest", "canary", "shadow", "parameters", "key_template", "cache_control", "limits"]
  route_names    = ["name", "keys", "media_types", "ignore", "steps", "key_template", "cache_control", "disposition", "metadata"]
  step_names     = ["name", "of", "names", "replace", "required", "transform", "channel", "digest", "canary", "shadow", "parameters", "settable", "limits", "when"]
  limit_names    = ["max_pixels", "max_frames", "max_bytes", "max_memory_mib", "max_output_mib", "max_seconds"]

  # The host's default limits.
  default_limits = { max_memory_mib = 512, max_output_mib = 128, max_seconds = 30 }

  # The host's own memory, its buffer for a source that several steps read, and the maximum time of
  # downloads and uploads.
  host_memory_mib  = 96
  kept_source_mib  = 32
  transfer_seconds = 10

  # The steps of each route that renders: a route of version 1 is its own single step. Without a
  # document, the host renders everything with the default limits.
  steps = [
    for route in try([for route in var.pipeline.routes : route if !try(route.ignore, false)], [{}]) : [
      for step in try([for step in route.steps : step], [route]) : {
        transform    = try(tostring(step.transform), null)
        reads_source = try(step.of == null || step.of == "source", true)
        memory_mib   = try(tonumber(step.limits.max_memory_mib), local.default_limits.max_memory_mib)
        output_mib   = try(tonumber(step.limits.max_output_mib), local.default_limits.max_output_mib)
        seconds      = try(tonumber(step.limits.max_seconds), local.default_limits.max_seconds)
      }
    ]
  ]

  # The maximum resources of a route. Its steps run in parallel only as far as they fit into memory, so
  # their working memory does not add up. Their output does: it is kept until all have ended, for later
  # steps to read, or to replace existing renditions only as a whole. Their times add up, too: each may
  # wait for the previous one.
  routes = [
    for steps in local.steps : {
      memory_mib = max(steps[*].memory_mib...) + sum(steps[*].output_mib) + (length([for step in steps : step if step.reads_source]) > 1 ? local.kept_source_mib : 0) + local.host_memory_mib
      seconds    = sum(steps[*].seconds)
    } if length(steps) > 0
  ]

  # Unset fields are omitted, so that the host's defaults apply.
  pipeline_document = var.pipeline == null ? null : jsonencode(merge(
    { for name, value in var.pipeline : name => value if value != null },
    { routes = [for route in var.pipeline.routes : merge(
      { for name, value in route : name => value if value != null },
      { for name in ["steps"] : name => [for step in route.steps : { for name, value in step : name => value if value != null }] if try(route.steps, null) != null },
    )] },
  ))
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

# The default transform is uploaded to incoming/, like any author's.
resource "aws_s3_object" "default_transform" {
  count = var.default_transform == null ? 0 : 1

  bucket       = local.bucket_ids.components
  key          = "incoming/${var.default_transform.name}/component.wasm"
  source       = var.default_transform.path
  source_hash  = filemd5(var.default_transform.path)
  content_type = "application/wasm"
  kms_key_id   = var.components_bucket.kms_key_arn

  # The publish function must exist to react, and the routes must be known to be checked.
  depends_on = [aws_s3_bucket_notification.components, aws_s3_object.pipeline]
}
