locals {
  transform_environment = merge(
    {
      OBSCURA_SOURCE_BUCKET           = local.bucket_ids.source
      OBSCURA_DESTINATION_BUCKET      = local.bucket_ids.destination
      OBSCURA_COMPONENTS_BUCKET       = local.bucket_ids.components
      OBSCURA_UNREFERENCED_GRACE_DAYS = tostring(var.destination_bucket.unreferenced_grace_days)
    },
    {
      for name, value in {
        OBSCURA_SOURCE_PREFIX      = var.source_bucket.prefix
        OBSCURA_DESTINATION_PREFIX = var.destination_bucket.prefix
        OBSCURA_PROVED_DOCUMENTS   = local.proves_documents
        OBSCURA_LOG                = var.transform_function.log_level
      } : name => value if value != null && value != ""
    },
  )
}

module "transform" {
  source = "./modules/function"

  name                     = local.transform_name
  description              = "Renders pictures of s3://${local.bucket_names.source} into s3://${local.bucket_names.destination}."
  package                  = var.transform_package
  architecture             = var.architecture
  memory_mb                = var.transform_function.memory_mb
  timeout_seconds          = var.transform_function.timeout_seconds
  reserved_concurrency     = var.transform_function.reserved_concurrency
  environment_kms_key_arn  = var.environment_kms_key_arn
  log_retention_days       = var.log_retention_days
  log_kms_key_arn          = var.log_kms_key_arn
  on_failure_queue_arn     = aws_sqs_queue.on_failure.arn
  statements               = local.transform_statements
  permissions_boundary_arn = var.permissions_boundary_arn
  environment              = local.transform_environment

  # A new host runs only artifacts compiled for it, so they come first.
  depends_on = [aws_lambda_invocation.precompile, aws_s3_object.prebuilt]
}
