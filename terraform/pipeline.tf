# The pipeline document, and what its limits ask of the function.

locals {
  # What a route may hold, by the document's version.
  route_v1_names = ["name", "keys", "media_types", "transform", "channel", "digest", "canary", "shadow", "parameters", "key_template", "cache_control", "limits"]
  route_names    = ["name", "keys", "media_types", "ignore", "steps", "key_template", "cache_control", "disposition", "metadata"]
  step_names     = ["name", "of", "names", "replace", "required", "transform", "channel", "digest", "canary", "shadow", "parameters", "settable", "limits", "when"]
  limit_names    = ["max_pixels", "max_frames", "max_bytes", "max_memory_mib", "max_output_mib", "max_seconds"]

  # As the host has them where a step says nothing.
  default_limits = { max_memory_mib = 512, max_output_mib = 128, max_seconds = 30 }

  # What the host itself takes, what it keeps of a picture that several steps read, and what downloads
  # and uploads take at most.
  host_memory_mib  = 96
  kept_source_mib  = 32
  transfer_seconds = 10

  # The steps of each route that renders: one of version 1 is its own only step. Without a document, the
  # host renders everything with the default limits.
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

  # What a route takes at most. Its steps run side by side only as far as the memory holds them, so what
  # each needs while it runs does not add up. What they make does: it is kept until all have ended, for
  # later steps to read, or not to replace what is good by half of something. So does their time: each
  # may wait for the one before.
  routes = [
    for steps in local.steps : {
      memory_mib = max(steps[*].memory_mib...) + sum(steps[*].output_mib) + (length([for step in steps : step if step.reads_source]) > 1 ? local.kept_source_mib : 0) + local.host_memory_mib
      seconds    = sum(steps[*].seconds)
    } if length(steps) > 0
  ]

  # What was not given is left out, so that the host's own default holds.
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
