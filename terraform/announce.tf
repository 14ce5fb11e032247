# The announce function: S3 notifies it of manifests, and its response is sent to EventBridge.
# The manifest is the only source of truth: nothing else is written, and processing a picture is
# not delayed.

locals {
  bus_arn = local.announces ? coalesce(var.events.bus_arn, "arn:${local.partition}:events:${local.region}:${local.account}:event-bus/default") : null
}

module "announce" {
  source = "./modules/function"
  count  = local.announces ? 1 : 0

  name                     = local.announce_name
  description              = "Announces the results for pictures, from their manifests in s3://${local.bucket_names.destination}."
  package                  = var.transform_package
  architecture             = var.architecture
  memory_mb                = var.events.memory_mb
  timeout_seconds          = var.events.timeout_seconds
  reserved_concurrency     = var.events.reserved_concurrency
  environment_kms_key_arn  = var.environment_kms_key_arn
  log_retention_days       = var.log_retention_days
  log_kms_key_arn          = var.log_kms_key_arn
  on_failure_queue_arn     = aws_sqs_queue.on_failure.arn
  on_success_bus_arn       = local.bus_arn
  statements               = local.announce_statements
  permissions_boundary_arn = var.permissions_boundary_arn

  environment = merge(
    { for name, value in local.transform_environment : name => value if name != "OBSCURA_LOG" },
    { OBSCURA_FUNCTION = "announce" },
    { for level in compact([var.events.log_level]) : "OBSCURA_LOG" => level },
  )
}

resource "aws_lambda_permission" "destination" {
  count = local.announces ? 1 : 0

  statement_id   = "DestinationBucketInvokes"
  action         = "lambda:InvokeFunction"
  function_name  = module.announce[0].name
  principal      = "s3.amazonaws.com"
  source_arn     = local.bucket_arns.destination
  source_account = local.account
}

# Only manifests: renditions are not announced, and the function writes no objects.
resource "aws_s3_bucket_notification" "destination" {
  count = local.notify.destination ? 1 : 0

  bucket = local.bucket_ids.destination

  lambda_function {
    id                  = "${var.name}-manifests"
    lambda_function_arn = module.announce[0].arn
    events              = ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]
    filter_prefix       = var.destination_bucket.prefix
    filter_suffix       = "/manifest.json"
  }

  depends_on = [aws_lambda_permission.destination]
}
